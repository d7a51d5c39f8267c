"""Confirming one's own agreed value: the goal's own confirmation, while round 3 is open (C8)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import Conflict, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.alignment.access import access_alignment, access_proposal
from plumb_tenants.alignment.rounds import require_round
from plumb_tenants.alignment.rules import Round
from plumb_tenants.goals.service import confirm_goal, get_goal


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
