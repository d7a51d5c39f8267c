"""Erasing accounts of people who left: nobody signs in by them any more, and no e-mail is kept."""

from collections.abc import Collection
from uuid import UUID

from plumb_platform.database import platform_transaction

# An account belongs to a person and to no company: what another company still knows stays as it is.
_ERASE = """
update account a set (email, password_hash, active) = (a.id || '@erased.invalid', '!', false)
where a.id = any($1::uuid[])
  and not exists (select from membership m where m.account_id = a.id and (m.tenant_id <> $2 or m.active)) returning a.id
"""
_FORGET = "delete from second_factor where account_id = any($1::uuid[])"


async def erase_accounts(tenant_id: UUID, account_ids: Collection[UUID]) -> int:
    """Empty the accounts that only closed memberships of this company lead to; return how many. Repeating it changes nothing."""
    async with platform_transaction() as connection:
        erased = [row["id"] for row in await connection.fetch(_ERASE, list(account_ids), tenant_id)]
        await connection.execute(_FORGET, erased)
    return len(erased)
