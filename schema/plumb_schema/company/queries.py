"""Queries of the company and of what seals its letters."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.company.types import Company, SealAlarm, SigningKey
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, only
from plumb_tenants.letters import service as letters


@strawberry.type
class CompanyQuery:
    company = only(Company, description="当前公司 / The caller's company.")
    signing_keys = connection(SigningKey, description="签章密钥 / The company's sealing keys, the newest first.")

    @field(
        needs=Permission.SIGNING_KEY_READ,
        description="签章告警 / What an administrator has to see to: keys, fonts and time stamps, 30 days before they end.",
    )
    async def seal_alarms(self, info: Info) -> list[SealAlarm]:
        return [
            SealAlarm(
                code=each.reason.code,
                message=each.reason.text(info.context.locale),
                blocking=each.blocking,
                ends_at=each.ends_at,
            )
            for each in await letters.seal_alarms(info.context.caller)
        ]
