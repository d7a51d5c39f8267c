"""Which company a key names, for whoever comes from outside of any company: the operator."""

from uuid import UUID

from plumb_platform.database import platform_transaction
from plumb_platform.errors import NotFound


class CompanyUnknown(NotFound):
    """The operator sees all companies: a key that names none is misspelt."""

    code = "COMPANY_UNKNOWN"
    zh = "没有代号为“{key}”的公司。全部公司见 plumb company list。"
    en = "No company has the key {key}; plumb company list tells all of them."


async def company_of_key(key: str) -> UUID:
    """Return the company's tenant id; raises CompanyUnknown."""
    async with platform_transaction() as connection:
        found: UUID | None = await connection.fetchval("select tenant_id from company where key = $1", key)
    if found is None:
        raise CompanyUnknown(field="key", key=key)
    return found
