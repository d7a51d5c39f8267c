"""Exclusions: what an outside delay takes out of a month's target, asked for by one and approved by another (C97)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch_value
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.goals.access import LockedGoal, access_goal, lock_goal
from plumb_tenants.goals.kinds import Aim
from plumb_tenants.goals.locking import LockCovers, refuse_locked
from plumb_tenants.goals.models import GoalExclusion
from plumb_tenants.goals.rules import CENT, LARGEST, GoalState, check_amount, is_text, months_of
from plumb_tenants.goals.scoring import OF_NOW, count_progress, is_of_now


class ExclusionState(StrEnum):
    """Where an exclusion stands between who asks and who decides."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ExclusionMonthInvalid(InvalidInput):
    """An exclusion is of a month of the goal's cycle, and is put off to a later one."""

    code = "EXCLUSION_MONTH_INVALID"
    zh = "月份 {month} 无效：须为目标周期内某月的第一天，顺延月份须晚于原月份。"
    en = "The month {month} is not valid: the first day of a month of the goal's cycle, later than the first one to put off to."


class ExclusionTooLarge(InvalidInput, tells={"left": "Goal.target Goal.months Goal.excluded"}):
    """No more is taken out of a month than is in it."""

    code = "EXCLUSION_TOO_LARGE"
    zh = "剔除金额 {amount} 须大于 0 且不超过该月剩余目标 {left}。"
    en = "The amount {amount} is above zero and at most what is left of the month's target, {left}."


class ExclusionNotSummed(Refused):
    """Only a target that adds up over months can lose a part."""

    code = "EXCLUSION_NOT_SUMMED"
    zh = "只有按月累计的提升类目标可以剔除金额。"
    en = "Only a goal to REACH, without a baseline, adds up over months and can lose a part."


class ExclusionReasonMissing(InvalidInput):
    """Who asks for an exclusion, and who decides about it, says why."""

    code = "EXCLUSION_REASON_MISSING"
    zh = "请填写理由（1 到 1000 个字符）。"
    en = "Say why, in 1 to 1000 characters."


class ExclusionOutOfRange(Refused, tells={"amount": "GoalExclusion.amount"}):
    """What is excluded of a goal above, in its currency, is an amount as any other."""

    code = "EXCLUSION_OUT_OF_RANGE"
    zh = "剔除金额 {amount} 按汇率折算后，上级目标的剔除合计达到 {largest}，超出可记录范围；请核对汇率表。"
    en = "Converted by the rates, {amount} brings the exclusions of a goal above to {largest} or more; check the rates."


class ExclusionDecided(Refused, tells={"state": "GoalExclusion.state"}):
    """An exclusion is decided once."""

    code = "EXCLUSION_DECIDED"
    zh = "该剔除申请已处理（{state}）。"
    en = "The exclusion is decided already: {state}."


class ExclusionOfFormerMetric(Refused):
    """What was asked for in the unit of a metric that a revision replaced would be excluded of nothing (C75)."""

    code = "EXCLUSION_OF_FORMER_METRIC"
    zh = "该剔除申请属于目标修订前的指标，批准后不会计入；请驳回，并按现在的指标重新申请。"
    en = "The exclusion is about the metric that the goal had before a revision: reject it, and ask anew by the one of now."


class ExclusionOwn(Refused):
    """Nobody decides about what they asked for, or about their own goal."""

    code = "EXCLUSION_OWN"
    zh = "不能审批自己提出的或自己目标的剔除申请。"
    en = "You cannot decide about an exclusion that you asked for, or about your own goal."


_TAKEN = f"""
select coalesce(sum(case when x.month = $2 then -x.amount else x.amount end), 0)
from goal g join goal_exclusion x on x.goal_id = g.id
where g.id = $1 and x.state <> 'REJECTED' and (x.month = $2 or (x.moved_to = $2 and x.state = 'APPROVED'))
  and {OF_NOW.format(row="x")}
"""


async def request_exclusion(
    actor: Actor, *, goal_id: UUID, month: date, amount: Decimal, reason: str, moved_to: date | None = None
) -> UUID:
    """Ask to take an amount out of a month's target, for good or into a later month of the cycle; return its id."""
    goal = await lock_goal(actor, goal_id, Permission.CHECK_IN_WRITE)
    row = goal.row
    await refuse_locked(actor, LockCovers.PROGRESS, cycle_id=row.cycle_id, unit_ids=[row.unit_id])
    if row.aim != Aim.REACH or row.baseline is not None or row.state not in (GoalState.PROPOSED, GoalState.CONFIRMED):
        raise ExclusionNotSummed(field="goalId")
    check_amount(amount, field="amount")
    if not is_text(reason, longest=1000):
        raise ExclusionReasonMissing(field="reason")
    await _check_months(goal, month, moved_to, amount)
    made = await GoalExclusion.create(
        goal_id=row.id,
        month=month,
        amount=amount.quantize(CENT),
        moved_to=moved_to,
        reason=reason.strip(),
        state=ExclusionState.REQUESTED.value,
        requested_by=actor.membership_id,
    )
    await record(actor, "exclusion.request", "goal", row.id, after=_facts(made))
    return made.id


async def decide_exclusion(actor: Actor, *, exclusion_id: UUID, version: int, approve: bool, note: str) -> UUID:
    """Approve an exclusion, which counts from then on, or reject it; return its id."""
    found = await GoalExclusion.filter(id=exclusion_id).select_for_update(no_key=True).first()
    if found is None:
        raise NotFound(field="exclusionId")
    goal = await access_goal(actor, found.goal_id, Permission.GOAL_EXCLUDE, field="exclusionId", lock=True)
    if found.version != version:
        raise Conflict(current_version=found.version)
    if found.state != ExclusionState.REQUESTED:
        raise ExclusionDecided(field="exclusionId", row=found.id, state=found.state)
    if found.requested_by == actor.membership_id or (goal.owner_id is not None and goal.owner_id == actor.person_id):
        raise ExclusionOwn(field="exclusionId")
    if not is_text(note, longest=1000):
        raise ExclusionReasonMissing(field="note")
    if approve and not await is_of_now(goal.id, found.created_at):
        raise ExclusionOfFormerMetric(field="exclusionId")
    found.state = (ExclusionState.APPROVED if approve else ExclusionState.REJECTED).value
    found.decided_by, found.decided_at, found.note, found.version = actor.membership_id, now(), note.strip(), found.version + 1
    await found.save(update_fields=["state", "decided_by", "decided_at", "note", "version"])
    moved = await count_progress(actor, [goal.id])
    if any(each.excluded >= LARGEST for each in moved.values()):
        raise ExclusionOutOfRange(field="exclusionId", row=found.id, amount=found.amount, largest=f"{LARGEST:,}")
    await record(actor, "exclusion.decide", "goal", goal.id, after=_facts(found) | {"note": found.note})
    return found.id


async def _check_months(goal: LockedGoal, month: date, moved_to: date | None, amount: Decimal) -> None:
    months = months_of(goal.starts_on, goal.ends_on)
    if month not in months:
        raise ExclusionMonthInvalid(field="month", month=month.isoformat())
    if moved_to is not None and (moved_to not in months or moved_to <= month):
        raise ExclusionMonthInvalid(field="movedTo", month=moved_to.isoformat())
    left = goal.row.months[months.index(month)] + await fetch_value(_TAKEN, goal.row.id, month)
    if not 0 < amount <= left:
        raise ExclusionTooLarge(field="amount", row=goal.row.id, amount=amount, left=left)


def _facts(exclusion: GoalExclusion) -> dict[str, Any]:
    facts = {"exclusion": str(exclusion.id), "month": exclusion.month.isoformat(), "amount": str(exclusion.amount)}
    moved = exclusion.moved_to.isoformat() if exclusion.moved_to else None
    return facts | {"moved_to": moved, "reason": exclusion.reason, "state": exclusion.state}
