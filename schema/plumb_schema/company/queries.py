"""Queries of the company."""

import strawberry

from plumb_schema.company.types import Company
from plumb_schema.reads.classes import only


@strawberry.type
class CompanyQuery:
    company = only(Company, description="当前公司 / The caller's company.")
