"""Goals below revised ones about which somebody who leaves is asked: a successor is asked in their place (C96, C73)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch
from plumb_tenants.people.holdings import Holding, register
from plumb_tenants.revisions.resources import PROPAGATION_STATE

_ASKED = f"""
select p.id from propagation p where p.asked_id = $1 and {PROPAGATION_STATE.format(row="p")} <> 'DONE' order by p.id
for no key update of p
"""
_ASK = """
update propagation set asked_id = $2, version = version + 1, owner_id = case when owner_id = asked_id then $2 else owner_id end
where id = any($1::uuid[])
"""


async def open_of(actor: Actor, person_id: UUID) -> list[UUID]:  # noqa: ARG001 - actor first, always
    """Lock and return the propagations that wait for a person's word."""
    return [row["id"] for row in await fetch(_ASKED, person_id)]


async def pass_on(actor: Actor, ids: list[UUID], successor_id: UUID) -> None:  # noqa: ARG001 - the same
    """Have a successor asked."""
    await execute(_ASK, ids, successor_id)


register(Holding("propagations", open_of, pass_on))
