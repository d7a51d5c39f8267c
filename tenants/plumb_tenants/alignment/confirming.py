"""Confirming one's own agreed value: the goal's own confirmation, while round 3 is open (C8)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import Conflict, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.alignment.access import access_alignment, access_proposal
from plumb_tenants.alignment.models import Alignment
from plumb_tenants.alignment.rounds import require_round
from plumb_tenants.alignment.rules import Round
from plumb_tenants.goals.service import confirm_goal, get_goal, on_confirming

_AGREED_IN = """
select p.alignment_id from proposal p join goal g on g.tenant_id = p.tenant_id and g.id = p.goal_id
where p.goal_id = $1 and g.current_number = 1
"""


@on_confirming
async def refuse_out_of_round(actor: Actor, goal_id: UUID) -> None:
    """Refuse the first numbers of a goal that an alignment made, unless its round 3 is open; later ones are a revision's."""
    alignment_id = await fetch_value(_AGREED_IN, goal_id)
    if alignment_id is not None:
        alignment = await Alignment.get(id=alignment_id)
        await require_round(actor, alignment, Round.CONFIRMING, field="goalId")


async def confirm_proposal(actor: Actor, *, proposal_id: UUID, version: int) -> UUID:
    """Confirm as its person, signed in, what a proposal became; return its id.

    Raises NotYourGoal for anybody else whatever their rights, ConfirmInPerson for a token or a program.
    """
    proposal = await access_proposal(actor, proposal_id, Permission.PROPOSAL_READ)
    alignment = await access_alignment(actor, proposal.alignment_id)
    await require_round(actor, alignment, Round.CONFIRMING)
    if proposal.version != version:
        raise Conflict(current_version=proposal.version)
    if proposal.goal_id is None:
        raise NotFound(field="proposalId")
    goal = await get_goal(actor, proposal.goal_id)
    await confirm_goal(actor, goal_id=goal.id, version=goal.version)
    return proposal.id
