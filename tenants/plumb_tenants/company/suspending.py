"""What the operator of the platform does with companies: lists them, suspends one, and lets it go on."""

from dataclasses import dataclass
from datetime import datetime

from plumb_platform.actor import system_actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, platform_transaction, tenant_transaction
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.identity.company_keys import company_of_key

LONGEST_REASON = 500
_LISTED = """
select c.key, c.name, c.active, c.created_at, c.locale, c.time_zone, c.currency,
  (select count(*) from membership m where m.tenant_id = c.tenant_id and m.active) as members
from company c order by c.key
"""


class CompanyUnchanged(Refused):
    """Whoever suspends a company that is suspended has another one in mind."""

    code = "COMPANY_UNCHANGED"
    zh = "公司“{key}”的状态已经如此，未作更改。"
    en = "The company {key} is so already; nothing was changed."


class SuspensionReasonInvalid(InvalidInput):
    """The company reads in its own chain why nobody could sign in."""

    code = "SUSPENSION_REASON_INVALID"
    zh = "请填写原因（1 到 {longest} 个字符），公司可在审计记录中查看。"
    en = "Say why, in 1 to {longest} characters; the company reads it in its audit entries."


@dataclass(frozen=True, slots=True)
class ListedCompany:
    """A company as the operator sees it: what it was founded with, how many belong to it, and whether they may sign in."""

    key: str
    name: str
    active: bool
    created_at: datetime
    locale: str
    time_zone: str
    currency: str
    members: int


async def listed_companies() -> list[ListedCompany]:
    """Return all companies by their keys."""
    async with platform_transaction() as connection:
        return [ListedCompany(**row) for row in await connection.fetch(_LISTED)]


async def suspend_company(*, key: str, reason: str) -> None:
    """Keep everybody of a company out from their next request on, until it is resumed; nothing of it is lost.

    Neither people nor tokens come in, and no timer begins anything but to seal what was signed and to keep its seals; jobs that
    wait are done, and letters can be verified as ever. Raises CompanyUnknown, CompanyUnchanged, SuspensionReasonInvalid.
    """
    await _set_active(key, reason, active=False)


async def resume_company(*, key: str, reason: str) -> None:
    """Let a suspended company go on: sessions and tokens that have not ended hold again. Raises as `suspend_company`."""
    await _set_active(key, reason, active=True)


async def _set_active(key: str, reason: str, *, active: bool) -> None:
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise SuspensionReasonInvalid(field="reason", longest=LONGEST_REASON)
    tenant_id = await company_of_key(key)
    operator = system_actor(tenant_id, channel="cli")
    async with tenant_transaction(operator):
        # Of two at once the second finds no row that it changes.
        changed = await execute("update company set active = $1 where active <> $1 returning key", active)
        if not changed:
            raise CompanyUnchanged(field="key", key=key)
        action = "company.resume" if active else "company.suspend"
        after = {"active": active, "reason": reason.strip()}
        await record(operator, action, "company", tenant_id, before={"active": not active}, after=after)
