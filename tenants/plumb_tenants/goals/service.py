"""What people do with goals: open a cycle, publish goals to their owners, confirm one's own, revise."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_cycle, access_goal
from plumb_tenants.goals.models import Cycle, Goal, GoalVersion
from plumb_tenants.goals.readers import GoalRow, confirmed_versions, get_goal, goals_by_id
from plumb_tenants.goals.rules import LONGEST_CYCLE, GoalAct, GoalState, months_of, next_state, spread_over_months

__all__ = [
    "GoalRow",
    "NewGoal",
    "confirm_goal",
    "confirmed_versions",
    "create_cycle",
    "get_goal",
    "goals_by_id",
    "publish_goals",
    "revise_goal",
]

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)


class CycleCodeInvalid(InvalidInput):
    """A cycle's code is short and plain, because people type it."""

    code = "CYCLE_CODE_INVALID"
    zh = "周期代码“{value}”无效:须为 1 到 40 位字母、数字、点、下划线或连字符。"
    en = "The cycle code {value} is not valid: 1 to 40 letters, digits, dots, underscores or hyphens."


class CycleExists(Refused):
    """A code names one cycle of the company."""

    code = "CYCLE_EXISTS"
    zh = "周期代码“{value}”已存在。"
    en = "The cycle code {value} is taken."


class CyclePeriodInvalid(InvalidInput):
    """A cycle ends after it starts and is not longer than three years."""

    code = "CYCLE_PERIOD_INVALID"
    zh = "周期须从开始日期到不早于它的结束日期,且不超过 {longest} 个月;收到 {starts_on} 至 {ends_on}。"
    en = "A cycle ends on or after its first day and touches at most {longest} months; got {starts_on} to {ends_on}."


class NameInvalid(InvalidInput):
    """A name is there and fits its column."""

    code = "NAME_INVALID"
    zh = "名称须为 1 到 120 个字符。"
    en = "A name has 1 to 120 characters."


class NotYourGoal(Refused):
    """Only the owner confirms a goal: no manager, no administrator, no system does it for them (C8)."""

    code = "NOT_YOUR_GOAL"
    zh = "目标“{title}”只能由责任人本人确认。"
    en = "Only its owner can confirm the goal {title}."


class ConfirmInPerson(Refused):
    """A token, a job or a script is not the owner's own act (C8)."""

    code = "CONFIRM_IN_PERSON"
    zh = "确认目标须由本人登录后操作,不能使用令牌或程序。"
    en = "A goal is confirmed by its owner signed in, not by a token or a program."


class GoalNotProposed(Refused):
    """Only a proposed goal waits for its owner's word."""

    code = "GOAL_NOT_PROPOSED"
    zh = "目标当前状态为 {state},只有待确认(PROPOSED)的目标可以确认。"
    en = "The goal is {state}; only a PROPOSED goal can be confirmed."


class ReasonMissing(InvalidInput):
    """New numbers say why."""

    code = "REVISION_REASON_MISSING"
    zh = "修订目标须填写理由。"
    en = "Say why the goal is revised."


@dataclass(frozen=True, slots=True)
class NewGoal:
    """A goal to publish: `target` in the unit of measure, `derivation` is plain JSON with Decimals as strings."""

    unit_id: UUID
    owner_id: UUID | None
    target: Decimal
    derivation: Mapping[str, Any]


async def create_cycle(actor: Actor, *, code: str, name: str, starts_on: date, ends_on: date) -> Cycle:
    """Open a cycle; both days belong to it."""
    await require(actor, Permission.CYCLE_WRITE)
    if not CODE.fullmatch(code):
        raise CycleCodeInvalid(field="code", value=f"{code:.40}")
    if not 1 <= len(name.strip()) <= 120:
        raise NameInvalid(field="name")
    if ends_on < starts_on or len(months_of(starts_on, ends_on)) > LONGEST_CYCLE:
        raise CyclePeriodInvalid(field="endsOn", starts_on=starts_on, ends_on=ends_on, longest=LONGEST_CYCLE)
    if await Cycle.exists(code=code):
        raise CycleExists(field="code", value=code)
    cycle = await Cycle.create(code=code, name=name.strip(), starts_on=starts_on, ends_on=ends_on)
    period = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    await record(actor, "cycle.create", "cycle", cycle.id, after={"code": code, "name": cycle.name, **period})
    return cycle


async def publish_goals(
    actor: Actor,
    *,
    cycle_id: UUID,
    parent_id: UUID | None,
    title: str,
    metric: str,
    unit_of_measure: str,
    weight: Decimal,
    goals: Sequence[NewGoal],
) -> list[UUID]:
    """Propose goals to their owners, each with its first version spread over the cycle's months; ids in their order.

    Two statements whatever the number; the caller audits, because it knows what the goals come from.
    """
    await require(actor, Permission.PLAN_PUBLISH)
    cycle = await access_cycle(actor, cycle_id)
    months = len(months_of(cycle.starts_on, cycle.ends_on))
    ids, at = [uuid7() for _ in goals], now()
    await execute(
        "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, "
        "unit_of_measure, state, current_number, version) "
        "select $1, n.id, $2, $3, n.unit_id, n.owner_id, $4, $5, $6, $7, $8, 1, 1 "
        "from unnest($9::uuid[], $10::uuid[], $11::uuid[]) as n (id, unit_id, owner_id)",
        *(actor.tenant_id, at, cycle.id, parent_id, title, metric, unit_of_measure, GoalState.PROPOSED.value),
        *(ids, [goal.unit_id for goal in goals], [goal.owner_id for goal in goals]),
    )
    await execute(
        "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, created_by) "
        "select $1, n.id, $2, n.goal_id, 1, n.target, $3, n.months::jsonb, n.derivation::jsonb, $4 "
        "from unnest($5::uuid[], $6::uuid[], $7::numeric[], $8::text[], $9::text[]) "
        "as n (id, goal_id, target, months, derivation)",
        *(actor.tenant_id, at, weight, actor.person_id),
        *([uuid7() for _ in goals], ids, [goal.target for goal in goals]),
        [orjson.dumps(_months(goal.target, months)).decode() for goal in goals],
        [orjson.dumps(goal.derivation).decode() for goal in goals],
    )
    return ids


async def confirm_goal(actor: Actor, *, goal_id: UUID, version: int) -> GoalRow:
    """Confirm a goal as its owner, signed in; the confirmed version never changes again (C8)."""
    await require(actor, Permission.GOAL_CONFIRM)
    goal = await access_goal(actor, goal_id, lock=True)
    if goal.owner_id is None or actor.person_id != goal.owner_id:
        raise NotYourGoal(field="goalId", title=goal.title)
    if actor.channel != "session":
        raise ConfirmInPerson(field="goalId")
    before = _lock(goal, version)
    state = next_state(goal.state, GoalAct.CONFIRM)
    if state is None:
        raise GoalNotProposed(field="goalId", state=goal.state)
    current = await GoalVersion.get(goal_id=goal.id, number=goal.current_number)
    current.confirmed_at, current.confirmed_by = now(), actor.person_id
    await current.save(update_fields=["confirmed_at", "confirmed_by"])
    after = await _move(goal, state)
    facts = {"goal_version_id": str(current.id), "target": str(current.target), "confirmed_at": current.confirmed_at.isoformat()}
    await record(actor, "goal.confirm", "goal", goal.id, before=before, after={**after, **facts})
    return await get_goal(actor, goal.id)


async def revise_goal(actor: Actor, *, goal_id: UUID, version: int, target: Decimal, reason: str) -> GoalRow:
    """Give a goal a new version with a new target; its owner has to confirm it anew, the old versions stay."""
    goal = await access_goal(actor, goal_id, Permission.PLAN_PUBLISH, lock=True)
    before = _lock(goal, version)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    state = next_state(goal.state, GoalAct.REVISE)
    if state is None:
        raise GoalNotProposed(field="goalId", state=goal.state)
    cycle = await access_cycle(actor, goal.cycle_id)
    old = await GoalVersion.get(goal_id=goal.id, number=goal.current_number)
    goal.current_number += 1
    await GoalVersion.create(
        goal_id=goal.id,
        number=goal.current_number,
        target=target,
        weight=old.weight,
        months=_months(target, len(months_of(cycle.starts_on, cycle.ends_on))),
        derivation={"kind": "revision", "of": str(old.id), "target_before": str(old.target), "reason": reason.strip()},
        created_by=actor.person_id,
    )
    after = await _move(goal, state)
    figures = {"target": str(target), "reason": reason.strip()}
    await record(actor, "goal.revise", "goal", goal.id, before={**before, "target": str(old.target)}, after={**after, **figures})
    return await get_goal(actor, goal.id)


def _lock(goal: Goal, version: int) -> dict[str, Any]:
    if goal.version != version:
        raise Conflict(current_version=goal.version)
    return {"state": goal.state, "version": goal.version}


async def _move(goal: Goal, state: GoalState) -> dict[str, Any]:
    goal.state, goal.version = state.value, goal.version + 1
    await goal.save(update_fields=["state", "version", "current_number"])
    return {"state": goal.state, "version": goal.version}


def _months(target: Decimal, months: int) -> list[str]:
    return [str(part) for part in spread_over_months(target, months)]
