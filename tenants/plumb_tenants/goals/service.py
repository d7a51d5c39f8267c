"""What people do with goals: confirm one's own, revise; and the functions that other domains may call."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_goal, lock_goal
from plumb_tenants.goals.alerting import WATCH_TOPIC, watch_progress
from plumb_tenants.goals.alerts import AlertResponse, alert_response, answer_alert
from plumb_tenants.goals.as_of import GoalThen, goals_as_of
from plumb_tenants.goals.bulk import BulkResult, ForWhom, NotMade, create_goals_from_set
from plumb_tenants.goals.check_ins import Said, check_in, correct_check_in
from plumb_tenants.goals.cycles import create_cycle, cycles_by_id, list_cycles
from plumb_tenants.goals.draft_rules import GoalDraft
from plumb_tenants.goals.drafting import ParentNotOpen
from plumb_tenants.goals.exclusions import decide_exclusion, request_exclusion
from plumb_tenants.goals.expected import EXPECTED_SQL
from plumb_tenants.goals.guards import (
    confirmed_followers,
    confirming_guards,
    on_confirmed,
    on_confirming,
    on_withdrawing,
    on_withdrawn,
)
from plumb_tenants.goals.linking import LinkedGoal, LinkKind, LinkView, SeenLink, link_goals, link_view, unlink_goals
from plumb_tenants.goals.locking import LockCovers, check_bypass, lift_lock, lock_goals, refuse_held, refuse_locked
from plumb_tenants.goals.models import Cycle
from plumb_tenants.goals.months import MonthScore, month_scores
from plumb_tenants.goals.priorities import mark_priority, unmark_priority
from plumb_tenants.goals.progress import ExpectedParts, Progress, expected_parts, progress_of, progress_report
from plumb_tenants.goals.publishing import NewGoal, publish_goals
from plumb_tenants.goals.readers import (
    GoalFilter,
    GoalRow,
    Numbers,
    confirmed_versions,
    current_numbers,
    get_goal,
    goals_by_id,
    list_goals,
    monthly_targets,
)
from plumb_tenants.goals.reminding import remind_check_ins
from plumb_tenants.goals.reports import (
    RegionRate,
    StabilityReport,
    VarianceReport,
    attainment_stability,
    deviation_rate,
    regional_variance,
)
from plumb_tenants.goals.revising import NewVersion, replace_version, write_version
from plumb_tenants.goals.rules import (
    GoalAct,
    GoalState,
    check_amount,
    is_text,
    months_of,
    next_state,
    spread_over_months,
)
from plumb_tenants.goals.scoring import follow_metrics, is_of_now
from plumb_tenants.goals.transparency import NamedPeer, RankedBy, Transparency, goal_transparency
from plumb_tenants.goals.writing import create_goal, edit_goal, propose_goal, withdraw_goal

__all__ = [
    "EXPECTED_SQL",
    "WATCH_TOPIC",
    "AlertResponse",
    "BulkResult",
    "Cycle",
    "ExpectedParts",
    "ForWhom",
    "GoalAct",
    "GoalDraft",
    "GoalFilter",
    "GoalRow",
    "GoalState",
    "GoalThen",
    "LinkKind",
    "LinkView",
    "LinkedGoal",
    "LockCovers",
    "MonthScore",
    "NamedPeer",
    "NewGoal",
    "NewVersion",
    "NotMade",
    "Numbers",
    "ParentNotOpen",
    "Progress",
    "RankedBy",
    "RegionRate",
    "Said",
    "SeenLink",
    "StabilityReport",
    "Transparency",
    "VarianceReport",
    "alert_response",
    "answer_alert",
    "attainment_stability",
    "check_amount",
    "check_bypass",
    "check_in",
    "confirm_goal",
    "confirmed_versions",
    "correct_check_in",
    "create_cycle",
    "create_goal",
    "create_goals_from_set",
    "current_numbers",
    "cycles_by_id",
    "decide_exclusion",
    "deviation_rate",
    "edit_goal",
    "expected_parts",
    "follow_metrics",
    "get_goal",
    "goal_transparency",
    "goals_as_of",
    "goals_by_id",
    "is_of_now",
    "is_text",
    "lift_lock",
    "link_goals",
    "link_view",
    "list_cycles",
    "list_goals",
    "lock_goal",
    "lock_goals",
    "mark_priority",
    "month_scores",
    "monthly_targets",
    "months_of",
    "next_state",
    "on_confirmed",
    "on_confirming",
    "on_withdrawing",
    "on_withdrawn",
    "progress_of",
    "progress_report",
    "propose_goal",
    "publish_goals",
    "refuse_locked",
    "regional_variance",
    "remind_check_ins",
    "replace_version",
    "request_exclusion",
    "revise_goal",
    "spread_over_months",
    "unlink_goals",
    "unmark_priority",
    "watch_progress",
    "withdraw_goal",
    "write_version",
]


class NotYourGoal(Refused, tells={"title": "Goal.title"}):
    """Only the owner confirms a goal: no manager, no administrator, no system does it for them (C8)."""

    code = "NOT_YOUR_GOAL"
    zh = "目标“{title}”只能由责任人本人确认。"
    en = "Only its owner can confirm the goal {title}."


class ConfirmInPerson(Refused):
    """A token, a job or a script is not the owner's own act (C8)."""

    code = "CONFIRM_IN_PERSON"
    zh = "确认目标须由本人登录后操作，不能使用令牌或程序。"
    en = "A goal is confirmed by its owner signed in, not by a token or a program."


class GoalNotProposed(Refused, tells={"state": "Goal.state"}):
    """Only a proposed goal waits for its owner's word."""

    code = "GOAL_NOT_PROPOSED"
    zh = "目标当前状态为“{state}”，只有“待确认”的目标可以确认。"
    en = "The goal is {state}; only a PROPOSED goal can be confirmed."


class RevisionReasonMissing(InvalidInput):
    """New numbers say why."""

    code = "REVISION_REASON_MISSING"
    zh = "修订目标须填写理由（1 到 1000 个字符）。"
    en = "Say why the goal is revised, in 1 to 1000 characters."


_CONFIRM = """
with confirmed as (update goal_version set confirmed_at = $3, confirmed_by = $4 where goal_id = $1 and number = $2)
update goal set state = $5, version = $6 where id = $1
"""


async def confirm_goal(actor: Actor, *, goal_id: UUID, version: int) -> GoalRow:
    """Confirm a goal as its owner, signed in; the confirmed version never changes again (C8)."""
    await require(actor, Permission.GOAL_CONFIRM)
    goal = (await lock_goal(actor, goal_id)).row
    if goal.owner_id is None or actor.person_id != goal.owner_id:
        raise NotYourGoal(field="goalId", row=goal.id, title=goal.title)
    await access_goal(actor, goal_id, Permission.GOAL_CONFIRM)
    if actor.channel != "session":
        raise ConfirmInPerson(field="goalId")
    _check_version(goal, version)
    for guard in confirming_guards():
        await guard(actor, goal.id)
    at = now()
    confirmed = replace(_moved(goal, GoalAct.CONFIRM), confirmed_at=at, confirmed_by=actor.person_id)
    await execute(_CONFIRM, goal.id, goal.number, at, actor.person_id, confirmed.state, confirmed.version)
    facts = {"goal_version_id": str(goal.version_id), "target": str(goal.target), "confirmed_at": at.isoformat()}
    await record(actor, "goal.confirm", "goal", goal.id, before=_facts(goal), after=_facts(confirmed) | facts)
    for follower in confirmed_followers():
        await follower(actor, goal.id)
    return confirmed


async def revise_goal(
    actor: Actor, *, goal_id: UUID, version: int, target: Decimal, reason: str, bypass: str | None = None
) -> GoalRow:
    """Give a goal a new version with a new target; its owner has to confirm it anew, the old versions stay."""
    locked = await lock_goal(actor, goal_id, Permission.GOAL_REVISE, with_tree=True, with_window=True)
    goal = locked.row
    _check_version(goal, version)
    if not is_text(reason, longest=1000):
        raise RevisionReasonMissing(field="reason")
    await refuse_held(actor, LockCovers.GOALS, locked.held, cycle_id=goal.cycle_id, bypass=bypass)
    return await write_version(actor, locked, NewVersion(target=target, source={"reason": reason.strip()}))


def _check_version(goal: GoalRow, version: int) -> None:
    if goal.version != version:
        raise Conflict(current_version=goal.version)


def _moved(goal: GoalRow, act: GoalAct) -> GoalRow:
    state = next_state(goal.state, act)
    if state is None:
        raise GoalNotProposed(field="goalId", row=goal.id, state=GoalState(goal.state))
    return replace(goal, state=state.value, version=goal.version + 1)


def _facts(goal: GoalRow) -> dict[str, Any]:
    return {"state": goal.state, "version": goal.version}
