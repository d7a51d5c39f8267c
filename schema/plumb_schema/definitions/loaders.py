"""What requests read definitions with, many at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from plumb_platform.actor import Actor
from plumb_schema.ground.context import Batch
from plumb_tenants.definitions import service


async def definitions(actor: Actor, keys: list[Any]) -> Sequence[service.Definition | None]:
    """Read definitions by id."""
    found = await service.definitions_by_id(actor, keys)
    return [found.get(key) for key in keys]


async def versions(actor: Actor, keys: list[Any]) -> Sequence[list[service.DefinitionVersion] | None]:
    """Read all versions of definitions, newest first, by the definitions' ids."""
    found = await service.versions_by_definition(actor, keys)
    return [found.get(key) for key in keys]


LOADERS: Mapping[str, Batch] = {"definitions": definitions, "definition_versions": versions}
