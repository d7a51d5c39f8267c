"""What requests read units and people with, many at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from plumb_platform.actor import Actor
from plumb_schema.ground.context import Batch
from plumb_tenants.people import service


async def units(actor: Actor, keys: list[Any]) -> Sequence[service.Unit | None]:
    """Read units by id, as far as the actor may."""
    found = await service.readable_units(actor, keys)
    return [found.get(key) for key in keys]


async def people(actor: Actor, keys: list[Any]) -> Sequence[service.Person | None]:
    """Read people by id, as far as the actor may."""
    found = await service.readable_people(actor, keys)
    return [found.get(key) for key in keys]


LOADERS: Mapping[str, Batch] = {"units": units, "people": people}
