"""What becomes of the ticket about a goal that is withdrawn: it is closed with the goal, and its owner is told (C59)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, fetch_value, take_lock
from plumb_platform.telling import Sentence
from plumb_tenants.goals.service import on_withdrawing, on_withdrawn
from plumb_tenants.negotiations.models import NegotiationTicket
from plumb_tenants.negotiations.states import HELD_BY_OWNER, TicketState
from plumb_tenants.notifications.service import notify

_LEFT = """
select t.goal_id, (select e.after ->> 'reason' from audit_entry e
  where e.object_type = 'goal' and e.object_id = g.id and e.action = 'goal.withdraw' order by e.number desc limit 1) as reason
from negotiation_ticket t join goal g on g.tenant_id = t.tenant_id and g.id = t.goal_id
where t.state in ('OPEN', 'COUNTERED') and g.state = 'WITHDRAWN' order by t.id
"""
_UNSAID = "目标已撤回 / The goal was withdrawn"


async def close_left_tickets(actor: Actor) -> int:
    """Close what is still on its way about goals withdrawn before goals closed their tickets; return how many (C59)."""
    left = await fetch(_LEFT)
    for each in left:
        await hold_ticket(actor, each["goal_id"])
        await close_ticket(actor, each["goal_id"], each["reason"] or _UNSAID)
    return len(left)


@on_withdrawing
async def hold_ticket(actor: Actor, goal_id: UUID) -> None:  # noqa: ARG001 - actor first, always
    """Lock the goal's tickets, and let nobody open one until the commit."""
    await take_lock("ticket", goal_id)
    await _open_ticket(goal_id)


@on_withdrawn
async def close_ticket(actor: Actor, goal_id: UUID, reason: str) -> None:
    """Close what nobody settled, and tell its owner unless they withdrew the goal themselves."""
    row = await _open_ticket(goal_id)
    if row is None:
        return
    before = {"state": row.state}
    row.state, row.closed_reason, row.version = TicketState.CLOSED.value, reason, row.version + 1
    await row.save(update_fields=["state", "closed_reason", "version"])
    await record(actor, "ticket.close", "negotiation_ticket", row.id, before=before, after={"state": row.state, "reason": reason})
    if actor.person_id != row.owner_id:
        await _tell(actor, row)


async def _open_ticket(goal_id: UUID) -> NegotiationTicket | None:
    """Return the ticket that is on its way about a goal, locked: there is one at most."""
    states = [state.value for state in HELD_BY_OWNER]
    return await NegotiationTicket.filter(goal_id=goal_id, state__in=states).select_for_update(no_key=True).first()


async def _tell(actor: Actor, row: NegotiationTicket) -> None:
    title = await fetch_value("select title from goal where id = $1", row.goal_id)
    await notify(
        actor,
        people=[row.owner_id],
        kind="ticket.closed",
        object_type="NegotiationTicket",
        object_id=row.id,
        said=Sentence(
            zh="目标“{title}”已被撤回，您的协商工单随之关闭。原因：{reason}",
            en="The goal {title} was withdrawn, and your ticket about it was closed with it. Why: {reason}",
            tells={"title": "Goal.title", "reason": "NegotiationTicket.closedReason"},
            row={"title": row.goal_id, "reason": row.id},
            title=title,
            reason=row.closed_reason,
        ),
        once=f"ticket.closed:{row.id}",
    )
