"""Goals made by hand: drafted, edited while they are drafts, proposed to their owner, withdrawn (A10, C29, C49)."""

from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch_value, take_lock
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.draft_rules import GoalDraft
from plumb_tenants.goals.drafting import drafted
from plumb_tenants.goals.guards import withdrawing_holders, withdrawn_closers
from plumb_tenants.goals.lines import retell
from plumb_tenants.goals.locking import LockCovers, refuse_locked
from plumb_tenants.goals.models import CompanyPriority, Goal
from plumb_tenants.goals.rules import GoalAct, GoalState, is_text, next_state
from plumb_tenants.goals.scoring import count_progress
from plumb_tenants.goals.storage import StoredGoal, store_goals
from plumb_tenants.people.service import refuse_leavers


class GoalNotDraft(Refused, tells={"state": "Goal.state"}):
    """What was proposed is changed by a revision, whose owner confirms it; only a draft is edited."""

    code = "GOAL_NOT_DRAFT"
    zh = "目标当前状态为“{state}”，只有草稿可以编辑或提交；已提交的目标请修订。"
    en = "The goal is {state}; only a DRAFT is edited or proposed. Revise what was proposed."


class GoalRing(InvalidInput):
    """No goal is a part of itself, however many steps away."""

    code = "GOAL_RING"
    zh = "上级目标不能是该目标自身或其下级。"
    en = "A goal cannot be a part of itself or of one of its parts."


class GoalHasParts(Refused, tells={"title": "Goal.title"}):
    """A goal is withdrawn after its parts, so that none is left without what it is a part of."""

    code = "GOAL_HAS_PARTS"
    zh = "目标“{title}”还有 {parts} 个未撤回的下级目标，请先撤回下级。"
    en = "The goal {title} has {parts} parts that stand; withdraw them first."


class WithdrawReasonMissing(InvalidInput):
    """Who withdraws a goal says why."""

    code = "WITHDRAW_REASON_MISSING"
    zh = "撤回目标须填写理由（1 到 1000 个字符）。"
    en = "Say why the goal is withdrawn, in 1 to 1000 characters."


class GoalSetByOthers(Refused, tells={"title": "Goal.title"}):
    """What others set for somebody is not theirs to rewrite or to take back; they ask for a revision."""

    code = "GOAL_SET_BY_OTHERS"
    zh = "目标“{title}”由他人为您设定，您不能编辑或撤回，请提出修订。"
    en = "Others set the goal {title} for you; you cannot edit or withdraw it. Ask for a revision."


_EDIT = """
with numbers as (
  update goal_version set target = $2, baseline = $3, weight = $4, share = $5, months = $6::jsonb,
    unit_id = $9, owner_id = $10, metric = $18, unit_of_measure = $20
  where goal_id = $1 and number = $7
)
update goal set version = version + 1, cycle_id = $8, unit_id = $9, owner_id = $10, parent_id = $11, kind = $12, aim = $13,
  roll_up = $14, level = $15, rules_version_id = $16, title = $17, metric = $18, metric_key = $19, unit_of_measure = $20
where id = $1
"""
_AUTHOR = "select created_by from goal_version where goal_id = $1 and number = $2"
_IS_BELOW = """
with recursive above as (
  select id, parent_id from goal where id = $1
  union
  select g.id, g.parent_id from above a join goal g on g.id = a.parent_id
)
select exists (select from above where id = $2)
"""


async def create_goal(actor: Actor, *, draft: GoalDraft, bypass: str | None = None) -> UUID:
    """Make a goal as a draft and return its id; who may write goals of that unit or owner may."""
    await require(actor, Permission.GOAL_WRITE)
    goal = await drafted(actor, draft, uuid7())
    await refuse_locked(actor, LockCovers.GOALS, cycle_id=goal.cycle_id, unit_ids=[goal.unit_id], bypass=bypass)
    await store_goals(actor, [goal])
    await refuse_leavers([goal.owner_id], field="ownerId")
    # Reach is asked of the row as it stands: what a matrix says by unit, owner or filter holds for new goals alike.
    await access_goal(actor, goal.id, Permission.GOAL_WRITE, field="unitId")
    await record(actor, "goal.create", "goal", goal.id, after=_facts(goal))
    return goal.id


async def edit_goal(actor: Actor, *, goal_id: UUID, version: int, draft: GoalDraft, bypass: str | None = None) -> UUID:
    """Give a draft all of its fields anew."""
    if draft.parent_id is not None:
        # Two moves at once, each below the other's goal, would close a ring that neither sees, or wait for each other.
        await take_lock("goal.move")
    before = await _locked(actor, goal_id, version, bypass)
    if before.state != GoalState.DRAFT:
        raise GoalNotDraft(field="goalId", row=goal_id, state=GoalState(before.state))
    goal = await drafted(actor, draft, goal_id)
    if (goal.cycle_id, goal.unit_id) != (before.cycle_id, before.unit_id):
        await refuse_locked(actor, LockCovers.GOALS, cycle_id=goal.cycle_id, unit_ids=[goal.unit_id], bypass=bypass)
    if goal.parent_id is not None and await fetch_value(_IS_BELOW, goal.parent_id, goal_id):
        raise GoalRing(field="parentId")
    months = orjson.dumps([str(month) for month in goal.months]).decode()
    await execute(
        _EDIT,
        *(goal_id, goal.target, goal.baseline, goal.weight, goal.share, months, before.current_number),
        *(goal.cycle_id, goal.unit_id, goal.owner_id, goal.parent_id, goal.kind.value, goal.aim.value, goal.roll_up.value),
        *(goal.level, goal.rules_version_id, goal.title, goal.metric, goal.metric_key, goal.unit_of_measure),
    )
    await refuse_leavers([goal.owner_id], field="ownerId")
    await access_goal(actor, goal_id, Permission.GOAL_WRITE, field="unitId")
    await retell([goal_id])
    await record(actor, "goal.edit", "goal", goal_id, before={"title": before.title}, after=_facts(goal))
    return goal_id


async def propose_goal(actor: Actor, *, goal_id: UUID, version: int, bypass: str | None = None) -> UUID:
    """Put a draft before its owner; from now on it counts as a part and is followed."""
    goal = await _locked(actor, goal_id, version, bypass)
    if goal.state != GoalState.DRAFT:
        raise GoalNotDraft(field="goalId", row=goal.id, state=GoalState(goal.state))
    await _moved(actor, goal, GoalAct.PROPOSE, {})
    return goal_id


async def withdraw_goal(actor: Actor, *, goal_id: UUID, version: int, reason: str, bypass: str | None = None) -> UUID:
    """Take a goal back: it stays to be read, counts as a part no more, is no priority, and is not revised."""
    await access_goal(actor, goal_id, Permission.GOAL_WRITE)
    for hold in withdrawing_holders():
        await hold(actor, goal_id)
    goal = await _locked(actor, goal_id, version, bypass)
    if not is_text(reason, longest=1000):
        raise WithdrawReasonMissing(field="reason")
    parts = await Goal.filter(parent_id=goal.id).exclude(state=GoalState.WITHDRAWN.value).count()
    if parts:
        raise GoalHasParts(field="goalId", row=goal.id, title=goal.title, parts=parts)
    await CompanyPriority.filter(goal_id=goal.id).delete()
    await _moved(actor, goal, GoalAct.WITHDRAW, {"reason": reason.strip()})
    for close in withdrawn_closers():
        await close(actor, goal_id, reason.strip())
    return goal_id


async def _locked(actor: Actor, goal_id: UUID, version: int, bypass: str | None) -> Goal:
    goal = await access_goal(actor, goal_id, Permission.GOAL_WRITE, lock=True)
    if goal.version != version:
        raise Conflict(current_version=goal.version)
    is_own = goal.owner_id is not None and goal.owner_id == actor.person_id
    if is_own and await fetch_value(_AUTHOR, goal.id, goal.current_number) != actor.membership_id:
        raise GoalSetByOthers(field="goalId", row=goal.id, title=goal.title)
    await refuse_locked(actor, LockCovers.GOALS, cycle_id=goal.cycle_id, unit_ids=[goal.unit_id], bypass=bypass)
    return goal


async def _moved(actor: Actor, goal: Goal, act: GoalAct, facts: dict[str, Any]) -> None:
    before, state = goal.state, next_state(goal.state, act)
    if state is None:
        raise GoalNotDraft(field="goalId", row=goal.id, state=GoalState(goal.state))
    goal.state, goal.version = state.value, goal.version + 1
    await goal.save(update_fields=["state", "version"])
    await count_progress(actor, [goal.id])
    after = {"state": goal.state, **facts}
    await record(actor, f"goal.{act.value.lower()}", "goal", goal.id, before={"state": before}, after=after)


def _facts(goal: StoredGoal) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(goal, name) for name in ("title", "metric", "unit_of_measure", "level", "metric_key")}
    facts |= {name: getattr(goal, name).value for name in ("kind", "aim", "roll_up")}
    facts |= {name: str(getattr(goal, name)) for name in ("target", "weight")}
    ids = {name: str(value) for name in ("cycle_id", "unit_id", "owner_id", "parent_id") if (value := getattr(goal, name))}
    return facts | ids | ({} if goal.baseline is None else {"baseline": str(goal.baseline)})
