"""What somebody sees of a snapshot's lines: the goals that they read and the fields that show on them, by today's matrix."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.resources import Resource
from plumb_tenants.access.fields import hidden_somewhere, shown_on
from plumb_tenants.goals.resources import CYCLE, GOAL
from plumb_tenants.people.resources import PERSON, UNIT
from plumb_tenants.snapshots.lines import readable_pages
from plumb_tenants.snapshots.resources import SIGNAL

Json = dict[str, Any]
_EXPECTED = ("target", "baseline", "months")
_NAMED: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("actual", "attainment", "metric", "months", "target", "title", "weight")},
    **dict.fromkeys(("owner_name", "owner_number"), ("owner",)),
    **dict.fromkeys(("unit_code", "unit_name"), ("unit",)),
    **dict.fromkeys(("goal_id", "state", "version_id", "version_number"), ()),
    "actual_as_of": ("progressAsOf",),
    "actual_source": ("progressSource",),
    "confirmed_at": ("confirmedAt",),
    "cycle_code": ("cycle",),
    "cycle_id": ("cycleId",),
    "deviation": ("actual", *_EXPECTED),
    "expected": _EXPECTED,
    "mark": ("actual", *_EXPECTED),
    "owner_id": ("ownerId",),
    "parent_id": ("parentId",),
    "unit_id": ("unitId",),
    "unit_of_measure": ("unitOfMeasure",),
}
"""The fields of a goal that each value of a line tells; a value that stands here by no name shows to those alone who see all."""
GOAL_FIELDS = tuple(sorted(set().union(*_NAMED.values())))
_BESIDE = (("owner", "owner_id", PERSON), ("unit", "unit_id", UNIT), ("cycle", "cycle_id", CYCLE))
"""Whose code and name a line holds: they show to whoever reads that row, as they do beside a goal."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows of one kind that somebody reads, with the fields that show on each; `rows` is None when all show, on every row."""

    rows: Mapping[UUID, frozenset[str]] | None

    def has(self, row_id: str | None) -> bool:
        """Return whether a row is read; where there is none, nothing is hidden."""
        return self.rows is None or row_id is None or UUID(row_id) in self.rows


async def sees_every_line(actor: Actor) -> bool:
    """Return whether no line of any snapshot can hold what is hidden from somebody, without a look at one."""
    return all([(await _seen(actor, kind, (), names)).rows is None for kind, names in _kinds()])


async def sees_signals(actor: Actor) -> bool:
    """Return whether somebody reads every fact from outside with its value."""
    return (await _seen(actor, SIGNAL, (), ("unitId", "value", "baseline"))).rows is None


async def seen_lines(actor: Actor, lines: Sequence[Json]) -> list[Json | None]:
    """Return lines of goals as somebody sees them, without the values that are hidden; None for a goal that they do not read."""
    goals = await _seen(actor, GOAL, {UUID(line["goal_id"]) for line in lines}, GOAL_FIELDS)
    beside = {}
    for name, key, kind in _BESIDE:
        ids = {UUID(line[key]) for line in lines if line.get(key)}
        beside[name] = (key, await _seen(actor, kind, ids, ()))
    return [_line(line, goals, beside) for line in lines]


async def sees_whole(actor: Actor, snapshot_id: UUID) -> bool:
    """Return whether somebody sees all that the goals' lines of one snapshot say. Raises SNAPSHOT_DAMAGED."""
    if await sees_every_line(actor):
        return True
    async for lines in _goal_lines(snapshot_id):
        if await seen_lines(actor, lines) != lines:
            return False
    return True


async def goal_is_read(actor: Actor, goal_id: UUID | None) -> bool:
    """Return whether somebody reads a goal."""
    return goal_id is not None and (await _seen(actor, GOAL, [goal_id], ())).has(str(goal_id))


async def hidden_fields(actor: Actor) -> list[str]:
    """Return the coordinates of the fields of goals that a difference leaves out for somebody, on some goals or on all."""
    return await hidden_somewhere(actor, GOAL, GOAL_FIELDS)


def _kinds() -> list[tuple[Resource, tuple[str, ...]]]:
    return [(GOAL, GOAL_FIELDS), *((kind, ()) for _, _, kind in _BESIDE)]


async def _seen(actor: Actor, resource: Resource, ids: Collection[UUID], names: Sequence[str]) -> Seen:
    return Seen(await shown_on(actor, resource, ids, names))


def _line(line: Json, goals: Seen, beside: Mapping[str, tuple[str, Seen]]) -> Json | None:
    if not goals.has(line["goal_id"]):
        return None
    shown = set(GOAL_FIELDS if goals.rows is None else goals.rows[UUID(line["goal_id"])])
    shown -= {name for name, (key, seen) in beside.items() if not seen.has(line.get(key))}
    return {name: value for name, value in line.items() if name in _NAMED and shown.issuperset(_NAMED[name])}


async def _goal_lines(snapshot_id: UUID) -> AsyncIterator[list[Json]]:
    async for page in readable_pages(snapshot_id):
        yield [json.loads(text) for text, goal in zip(page.contents, page.goal_ids, strict=True) if goal is not None]
