"""Loaders of goals: what many goals or plan nodes of one answer ask for, read at once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_schema.ground.context import Batch
from plumb_tenants.goals.service import Cycle, GoalRow, cycles_by_id, goals_by_id
from plumb_tenants.people.service import people_by_id, units_by_id


async def load_cycles(actor: Actor, keys: list[UUID]) -> Sequence[Cycle | None]:
    """Read cycles by id."""
    found = await cycles_by_id(actor, keys)
    return [found.get(key) for key in keys]


async def load_goals(actor: Actor, keys: list[UUID]) -> Sequence[GoalRow | None]:
    """Read goals by id, as far as the caller may."""
    found = await goals_by_id(actor, keys)
    return [found.get(key) for key in keys]


async def load_unit_names(actor: Actor, keys: list[UUID]) -> Sequence[str | None]:
    """Read the names of the units that stand in what the caller may read."""
    found = await units_by_id(actor, keys)
    return [found[key].name if key in found else None for key in keys]


async def load_person_names(actor: Actor, keys: list[UUID]) -> Sequence[str | None]:
    """Read the names of the people who stand in what the caller may read."""
    found = await people_by_id(actor, keys)
    return [found[key].name if key in found else None for key in keys]


LOADERS: Mapping[str, Batch] = {
    "cycles": load_cycles,
    "goals": load_goals,
    "unit_names": load_unit_names,
    "person_names": load_person_names,
}
