"""The only way to an alignment, a proposal or a talk: checked against the actor's reach."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.access.scope import placed, sql_scope
from plumb_tenants.alignment.models import Alignment, Proposal, TalkTask
from plumb_tenants.alignment.resources import PROPOSAL, TALK_TASK


async def access_alignment(
    actor: Actor, alignment_id: UUID, permission: Permission = Permission.ALIGNMENT_READ, *, lock: bool = False
) -> Alignment:
    """Return an alignment of the company; changing one needs a grant over all of it."""
    whole = await reaches_whole(actor, permission)
    rows = Alignment.filter(id=alignment_id)
    reaches = whole or permission is Permission.ALIGNMENT_READ
    found = await (rows.select_for_update(no_key=True) if lock else rows).first() if reaches else None
    if found is None:
        raise NotFound(field="alignmentId")
    return found


async def access_proposal(
    actor: Actor, proposal_id: UUID, permission: Permission = Permission.PROPOSAL_READ, *, field: str = "proposalId"
) -> Proposal:
    """Return a proposal that the permission reaches, locked till the commit unless it is only read."""
    resource = PROPOSAL if permission.resource == PROPOSAL.name else placed(permission, own=(), unit="{row}.unit_id")
    condition, values = await sql_scope(actor, permission, resource, alias="p", first=2)
    if not await fetch_value(f"select true from proposal p where p.id = $1 and {condition}", proposal_id, *values):
        raise NotFound(field=field)
    rows = Proposal.filter(id=proposal_id)
    return await (rows if permission is Permission.PROPOSAL_READ else rows.select_for_update(no_key=True)).get()


async def access_talk(actor: Actor, talk_id: UUID, permission: Permission) -> TalkTask:
    """Return a talk that the permission reaches, locked till the commit."""
    condition, values = await sql_scope(actor, permission, TALK_TASK, alias="t", first=2)
    if not await fetch_value(f"select true from talk_task t where t.id = $1 and {condition}", talk_id, *values):
        raise NotFound(field="talkId")
    return await TalkTask.filter(id=talk_id).select_for_update(no_key=True).get()
