"""Queries of the company."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.company.types import Company, company_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_tenants.company import service


@strawberry.type
class CompanyQuery:
    @field(needs=Permission.COMPANY_READ, description="当前公司 / The caller's company.")
    async def company(self, info: Info) -> Company:
        return company_of(await service.get_company(info.context.caller))
