"""What people do with goals: confirm one's own, revise; and the functions that other domains may call."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_cycle, access_goal
from plumb_tenants.goals.cycles import create_cycle, cycles_by_id, list_cycles
from plumb_tenants.goals.models import Cycle, Goal, GoalVersion
from plumb_tenants.goals.publishing import NewGoal, month_texts, publish_goals
from plumb_tenants.goals.readers import (
    GoalFilter,
    GoalRow,
    Numbers,
    confirmed_versions,
    current_numbers,
    get_goal,
    goals_by_id,
    list_goals,
)
from plumb_tenants.goals.rules import GoalAct, GoalState, check_amount, is_text, months_of, next_state, spread_over_months

__all__ = [
    "Cycle",
    "GoalFilter",
    "GoalRow",
    "GoalState",
    "NewGoal",
    "Numbers",
    "check_amount",
    "confirm_goal",
    "confirmed_versions",
    "create_cycle",
    "current_numbers",
    "cycles_by_id",
    "get_goal",
    "goals_by_id",
    "is_text",
    "list_cycles",
    "list_goals",
    "months_of",
    "publish_goals",
    "revise_goal",
    "spread_over_months",
]


class NotYourGoal(Refused):
    """Only the owner confirms a goal: no manager, no administrator, no system does it for them (C8)."""

    code = "NOT_YOUR_GOAL"
    zh = "目标“{title}”只能由责任人本人确认。"
    en = "Only its owner can confirm the goal {title}."


class ConfirmInPerson(Refused):
    """A token, a job or a script is not the owner's own act (C8)."""

    code = "CONFIRM_IN_PERSON"
    zh = "确认目标须由本人登录后操作，不能使用令牌或程序。"
    en = "A goal is confirmed by its owner signed in, not by a token or a program."


class GoalNotProposed(Refused):
    """Only a proposed goal waits for its owner's word."""

    code = "GOAL_NOT_PROPOSED"
    zh = "目标当前状态为“{state}”，只有“待确认”的目标可以确认。"
    en = "The goal is {state}; only a PROPOSED goal can be confirmed."


class RevisionReasonMissing(InvalidInput):
    """New numbers say why."""

    code = "REVISION_REASON_MISSING"
    zh = "修订目标须填写理由（1 到 1000 个字符）。"
    en = "Say why the goal is revised, in 1 to 1000 characters."


async def confirm_goal(actor: Actor, *, goal_id: UUID, version: int) -> GoalRow:
    """Confirm a goal as its owner, signed in; the confirmed version never changes again (C8)."""
    await require(actor, Permission.GOAL_CONFIRM)
    goal = await access_goal(actor, goal_id, lock=True)
    if goal.owner_id is None or actor.person_id != goal.owner_id:
        raise NotYourGoal(field="goalId", title=goal.title)
    await access_goal(actor, goal_id, Permission.GOAL_CONFIRM)
    if actor.channel != "session":
        raise ConfirmInPerson(field="goalId")
    before = _lock(goal, version)
    state = next_state(goal.state, GoalAct.CONFIRM)
    if state is None:
        raise GoalNotProposed(field="goalId", state=GoalState(goal.state))
    current = await GoalVersion.get(goal_id=goal.id, number=goal.current_number)
    current.confirmed_at, current.confirmed_by = now(), actor.person_id
    await current.save(update_fields=["confirmed_at", "confirmed_by"])
    after = await _move(goal, state)
    facts = {"goal_version_id": str(current.id), "target": str(current.target), "confirmed_at": current.confirmed_at.isoformat()}
    await record(actor, "goal.confirm", "goal", goal.id, before=before, after={**after, **facts})
    return await get_goal(actor, goal.id)


async def revise_goal(actor: Actor, *, goal_id: UUID, version: int, target: Decimal, reason: str) -> GoalRow:
    """Give a goal a new version with a new target; its owner has to confirm it anew, the old versions stay."""
    goal = await access_goal(actor, goal_id, Permission.GOAL_REVISE, lock=True)
    before = _lock(goal, version)
    check_amount(target, field="target")
    if not is_text(reason, longest=1000):
        raise RevisionReasonMissing(field="reason")
    state = next_state(goal.state, GoalAct.REVISE)
    if state is None:
        raise GoalNotProposed(field="goalId", state=GoalState(goal.state))
    cycle = await access_cycle(actor, goal.cycle_id)
    old = await GoalVersion.get(goal_id=goal.id, number=goal.current_number)
    goal.current_number += 1
    revised = GoalVersion(
        goal_id=goal.id,
        number=goal.current_number,
        target=target,
        weight=old.weight,
        months=month_texts(target, len(months_of(cycle.starts_on, cycle.ends_on))),
        derivation={"kind": "revision", "of": str(old.id), "target_before": str(old.target), "reason": reason.strip()},
        created_by=actor.membership_id,
    )
    await revised.save(force_create=True)
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
