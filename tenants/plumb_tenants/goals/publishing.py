"""Publishing goals: many at once, each proposed to its owner with a first version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.ids import uuid7s
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.lines import Above, above_of
from plumb_tenants.goals.locking import LockCovers, refuse_locked
from plumb_tenants.goals.models import GoalProgress
from plumb_tenants.goals.rules import GoalState, months_of, spread_over_months
from plumb_tenants.goals.scoring import count_progress
from plumb_tenants.people.service import refuse_leavers

_GOALS = (
    "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, "
    "unit_of_measure, state, line, metric_key, current_number, version) "
    "select $1, n.id, $2, $3, n.unit_id, n.owner_id, $4, $5, $6, $7, $8, $9::jsonb, $10, 1, 1 "
    "from unnest($11::uuid[], $12::uuid[], $13::uuid[]) as n (id, unit_id, owner_id)"
)
_FIRST_VERSIONS = (
    "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, share, months, derivation, "
    "created_by, unit_id, owner_id, metric, unit_of_measure) "
    "select $1, n.id, $2, g.id, 1, n.target, $3, n.share, n.months::jsonb, n.derivation::jsonb, $4, g.unit_id, g.owner_id, "
    "g.metric, g.unit_of_measure "
    "from unnest($5::uuid[], $6::uuid[], $7::numeric[], $8::numeric[], $9::text[], $10::text[]) "
    "as n (id, goal_id, target, share, months, derivation) join goal g on g.id = n.goal_id"
)


@dataclass(frozen=True, slots=True)
class NewGoal:
    """A goal to publish: `target` in the unit of measure, `derivation` is plain JSON with Decimals as strings.

    `months` is the target's spread over the months of the cycle, None for an even one; `id` is given where a goal must
    have the same one whenever it is made. `tells_share` is False where the share of the parent's target would give away that
    the parts come to more than the whole (A6). `for_a_while` marks the part of somebody who is there for some of the days
    alone, and may have left by now (A3).
    """

    unit_id: UUID
    owner_id: UUID | None
    target: Decimal
    derivation: Mapping[str, Any]
    months: Sequence[Decimal] | None = None
    id: UUID | None = None
    tells_share: bool = True
    for_a_while: bool = False


async def publish_goals(
    actor: Actor,
    *,
    cycle_id: UUID,
    parent_id: UUID | None,
    title: str,
    metric: str,
    unit_of_measure: str,
    weight: Decimal,
    metric_key: str | None = None,
    goals: Sequence[NewGoal],
    bypass: str | None = None,
) -> list[UUID]:
    """Propose goals to their owners, each with its first version and its spread over the cycle's months; ids in their order.

    Two statements whatever the number; the caller audits, because it knows what the goals come from.
    """
    await require(actor, Permission.PLAN_PUBLISH)
    cycle = await access_cycle(actor, cycle_id)
    await refuse_locked(actor, LockCovers.GOALS, cycle_id=cycle.id, unit_ids={goal.unit_id for goal in goals}, bypass=bypass)
    above = await above_of(parent_id)
    months = len(months_of(cycle.starts_on, cycle.ends_on))
    ids = [goal.id or each for goal, each in zip(goals, uuid7s(len(goals)), strict=True)]
    at = now()
    await execute(
        _GOALS,
        *(actor.tenant_id, at, cycle.id, parent_id, title, metric, unit_of_measure, GoalState.PROPOSED.value),
        *(above.line, metric_key),
        *(ids, [goal.unit_id for goal in goals], [goal.owner_id for goal in goals]),
    )
    await execute(
        _FIRST_VERSIONS,
        *(actor.tenant_id, at, weight, actor.membership_id),
        *(uuid7s(len(goals)), ids, *_columns(goals, above, months, unit_of_measure)),
    )
    await refuse_leavers({goal.owner_id for goal in goals if not goal.for_a_while})
    # Parts that nobody reported change nothing of a goal of which nothing is known.
    if parent_id is not None and await GoalProgress.exists(goal_id=parent_id):
        await count_progress(actor, [parent_id])
    return ids


def _columns(goals: Sequence[NewGoal], above: Above, months: int, unit_of_measure: str) -> Iterator[list[Any]]:
    """Yield what the first versions hold: targets, shares of the target above, months, derivations."""
    yield [goal.target for goal in goals]
    yield [above.share(goal.target, unit_of_measure) if goal.tells_share else None for goal in goals]
    yield [orjson.dumps(month_texts(goal, months)).decode() for goal in goals]
    yield [orjson.dumps(goal.derivation).decode() for goal in goals]


def month_texts(goal: NewGoal, months: int) -> list[str]:
    """Return the spread of a goal's target as its version stores it."""
    return list(map(str, spread_over_months(goal.target, months) if goal.months is None else goal.months))
