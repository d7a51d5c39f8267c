"""Carrying an approved revision to the goals below: a job gives each its new version, for its owner to confirm (C73).

What stays for people is asked for by name until they have decided; `late.py` speaks up after 24 hours.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import enqueue
from plumb_tenants.access.telling import kept_text
from plumb_tenants.goals.service import NewVersion, get_goal, is_text, replace_version
from plumb_tenants.revisions.models import Propagation, Revision
from plumb_tenants.revisions.propagation_rules import ABOVE_STAYS
from plumb_tenants.revisions.publishing import PUBLISH_TOPIC
from plumb_tenants.revisions.resources import OTHER_NUMBERS, PROPAGATION_STATE
from plumb_tenants.revisions.states import PropagationState

PROPAGATE_TOPIC = "revisions.propagate"
AT_ONCE = 200
"""Goals that one job gives their versions; more go on in the next."""
LONGEST_NOTE = 1000
_STANDS = f"""
select not {OTHER_NUMBERS} as as_before, exists (select from propagation p where p.revision_id = $3 and p.goal_id = g.parent_id
  and p.state = 'BY_HAND') as above_stays
from goal g join goal_version w on w.tenant_id = g.tenant_id and w.goal_id = g.id and w.number = g.current_number
join goal_version s on s.tenant_id = g.tenant_id and s.goal_id = g.id and s.number = $2
where g.id = $1 for no key update of g
"""
_IN_PLACE_OF = """
select coalesce(
  (select p.id from person p where p.id = $1 and p.active),
  (select s.id from handover h join person s on s.tenant_id = h.tenant_id and s.id = h.successor_id and s.active
   where h.leaver_id = $1 order by h.created_at desc limit 1),
  (select m.id from person p join person m on m.tenant_id = p.tenant_id and m.id = p.manager_id and m.active where p.id = $1),
  $1)
"""
"""Who decides for a person: they themselves, or, where they left, their successor, else their manager."""
_STATE = "select " + PROPAGATION_STATE.format(row="p") + " as state from propagation p where p.id = $1"


class PropagationNoteMissing(InvalidInput):
    """Who leaves a goal as it is says why."""

    code = "PROPAGATION_NOTE_MISSING"
    zh = "请说明该目标为何保持不变（1 到 {longest} 个字符）。"
    en = "Say why the goal stays as it is, in 1 to {longest} characters."


class PropagationNotByHand(Refused):
    """Only what waits for a decision by hand is decided; a proposed goal is confirmed by its owner."""

    code = "PROPAGATION_NOT_BY_HAND"
    zh = "该下级目标当前状态为“{state}”，只有“待人工处理”的可以标记为保持不变。"
    en = "The goal below is {state}; only one that waits BY_HAND can be left as it is."


async def propagate_revision(actor: Actor, revision_id: UUID) -> int:
    """Give the goals below a revision their new versions, parents first, and queue its publication; return how many moved."""
    row = await Revision.filter(id=revision_id).select_for_update(no_key=True).get()
    waiting = Propagation.filter(revision_id=row.id, state=PropagationState.PENDING.value).order_by("depth", "id")
    steps = await waiting.limit(AT_ONCE)
    system = system_actor(actor.tenant_id, request_id=actor.request_id)
    decider = await fetch_value(_IN_PLACE_OF, row.opened_by)
    for step in steps:
        await _carry(system, row, step, decider)
    payload = {"revision_id": str(row.id)}
    if len(steps) == AT_ONCE:
        await enqueue(system, PROPAGATE_TOPIC, payload, dedupe_key=f"{row.id}:{steps[-1].id}")
    else:
        await enqueue(system, PUBLISH_TOPIC, payload, dedupe_key=str(row.id))
    return len(steps)


async def _carry(system: Actor, row: Revision, step: Propagation, decider: UUID) -> None:
    """Propose the new numbers to the goal's owner; by hand where it or the one above moved meanwhile or does not take them."""
    (standing,) = await fetch(_STANDS, step.goal_id, step.number, row.id)
    step.state, step.asked_id = PropagationState.BY_HAND.value, decider
    target = step.target_after
    if standing["above_stays"]:
        step.explanation = _numbers(step.explanation) | ABOVE_STAYS
    elif target is not None and standing["as_before"]:
        try:
            async with tenant_transaction(system):
                await _propose(system, row, step, target)
        except DomainError as refusal:
            step.explanation = _numbers(step.explanation) | {"refusal": refusal.code} | await kept_text(system, refusal)
    step.version += 1
    await step.save()
    after = {"goal": str(step.goal_id), "state": step.state, "explanation": _of_no_row(step.explanation)}
    await record(system, "revision.propagate", "revision", row.id, after=after)


def _of_no_row(explanation: dict[str, Any]) -> dict[str, Any]:
    """Return an explanation as it is to who may see none of the values that its text says."""
    said = explanation | explanation.get("others", {})
    return {name: each for name, each in said.items() if name not in ("rows", "others")}


def _numbers(explanation: dict[str, Any]) -> dict[str, Any]:
    """Return an explanation without its text, which another one takes the place of."""
    return {name: each for name, each in explanation.items() if name not in ("zh-CN", "en", "rows", "others")}


async def _propose(system: Actor, row: Revision, step: Propagation, target: Decimal) -> None:
    goal = await get_goal(system, step.goal_id)
    swapped = step.metric != goal.metric or step.unit_of_measure != goal.unit_of_measure
    source = {"revision_id": str(row.id), "reason": row.cause, "propagation": _numbers(step.explanation)}
    made = await replace_version(
        system,
        goal.id,
        NewVersion(
            target=target,
            metric=step.metric if swapped else None,
            metric_key=row.metric_key if swapped else None,
            unit_of_measure=step.unit_of_measure,
            source=source,
        ),
    )
    step.number, step.goal_version_id = made.number, made.version_id
    step.state, step.asked_id = PropagationState.PROPOSED.value, goal.owner_id
    if goal.owner_id is None:
        # A goal of a unit has nobody whose word it waits for.
        step.state, step.settled_at = PropagationState.DONE.value, now()


async def settle_propagation(actor: Actor, *, propagation_id: UUID, version: int, note: str) -> UUID:
    """Leave a goal below as it is, as who is asked about it, and return the propagation's id."""
    await require(actor, Permission.REVISION_WRITE)
    step = await Propagation.filter(id=propagation_id).select_for_update(no_key=True).first()
    if step is None or actor.person_id is None or step.asked_id != actor.person_id:
        raise NotFound(field="propagationId")
    (standing,) = await fetch(_STATE, step.id)
    if standing["state"] != PropagationState.BY_HAND:
        raise PropagationNotByHand(field="propagationId", state=PropagationState(standing["state"]))
    if step.version != version:
        raise Conflict(current_version=step.version)
    if not is_text(note, longest=LONGEST_NOTE):
        raise PropagationNoteMissing(field="note", longest=LONGEST_NOTE)
    step.note, step.settled_at, step.version = note.strip(), now(), step.version + 1
    await step.save()
    await record(actor, "revision.keep", "revision", step.revision_id, after={"goal": str(step.goal_id), "note": step.note})
    return step.id
