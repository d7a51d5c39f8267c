"""Check-ins: what a goal has come to, said by somebody with confidence and comment; corrected by another, never changed (A14)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch_one, fetch_value
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.check_in_resource import CHECK_IN
from plumb_tenants.goals.kinds import RollUp
from plumb_tenants.goals.locking import LockCovers, refuse_locked
from plumb_tenants.goals.models import CheckIn, Goal
from plumb_tenants.goals.rules import CENT, GoalState, check_amount, is_text
from plumb_tenants.goals.scoring import count_progress, is_of_now

LONGEST_COMMENT = 2000
MOST_CONFIDENT = 10


class GoalNotFollowed(Refused, tells={"state": "Goal.state"}):
    """Only what was proposed or confirmed is followed."""

    code = "GOAL_NOT_FOLLOWED"
    zh = "目标当前状态为“{state}”，不能更新进度。"
    en = "The goal is {state}; its progress is not followed."


class GoalFollowsParts(Refused, tells={"title": "Goal.title"}):
    """The progress of a goal with parts is what its parts come to."""

    code = "GOAL_FOLLOWS_PARTS"
    zh = "目标“{title}”的进度由其 {parts} 个下级目标汇总得出，请在下级目标上更新。"
    en = "The progress of {title} follows from its {parts} parts; check in on them."


class GoalFollowsMetric(Refused, tells={"title": "Goal.title", "metric": "Goal.metricKey"}):
    """The progress of a goal that is bound to a metric is what is observed."""

    code = "GOAL_FOLLOWS_METRIC"
    zh = "目标“{title}”的进度取自指标“{metric}”，不能手工更新。"
    en = "The progress of {title} follows the metric {metric}; it cannot be checked in by hand."


class CheckInDayInvalid(InvalidInput):
    """A value is of a day of the goal's cycle that has come."""

    code = "CHECK_IN_DAY_INVALID"
    zh = "更新日期 {day} 无效：须在 {first} 至 {last} 之间。"
    en = "The day {day} is not valid: it lies between {first} and {last}."


class ConfidenceInvalid(InvalidInput):
    """Confidence is a mark out of ten."""

    code = "CONFIDENCE_INVALID"
    zh = "信心指数 {value} 无效：须为 0 到 {most} 的整数。"
    en = "The confidence {value} is not valid: a whole number from 0 to {most}."


class CommentInvalid(InvalidInput):
    """A comment says something that fits; a correction always says why."""

    code = "CHECK_IN_COMMENT_INVALID"
    zh = "说明须为 1 到 {longest} 个字符；更正必须填写说明。"
    en = "A comment has 1 to {longest} characters; a correction always has one."


class CheckInCorrected(Refused):
    """A check-in is corrected once; the correction can be corrected in turn."""

    code = "CHECK_IN_CORRECTED"
    zh = "该条更新已被更正，请更正最新的一条。"
    en = "This check-in was corrected already; correct the newest one."


class CheckInOfFormerMetric(Refused):
    """What was said by a metric that a revision replaced stands as it was said: a correction would count by the new one (C75)."""

    code = "CHECK_IN_OF_FORMER_METRIC"
    zh = "该条更新属于目标修订前的指标，不能再更正；请按现在的指标另行更新进度。"
    en = "This check-in is about the metric that the goal had before a revision; check in by the one that it has now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says about a goal: the actual in the unit of measure, as of a day (today without one)."""

    value: Decimal
    as_of: date | None = None
    confidence: int | None = None
    comment: str | None = None
    bypass: str | None = None
    """Why a lock of progress is bypassed, for who may."""


async def check_in(actor: Actor, *, goal_id: UUID, said: Said) -> UUID:
    """Record what a goal has come to, count it with all that it is a part of, and return the check-in's id."""
    goal = await access_goal(actor, goal_id, Permission.CHECK_IN_WRITE, lock=True)
    await _refuse_unfollowed(goal)
    return await _written(actor, goal, said, default_day=await company_today(actor))


async def correct_check_in(actor: Actor, *, check_in_id: UUID, said: Said) -> UUID:
    """Put another value, with the reason, in the place of a check-in that stays as it is; return the new one's id."""
    wrong = await _access_check_in(actor, check_in_id)
    goal = await access_goal(actor, wrong.goal_id, Permission.CHECK_IN_WRITE, field="checkInId", lock=True)
    await _refuse_unfollowed(goal)
    if said.comment is None:
        raise CommentInvalid(field="comment", longest=LONGEST_COMMENT)
    if await CheckIn.exists(corrects_id=wrong.id):
        raise CheckInCorrected(field="checkInId")
    if not await is_of_now(goal.id, wrong.created_at):
        raise CheckInOfFormerMetric(field="checkInId")
    return await _written(actor, goal, said, default_day=wrong.as_of, corrects=wrong)


async def _access_check_in(actor: Actor, check_in_id: UUID) -> CheckIn:
    condition, values = await sql_scope(actor, Permission.CHECK_IN_READ, CHECK_IN, alias="c", first=2)
    if not await fetch_value(f"select true from check_in c where c.id = $1 and {condition}", check_in_id, *values):
        raise NotFound(field="checkInId")
    return await CheckIn.get(id=check_in_id)


async def _refuse_unfollowed(goal: Goal) -> None:
    if goal.state not in (GoalState.PROPOSED, GoalState.CONFIRMED):
        raise GoalNotFollowed(field="goalId", row=goal.id, state=GoalState(goal.state))
    if goal.metric_key is not None:
        raise GoalFollowsMetric(field="goalId", row=goal.id, title=goal.title, metric=goal.metric_key)
    if goal.roll_up != RollUp.NONE:
        counted = [GoalState.PROPOSED.value, GoalState.CONFIRMED.value]
        parts = await Goal.filter(parent_id=goal.id, state__in=counted).count()
        if parts:
            raise GoalFollowsParts(field="goalId", row=goal.id, title=goal.title, parts=parts)


async def _written(actor: Actor, goal: Goal, said: Said, *, default_day: date, corrects: CheckIn | None = None) -> UUID:
    _check_said(said)
    await refuse_locked(actor, LockCovers.PROGRESS, cycle_id=goal.cycle_id, unit_ids=[goal.unit_id], bypass=said.bypass)
    as_of = said.as_of or default_day
    await _check_day(actor, goal, as_of)
    made = await CheckIn.create(
        goal_id=goal.id,
        as_of=as_of,
        value=said.value.quantize(CENT),
        confidence=said.confidence,
        comment=said.comment.strip() if said.comment else None,
        corrects_id=corrects.id if corrects else None,
        author_id=actor.membership_id,
        person_id=actor.person_id,
    )
    await count_progress(actor, [goal.id])
    before = _facts(corrects) if corrects else None
    await record(actor, "goal.correct" if corrects else "goal.check_in", "goal", goal.id, before=before, after=_facts(made))
    return made.id


def _facts(said: CheckIn) -> dict[str, Any]:
    facts = {"check_in": str(said.id), "value": str(said.value), "as_of": said.as_of.isoformat()}
    return facts | {"confidence": said.confidence, "comment": said.comment}


def _check_said(said: Said) -> None:
    check_amount(said.value, field="value")
    if said.confidence is not None and not 0 <= said.confidence <= MOST_CONFIDENT:
        raise ConfidenceInvalid(field="confidence", value=said.confidence, most=MOST_CONFIDENT)
    if said.comment is not None and not is_text(said.comment, longest=LONGEST_COMMENT):
        raise CommentInvalid(field="comment", longest=LONGEST_COMMENT)


async def _check_day(actor: Actor, goal: Goal, as_of: date) -> None:
    days = await fetch_one("select starts_on, ends_on from cycle where id = $1", goal.cycle_id)
    first, last = (days or {})["starts_on"], min((days or {})["ends_on"], await company_today(actor))
    if not first <= as_of <= last:
        raise CheckInDayInvalid(field="asOf", day=as_of.isoformat(), first=first.isoformat(), last=last.isoformat())
