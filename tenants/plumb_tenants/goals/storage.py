"""Storing new goals with their first versions: any number by one statement, each origin once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.ids import uuid7
from plumb_tenants.goals.kinds import Aim, GoalKind, RollUp
from plumb_tenants.goals.rules import GoalState

_GOAL = {
    "id": "uuid",
    "cycle_id": "uuid",
    "unit_id": "uuid",
    "owner_id": "uuid",
    "parent_id": "uuid",
    "kind": "text",
    "aim": "text",
    "roll_up": "text",
    "level": "text",
    "rules_version_id": "uuid",
    "title": "text",
    "metric": "text",
    "metric_key": "text",
    "unit_of_measure": "text",
    "state": "text",
    "line": "jsonb",
    "origin": "text",
}
_NUMBERS = {
    "target": "numeric",
    "baseline": "numeric",
    "weight": "numeric",
    "share": "numeric",
    "months": "jsonb",
    "derivation": "jsonb",
}
_GIVEN = _GOAL | _NUMBERS | {"version_id": "uuid"}
_ARRAYS = ", ".join(f"${place}::{'text' if kind == 'jsonb' else kind}[]" for place, kind in enumerate(_GIVEN.values(), 4))


def _cast(columns: Mapping[str, str]) -> str:
    return ", ".join(f"n.{name}::jsonb" if kind == "jsonb" else f"n.{name}" for name, kind in columns.items())


_STORE = f"""
with n as (select * from unnest({_ARRAYS}) as n ({", ".join(_GIVEN)})),
made as (
  insert into goal (tenant_id, created_at, {", ".join(_GOAL)}, current_number, version)
  select $1, $2, {_cast(_GOAL)}, 1, 1 from n on conflict (tenant_id, origin) do nothing returning id
),
numbers as (
  insert into goal_version (tenant_id, id, created_at, goal_id, number, {", ".join(_NUMBERS)}, created_by,
    unit_id, owner_id, metric, unit_of_measure)
  select $1, n.version_id, $2, n.id, 1, {_cast(_NUMBERS)}, $3, n.unit_id, n.owner_id, n.metric,
    n.unit_of_measure
  from n join made on made.id = n.id
)
select id from made
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGoal:
    """A new goal as its rows will say it; an `origin` is what it was made of, and is made once."""

    id: UUID
    cycle_id: UUID
    unit_id: UUID
    owner_id: UUID | None
    parent_id: UUID | None
    kind: GoalKind
    aim: Aim
    roll_up: RollUp
    level: str | None
    rules_version_id: UUID | None
    title: str
    metric: str
    metric_key: str | None
    unit_of_measure: str
    state: GoalState
    line: str
    origin: str | None
    target: Decimal
    baseline: Decimal | None
    weight: Decimal
    share: Decimal | None
    months: Sequence[Decimal]
    derivation: Mapping[str, Any]


async def store_goals(actor: Actor, goals: Sequence[StoredGoal]) -> set[UUID]:
    """Write goals and return the ids of those that were new; the caller has checked and audits."""
    columns = {name: [_plain(getattr(goal, name)) for goal in goals] for name in (*_GOAL, *_NUMBERS)}
    columns["months"] = [orjson.dumps([str(month) for month in goal.months]).decode() for goal in goals]
    columns["derivation"] = [orjson.dumps(goal.derivation).decode() for goal in goals]
    columns["version_id"] = [uuid7() for _ in goals]
    rows = await execute(_STORE, actor.tenant_id, now(), actor.membership_id, *columns.values())
    return {row["id"] for row in rows}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, GoalKind | Aim | RollUp | GoalState) else value
