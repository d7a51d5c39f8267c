"""Reading goals: the row that people see, pages by keyset, and the confirmed versions that letters are made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.rules import GoalState

COLUMNS = """
       g.id, g.cycle_id, g.unit_id, g.owner_id, g.parent_id, g.kind, g.aim, g.roll_up, g.level, g.title, g.metric, g.metric_key,
       g.unit_of_measure, g.state, g.version, g.created_at, v.id as version_id, v.number, v.target, v.baseline, v.weight,
       v.share, v.months, v.derivation, v.created_by,
       v.created_at as revised_at, v.confirmed_at, v.confirmed_by
"""
CURRENT = "goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number"
_ROWS = f"select {COLUMNS} from goal g join {CURRENT}"


class GoalNotConfirmed(Refused, tells={"title": "Goal.title"}):
    """A letter is made of what its owner confirmed, and of nothing else."""

    code = "GOAL_NOT_CONFIRMED"
    zh = "目标“{title}”尚未由责任人确认。"
    en = "The goal {title} is not confirmed by its owner yet."


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal with the numbers of its current version; `version` is the lock, `number` counts the versions.

    `target`, `baseline` and `months` are in the unit of measure, `weight` and `share` in percent; `owner_id` is None for a
    goal of a unit;
    `created_by` and `revised_at` are of the current version, a membership and an instant.
    """

    id: UUID
    cycle_id: UUID
    unit_id: UUID
    owner_id: UUID | None
    parent_id: UUID | None
    kind: str
    aim: str
    roll_up: str
    level: str | None
    title: str
    metric: str
    metric_key: str | None
    unit_of_measure: str
    state: str
    version: int
    created_at: datetime
    version_id: UUID
    number: int
    target: Decimal
    baseline: Decimal | None
    weight: Decimal
    share: Decimal | None
    months: tuple[Decimal, ...]
    derivation: Mapping[str, Any]
    created_by: UUID | None
    revised_at: datetime
    confirmed_at: datetime | None
    confirmed_by: UUID | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """The current target of a goal and its spread over the months."""

    target: Decimal
    months: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFilter:
    """Which goals a list shows; None leaves a column open. `unit_id` means that unit itself."""

    cycle_id: UUID | None = None
    unit_id: UUID | None = None
    owner_id: UUID | None = None
    parent_id: UUID | None = None
    state: GoalState | None = None


async def list_goals(
    actor: Actor, *, where: GoalFilter | None = None, after: UUID | None = None, limit: int = 100
) -> list[GoalRow]:
    """Return the goals that the actor may read, oldest first, behind the goal `after`."""
    condition, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g")
    parts = [condition]
    wanted = where or GoalFilter()
    filters = {column: getattr(wanted, column) for column in GoalFilter.__slots__}
    for column, value in filters.items():
        if value is not None:
            values.append(value)
            parts.append(f"g.{column} = ${len(values)}")
    if after is not None:
        values.append(after)
        parts.append(f"g.id > ${len(values)}")
    values.append(limit)
    rows = await fetch(f"{_ROWS} where {' and '.join(parts)} order by g.id limit ${len(values)}", *values)
    return [goal_row(row) for row in rows]


async def goals_by_id(actor: Actor, goal_ids: Iterable[UUID]) -> dict[UUID, GoalRow]:
    """Return those of the goals that the actor may read, by id; the rest is simply not there."""
    condition, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=2)
    rows = await fetch(f"{_ROWS} where g.id = any($1::uuid[]) and {condition}", list(goal_ids), *values)
    return {row["id"]: goal_row(row) for row in rows}


async def get_goal(actor: Actor, goal_id: UUID, *, field: str = "goalId") -> GoalRow:
    """Return one goal that the actor may read, or raise NotFound."""
    found = await goals_by_id(actor, [goal_id])
    if goal_id not in found:
        raise NotFound(field=field)
    return found[goal_id]


async def confirmed_versions(actor: Actor, goal_ids: Sequence[UUID]) -> list[GoalRow]:
    """Return the goals in the order asked for, each with its confirmed numbers.

    Raises NotFound for one that the actor may not read, GoalNotConfirmed for one whose current version nobody confirmed.
    """
    found = await goals_by_id(actor, goal_ids)
    for position, goal_id in enumerate(goal_ids):
        goal = found.get(goal_id)
        if goal is None:
            raise NotFound(field=f"goalIds[{position}]")
        if goal.state != GoalState.CONFIRMED or goal.confirmed_at is None:
            raise GoalNotConfirmed(field=f"goalIds[{position}]", row=goal.id, title=goal.title)
    return [found[goal_id] for goal_id in goal_ids]


async def current_numbers(goal_ids: Sequence[UUID]) -> dict[UUID, Numbers]:
    """Return the numbers of goals by id; the caller has checked the object that the goals belong to."""
    rows = await fetch(
        f"select g.id, v.target, v.months from goal g join {CURRENT} where g.id = any($1::uuid[])",
        list(goal_ids),
    )
    return {row["id"]: Numbers(row["target"], _amounts(row["months"])) for row in rows}


def goal_row(row: dict[str, Any]) -> GoalRow:
    """Return a row of COLUMNS as people see it."""
    return GoalRow(**{**row, "months": _amounts(row["months"]), "derivation": orjson.loads(row["derivation"])})


def _amounts(months: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(month) for month in orjson.loads(months))


_MONTHLY = """
select (date_trunc('month', c.starts_on) + (m.place - 1) * interval '1 month')::date as month, sum(m.part::numeric) as target
from goal g join {current} join cycle c on c.id = g.cycle_id,
  jsonb_array_elements_text(v.months) with ordinality as m (part, place)
where g.metric_key = $1 and g.owner_id = $2 and v.confirmed_at is not null and {readable} group by 1
"""


async def monthly_targets(actor: Actor, *, metric_key: str, owner_id: UUID) -> dict[date, Decimal]:
    """Return what a person's confirmed goals of a metric ask for by month, of those that the actor may read."""
    condition, values = await sql_scope(actor, Permission.GOAL_READ, GOAL, alias="g", first=3)
    rows = await fetch(_MONTHLY.format(current=CURRENT, readable=condition), metric_key, owner_id, *values)
    return {row["month"]: row["target"] for row in rows}
