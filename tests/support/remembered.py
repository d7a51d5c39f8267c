"""A caller whom a process remembers from an earlier request."""

from dataclasses import replace

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.database.proving import Proof
from plumb_platform.permissions import grants_of
from plumb_schema.ground.context import Context, Ground
from support.filled_company import new_session


async def remembered(actor: Actor, ground: Ground) -> Context:
    """Return the context of a caller whom the process knows from an earlier request."""
    await new_session(actor)
    async with tenant_transaction(actor):
        session = await fetch_value("select id from session where membership_id = $1", actor.membership_id)
        grants = await grants_of(actor)
    known = replace(actor, session_id=session, channel="session")
    return Context(
        ground=ground, actor=known, grants=grants, proof=Proof("session", session), is_remembered=True, request_id="test-trips"
    )
