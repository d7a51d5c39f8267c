"""The impact graph of a revision: the goals above and below it, and beside it those whose weight changes (C73)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import system_actor
from plumb_platform.database import fetch
from plumb_tenants.access.telling import kept_text
from plumb_tenants.goals.service import GoalRow
from plumb_tenants.revisions.models import Propagation, Revision, RevisionImpact
from plumb_tenants.revisions.propagation_rules import Carried, Figures, Part, carry
from plumb_tenants.revisions.states import Direction, PropagationState

DEEPEST = 20
MOST_GOALS = 5000
PADDED = (
    "exists (select from plan_node n join plan l on l.tenant_id = n.tenant_id and l.id = n.plan_id "
    "where n.tenant_id = g.tenant_id and n.goal_id = g.id and l.padding_percent <> 0)"
)
"""Whether a goal `g` is of a plan that assigned more than its total, of which nobody below is told (A6)."""
_VERSION = "join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number"
_UP = f"""
with recursive up(id, depth) as (
  select parent_id, 1 from goal where id = $1 and parent_id is not null
  union all select g.parent_id, u.depth + 1 from up u join goal g on g.id = u.id
  where g.parent_id is not null and u.depth < {DEEPEST}
)
select g.id, g.unit_id, g.owner_id, u.depth, v.target, v.weight, (select sum(c.target) from goal k join goal_version c
  on c.tenant_id = k.tenant_id and c.goal_id = k.id and c.number = k.current_number
  where k.parent_id = g.id and k.state <> 'WITHDRAWN') as parts
from up u join goal g on g.id = u.id {_VERSION} order by u.depth
"""
_DOWN = f"""
with recursive down(id, depth) as (
  select id, 1 from goal where parent_id = $1 and state <> 'WITHDRAWN'
  union all select g.id, d.depth + 1 from down d join goal g on g.parent_id = d.id
  where g.state <> 'WITHDRAWN' and d.depth < {DEEPEST}
)
select g.id, g.unit_id, g.owner_id, d.depth, v.target, v.weight, g.parent_id, g.metric, g.metric_key, g.unit_of_measure,
  g.current_number, {PADDED} as is_padded from down d join goal g on g.id = d.id {_VERSION}
order by d.depth, g.id limit {MOST_GOALS}
"""


async def draw_impact(row: Revision, goal: GoalRow, others: Sequence[GoalRow]) -> None:
    """Write down every goal that the revision touches with its numbers before and after; asked before anything changes.

    What has to follow below is written down too, for the job that carries it there.
    """
    above, below = await fetch(_UP, goal.id), await fetch(_DOWN, goal.id)
    carried = _carried(row, goal, below)
    down = [_touched(row, each, Direction.DOWN) for each in below]
    for each in down:
        if (follows := carried.get(each.goal_id)) and follows.after:
            each.target_after = follows.after.target
    parts = [each.target_after for each in down if each.depth == 1]
    revised = _touched(row, _as_found(goal), Direction.SELF)
    revised.target_after, revised.weight_after, revised.parts_after = row.target, row.weight, sum(parts) if parts else None
    beside = [_touched(row, _as_found(other), Direction.BESIDE) for other in others]
    for each in beside:
        each.weight_after = Decimal(row.weights[str(each.goal_id)])
    up = [_touched(row, each, Direction.UP) for each in above]
    for each, found in zip(up, above, strict=True):
        each.parts_after = _parts_above(row, goal, found)
    await RevisionImpact.bulk_create([revised, *beside, *up, *down])
    followers = [each for each in below if each["id"] in carried]
    await Propagation.bulk_create([await _to_follow(row, each, carried[each["id"]]) for each in followers])


def _carried(row: Revision, goal: GoalRow, below: Sequence[dict[str, Any]]) -> dict[UUID, Carried]:
    before = Figures(goal.target, goal.metric, goal.unit_of_measure, goal.metric_key)
    after = Figures(row.target, row.metric, row.unit_of_measure, row.metric_key)
    if before == after:
        return {}
    parts = [
        Part(
            each["id"],
            each["parent_id"],
            Figures(*(each[name] for name in ("target", "metric", "unit_of_measure", "metric_key"))),
            each["is_padded"],
        )
        for each in below
    ]
    return carry(goal.id, before, after, parts)


async def _to_follow(row: Revision, found: dict[str, Any], carried: Carried) -> Propagation:
    after = carried.after or carried.before
    return Propagation(
        revision_id=row.id,
        goal_id=found["id"],
        unit_id=found["unit_id"],
        owner_id=found["owner_id"],
        state=PropagationState.PENDING.value,
        depth=found["depth"],
        number=found["current_number"],
        target_before=carried.before.target,
        target_after=carried.after.target if carried.after else None,
        metric=after.metric,
        unit_of_measure=after.unit_of_measure,
        explanation=carried.numbers | await kept_text(system_actor(row.tenant_id), carried.said(found["id"])),
    )


def _parts_above(row: Revision, goal: GoalRow, above: dict[str, Any]) -> Decimal | None:
    """Return what the parts of a goal above add up to afterwards; None where the revised one counts in another unit now."""
    parts: Decimal = above["parts"]
    if above["depth"] > 1:
        return parts
    return parts - goal.target + row.target if row.unit_of_measure == goal.unit_of_measure else None


def _as_found(goal: GoalRow) -> dict[str, Any]:
    place = {"id": goal.id, "unit_id": goal.unit_id, "owner_id": goal.owner_id, "depth": 0}
    return place | {"target": goal.target, "weight": goal.weight}


def _touched(row: Revision, found: dict[str, Any], direction: Direction) -> RevisionImpact:
    """Return a goal as it stands, before and after alike."""
    return RevisionImpact(
        revision_id=row.id,
        goal_id=found["id"],
        unit_id=found["unit_id"],
        owner_id=found["owner_id"],
        direction=direction.value,
        depth=found["depth"],
        target_before=found["target"],
        target_after=found["target"],
        weight_before=found["weight"],
        weight_after=found["weight"],
    )
