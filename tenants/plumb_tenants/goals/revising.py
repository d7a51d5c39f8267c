"""Giving a goal a new version: another target, and for a revision also another weight and another metric (C75)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import Write
from plumb_platform.errors import Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_tenants.goals.access import LockedGoal, lock_goal
from plumb_tenants.goals.attainment import ZERO, check_way
from plumb_tenants.goals.kinds import Aim
from plumb_tenants.goals.lines import above_of
from plumb_tenants.goals.readers import GoalRow
from plumb_tenants.goals.rules import CENT, GoalAct, GoalState, check_amount, next_state, spread_like
from plumb_tenants.goals.scoring import moved_by, stored

_REVISE = """
revised as (
  insert into goal_version (tenant_id, goal_id, id, created_at, number, target, weight, months, derivation, created_by,
    baseline, share, unit_id, owner_id, metric, unit_of_measure)
  select $1, $2, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, g.unit_id, g.owner_id, $15, $17 from goal g where g.id = $2
), raised as (
  update goal set version = $4, state = $3, current_number = $7, metric = $15, metric_key = $16, unit_of_measure = $17
  where id = $2
)
"""


class GoalNotRevisable(Refused, tells={"state": "Goal.state"}):
    """A goal that was withdrawn gets no new numbers."""

    code = "GOAL_NOT_REVISABLE"
    zh = "目标当前状态为“{state}”，不能修订。"
    en = "The goal is {state} and cannot be revised."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """What a goal's new version holds; None keeps what stands. `source` says where it comes from, as plain JSON."""

    target: Decimal
    weight: Decimal | None = None
    metric: str | None = None
    metric_key: str | None = None
    unit_of_measure: str | None = None
    source: Mapping[str, Any]


async def replace_version(actor: Actor, goal_id: UUID, new: NewVersion) -> GoalRow:
    """Give a goal its next version under the same id; its owner confirms it anew, and what stood before is kept with it.

    A new metric takes the old one's place with its key, None for one that is reported by hand.
    """
    return await write_version(actor, await lock_goal(actor, goal_id, Permission.GOAL_REVISE, with_tree=True), new)


async def write_version(actor: Actor, locked: LockedGoal, new: NewVersion) -> GoalRow:
    """Write the next version of a goal that is locked with its tree and may be revised."""
    goal = locked.row
    state = next_state(goal.state, GoalAct.REVISE)
    if state is None:
        raise GoalNotRevisable(field="goalId", row=goal.id, state=GoalState(goal.state))
    check_amount(new.target, field="target")
    swapped = new.metric is not None and new.metric != goal.metric
    unit = new.unit_of_measure or goal.unit_of_measure
    replaced = swapped or unit != goal.unit_of_measure
    # What is to be reached by a new metric is counted from nothing; what is to be reduced needs a place to begin at.
    baseline = None if replaced and goal.aim == Aim.REACH else goal.baseline
    check_way(Aim(goal.aim), new.target, baseline, row=goal.id)
    revised = replace(
        goal,
        state=state.value,
        version=goal.version + 1,
        version_id=uuid7(),
        number=goal.number + 1,
        target=new.target.quantize(CENT),
        baseline=baseline,
        weight=goal.weight if new.weight is None else new.weight.quantize(CENT),
        metric=new.metric or goal.metric,
        metric_key=new.metric_key if swapped else goal.metric_key,
        unit_of_measure=unit,
        # A share that was not told is not told by a revision either (A6).
        share=None if goal.share is None else (await above_of(goal.parent_id)).share(new.target, unit),
        months=tuple(spread_like(new.target, goal.months)),
        derivation=_derivation(goal, new.source) | ({"metric_replaced": True} if replaced else {}),
        created_by=actor.membership_id,
        revised_at=now(),
        confirmed_at=None,
        confirmed_by=None,
    )
    moved = await moved_by(actor, [_seen_as(revised, row, replaced=replaced) for row in locked.touched])
    writes = [_stored(actor, revised), *([stored(actor, moved)] if moved else [])]
    facts = _facts(revised) | dict(new.source)
    await record(actor, "goal.revise", "goal", goal.id, before=_facts(goal), after=facts, beside=writes)
    return revised


def _seen_as(revised: GoalRow, row: Mapping[str, Any], *, replaced: bool) -> Mapping[str, Any]:
    """Return a row as the counting sees it: the goal as revised, and where its metric was replaced, without its old word and
    what was excused of it."""
    if row["id"] != revised.id:
        return row
    known = {name: getattr(revised, name) for name in ("target", "baseline", "weight", "state", "unit_of_measure", "metric_key")}
    is_old = replaced and row["value"] is not None and row["value_created_at"] < revised.revised_at
    return {**row, **known, **({"value": None} if is_old else {}), **({"own_excluded": ZERO} if replaced else {})}


def _stored(actor: Actor, revised: GoalRow) -> Write:
    months = orjson.dumps([str(month) for month in revised.months]).decode()
    values = (
        *(actor.tenant_id, revised.id, revised.state, revised.version, revised.version_id, revised.revised_at),
        *(revised.number, revised.target, revised.weight, months, orjson.dumps(revised.derivation).decode(), revised.created_by),
        *(revised.baseline, revised.share, revised.metric, revised.metric_key, revised.unit_of_measure),
    )
    return Write(_REVISE, values)


def _derivation(goal: GoalRow, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a version comes from: the version before it with its metric, and the source's own facts."""
    before = {
        "target_before": str(goal.target),
        "weight_before": str(goal.weight),
        "metric_before": goal.metric,
        "metric_key_before": goal.metric_key,
        "unit_of_measure_before": goal.unit_of_measure,
    }
    return {"kind": "revision", "of": str(goal.version_id), **before, **source}


def _facts(goal: GoalRow) -> dict[str, Any]:
    figures = {"target": str(goal.target), "weight": str(goal.weight), "metric": goal.metric}
    return {"state": goal.state, "version": goal.version} | figures
