"""The sessions of an account, in whichever of its companies: seen and ended by whoever they belong to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import platform_transaction, platform_transaction_behind, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_platform.identity.service import SessionNeeded

MOST_LISTED = 100
_OPEN = """
select s.id, s.created_at, s.expires_at, s.address, s.agent, c.key as company_key, c.name as company_name
from session s join membership m on m.tenant_id = s.tenant_id and m.id = s.membership_id
join company c on c.tenant_id = s.tenant_id
where s.account_id = $1 and s.revoked_at is null and s.expires_at > $2 and m.active and c.active
order by s.id desc limit $3
"""
_END = """
update session set revoked_at = $2 where account_id = $1 and revoked_at is null
  and ($3::uuid is null or id = $3) and ($4::uuid is null or id <> $4) returning id
"""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A sign-in that still holds: since when, until when, from where, and into which company."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    address: str
    agent: str
    company_key: str
    company_name: str


async def own_sessions(actor: Actor) -> list[OpenSession]:
    """Return the open sessions of the actor's account in all its companies, newest first, MOST_LISTED at most."""
    account_id = account_of(actor)
    async with platform_transaction() as connection:
        rows = await connection.fetch(_OPEN, account_id, now(), MOST_LISTED)
    return [OpenSession(**row) for row in rows]


async def end_session(actor: Actor, *, session_id: UUID) -> None:
    """End one session of the actor's own account, their present one included; raises NotFound for anybody else's."""
    account_id = account_of(actor)
    if await end_sessions(await platform_transaction_behind(), account_id, only=session_id) == 0:
        raise NotFound(field="id")
    await record(actor, "session.close", "session", session_id, after={"closed": 1})


async def logout(actor: Actor, *, everywhere: bool = False) -> int:
    """Close the actor's session, or all sessions of the account; return how many were closed."""
    account_id = account_of(actor)
    async with platform_transaction() as connection:
        closed = await end_sessions(connection, account_id, only=None if everywhere else actor.session_id)
    if closed:
        async with tenant_transaction(actor):
            await record(actor, "session.close", "session", actor.session_id, after={"closed": closed})
    return closed


def account_of(actor: Actor) -> UUID:
    """Return the account of who is signed in by a session; raises SessionNeeded for tokens and the system."""
    if actor.channel != "session" or actor.account_id is None or actor.session_id is None:
        raise SessionNeeded
    return actor.account_id


async def end_sessions(
    connection: asyncpg.Connection, account_id: UUID, *, only: UUID | None = None, besides: UUID | None = None
) -> int:
    """End the sessions of an account, all, one, or all but one, in a transaction of the platform's; return how many were open."""
    return len(await connection.fetch(_END, account_id, now(), only, besides))
