"""Negotiation tickets: asked by a goal's owner, answered by their superior within 48 clock hours, else a level up, once (C59)."""

from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value, take_lock
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import delegates_of, managers_of
from plumb_tenants.calendars.service import Clock, Term, company_calendar, due_at
from plumb_tenants.goals.service import check_amount, current_numbers, get_goal, is_of_now, is_text
from plumb_tenants.negotiations.models import NegotiationTicket
from plumb_tenants.negotiations.states import HELD_BY_OWNER, Answer, TicketState
from plumb_tenants.notifications.service import notify
from plumb_tenants.revisions.service import draft_revision, keep_revisable

TERM = Term(clock=Clock.CLOCK_HOURS, amount=48)
LONGEST_TEXT = 2000
_OPEN = "select id from negotiation_ticket where goal_id = $1 and state in ('OPEN', 'COUNTERED')"
_DUE = "select id from negotiation_ticket where state = 'OPEN' and due_at < $1 and escalated_at is null order by id"


class TicketNotYours(Refused):
    """One negotiates one's own goal."""

    code = "TICKET_NOT_YOURS"
    zh = "只能就本人负责的目标提出协商。"
    en = "You can negotiate a goal of your own only."


class TicketOpen(Refused):
    """A goal is negotiated once at a time."""

    code = "TICKET_OPEN"
    zh = "该目标已有待处理的协商工单。"
    en = "A ticket about this goal is open already."


class TicketNeedsSuperior(Refused):
    """Somebody above answers."""

    code = "TICKET_NEEDS_SUPERIOR"
    zh = "您没有在职的上级，无法发起协商。"
    en = "You have no active superior to negotiate with."


class TicketSettled(Refused):
    """An answered ticket has its answer."""

    code = "TICKET_SETTLED"
    zh = "协商工单当前状态为“{state}”，不能再处理。"
    en = "The ticket is {state}; nothing more can be done in it."


class TicketTextInvalid(InvalidInput):
    """Who asks, refuses or counters says why."""

    code = "TICKET_TEXT_INVALID"
    zh = "请填写说明（1 到 {longest} 个字符）。"
    en = "Say why, in 1 to {longest} characters."


class CounterTargetMissing(InvalidInput):
    """A counter-offer names a number, and no other answer does."""

    code = "TICKET_COUNTER_TARGET"
    zh = "还价须填写目标值，其他答复不得填写。"
    en = "A counter-offer names a target, and no other answer does."


class TicketTargetUnchanged(InvalidInput):
    """A revision with the target that stands could never be submitted, so none is asked for or offered."""

    code = "TICKET_TARGET_UNCHANGED"
    zh = "该数值就是现行目标值，请提出其他数值；要维持现值，请拒绝该协商工单。"
    en = "That is the target that stands: name another one; who wants to keep it rejects the ticket."


class TicketOfFormerMetric(Refused):
    """A number that was asked for, or offered, of a metric that a revision replaced is none of the metric of now (C75)."""

    code = "TICKET_OF_FORMER_METRIC"
    zh = "该数值属于目标修订前的指标，不能接受；请按现在的指标还价，或拒绝后重新发起协商。"
    en = "That number is of the metric that the goal had before a revision: counter with one of now, or reject and ask anew."


async def open_ticket(actor: Actor, *, goal_id: UUID, target: Decimal, reason: str) -> UUID:
    """Ask for another target of one's own goal; the direct superior has 48 hours. Returns the ticket's id."""
    await require(actor, Permission.TICKET_OPEN)
    goal = await get_goal(actor, goal_id)
    if actor.person_id is None or goal.owner_id != actor.person_id:
        raise TicketNotYours(field="goalId")
    check_amount(target, field="target")
    _check_text(reason, field="reason")
    await take_lock("ticket", goal.id)
    if await fetch_value(_OPEN, goal.id):
        raise TicketOpen(field="goalId")
    await keep_revisable(goal)
    await _check_other(goal.id, target, field="target")
    superiors = await managers_of(actor.person_id)
    if not superiors:
        raise TicketNeedsSuperior(field="goalId")
    due = due_at(await company_calendar(actor), now(), TERM)
    row = await NegotiationTicket.create(
        goal_id=goal.id,
        unit_id=goal.unit_id,
        owner_id=goal.owner_id,
        superior_id=superiors[0],
        state=TicketState.OPEN.value,
        target=target,
        reason=reason.strip(),
        due_at=due,
    )
    await _tell(actor, row, superiors[0], zh="请在 48 小时内答复", en="answer within 48 hours")
    after = {"goal": str(goal.id), "target": str(target), "reason": row.reason}
    await record(actor, "ticket.open", "negotiation_ticket", row.id, after=after)
    return row.id


async def answer_ticket(
    actor: Actor, *, ticket_id: UUID, version: int, answer: Answer, text: str = "", target: Decimal | None = None
) -> UUID:
    """Accept, reject or counter as the superior whose turn it is, or for them; an accepted one opens a revision.

    Raises TicketTargetUnchanged for what is offered, or accepted while the goal came to have it otherwise, and
    TicketOfFormerMetric for what was asked for before the goal's metric was replaced.
    """
    await require(actor, Permission.TICKET_ANSWER)
    row = await _locked(ticket_id)
    if row is None or not await _acts_for(actor, row.superior_id):
        raise NotFound(field="ticketId")
    _check_standing(row, version, frozenset({TicketState.OPEN}))
    if (answer is Answer.COUNTER) != (target is not None):
        raise CounterTargetMissing(field="target")
    if answer is not Answer.ACCEPT or text.strip():
        _check_text(text, field="text")
    if target is not None:
        check_amount(target, field="target")
        await _check_other(row.goal_id, target, field="target")
    states = {Answer.ACCEPT: TicketState.ACCEPTED, Answer.REJECT: TicketState.REJECTED, Answer.COUNTER: TicketState.COUNTERED}
    row.state, row.counter_target = states[answer].value, target
    row.answer = text.strip()
    row.answered_by, row.answered_at = actor.person_id, now()
    await _settle(actor, row, field="answer")
    return row.id


async def answer_counter(actor: Actor, *, ticket_id: UUID, version: int, accepts: bool) -> UUID:
    """Take a superior's counter-offer, which opens a revision with its number, or leave it; as the ticket's owner.

    Raises TicketTargetUnchanged for an offer that the goal came to have otherwise, TicketOfFormerMetric for one made before its
    metric was replaced.
    """
    row = await _own(actor, ticket_id)
    _check_standing(row, version, frozenset({TicketState.COUNTERED}))
    row.state = (TicketState.ACCEPTED if accepts else TicketState.REJECTED).value
    await _settle(actor, row, field="accepts")
    return row.id


async def withdraw_ticket(actor: Actor, *, ticket_id: UUID, version: int) -> UUID:
    """Take one's own ticket back before it is settled."""
    row = await _own(actor, ticket_id)
    _check_standing(row, version, HELD_BY_OWNER)
    row.state = TicketState.WITHDRAWN.value
    await _settle(actor, row, field="ticketId")
    return row.id


async def escalate_tickets(actor: Actor) -> int:
    """Give tickets that nobody answered within 48 hours to the next level, each exactly once; return how many."""
    due = await fetch(_DUE, now())
    for each in due:
        row = await NegotiationTicket.filter(id=each["id"]).select_for_update(no_key=True).get()
        if row.escalated_at is not None or row.state != TicketState.OPEN:
            continue
        above = [person for person in await managers_of(row.owner_id, row.level + 1) if person != row.superior_id]
        before = {"superior": str(row.superior_id), "level": row.level}
        row.escalated_at = now()
        if len(above) >= row.level:
            row.superior_id, row.level = above[-1], row.level + 1
        row.version += 1
        await row.save()
        await _tell(actor, row, row.superior_id, zh="超过 48 小时未答复，已升级", en="nobody answered within 48 hours")
        after = {"superior": str(row.superior_id), "level": row.level}
        await record(actor, "ticket.escalate", "negotiation_ticket", row.id, before=before, after=after)
    return len(due)


async def _settle(actor: Actor, row: NegotiationTicket, *, field: str) -> None:
    """Write what became of a ticket; an accepted one opens a revision with the number that was agreed.

    `field` is the argument that says what becomes of it.
    """
    if row.state == TicketState.ACCEPTED:
        # The ticket is what lets its superior decide, whatever else of the goal they may read.
        goal = await get_goal(system_actor(actor.tenant_id), row.goal_id)
        agreed = row.target if row.counter_target is None else row.counter_target
        row.revision_id = await draft_revision(actor, goal, ticket_id=row.id, target=agreed)
        # The draft holds the goal: from here on nobody gives it the number that was agreed, or another metric.
        named_at = row.created_at if row.counter_target is None or row.answered_at is None else row.answered_at
        if not await is_of_now(goal.id, named_at):
            raise TicketOfFormerMetric(field=field)
        await _check_other(goal.id, agreed, field=field)
    row.version += 1
    await row.save()
    state = TicketState(row.state)
    if actor.person_id != row.owner_id:
        await _tell(actor, row, row.owner_id, zh=state.text("zh-CN"), en=state.value)
    after = {"state": row.state, "answer": row.answer, "counter_target": str(row.counter_target)}
    await record(actor, "ticket.settle", "negotiation_ticket", row.id, after=after)


async def _locked(ticket_id: UUID) -> NegotiationTicket | None:
    return await NegotiationTicket.filter(id=ticket_id).select_for_update(no_key=True).first()


async def _own(actor: Actor, ticket_id: UUID) -> NegotiationTicket:
    await require(actor, Permission.TICKET_OPEN)
    row = await _locked(ticket_id)
    if row is None or actor.person_id is None or row.owner_id != actor.person_id:
        raise NotFound(field="ticketId")
    return row


async def _acts_for(actor: Actor, person_id: UUID) -> bool:
    if actor.person_id is None or actor.person_id == person_id:
        return actor.person_id is not None
    return (await delegates_of(actor, [person_id])).get(person_id) == actor.person_id


def _check_standing(row: NegotiationTicket, version: int, wanted: frozenset[TicketState]) -> None:
    if TicketState(row.state) not in wanted:
        raise TicketSettled(field="ticketId", state=TicketState(row.state))
    if row.version != version:
        raise Conflict(current_version=row.version)


async def _check_other(goal_id: UUID, target: Decimal, *, field: str) -> None:
    if (await current_numbers([goal_id]))[goal_id].target == target:
        raise TicketTargetUnchanged(field=field)


def _check_text(text: str, *, field: str) -> None:
    if not is_text(text, longest=LONGEST_TEXT):
        raise TicketTextInvalid(field=field, longest=LONGEST_TEXT)


async def _tell(actor: Actor, row: NegotiationTicket, person_id: UUID, *, zh: str, en: str) -> None:
    await notify(
        actor,
        people=[person_id],
        kind="ticket",
        object_type="NegotiationTicket",
        object_id=row.id,
        said=Sentence(zh="目标协商工单：{what_zh}", en="A ticket about a goal: {what_en}", what_zh=zh, what_en=en),
    )
