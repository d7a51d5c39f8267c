"""The only way to one definition or version: by id, if the actor's grant reaches the company's definitions."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, Scope, require
from plumb_tenants.definitions.models import Definition, DefinitionVersion


async def access_definition(actor: Actor, definition_id: UUID, permission: Permission, *, field: str | None = None) -> Definition:
    """Return the definition; raise NotFound for an unknown or foreign id alike, Forbidden without any grant."""
    definition = await Definition.get_or_none(id=definition_id) if await _reaches(actor, permission) else None
    if definition is None:
        raise NotFound(field=field)
    return definition


async def access_version(
    actor: Actor, version_id: UUID, permission: Permission, *, lock: bool = False, field: str | None = None
) -> DefinitionVersion:
    """Return the version, locked till commit when `lock` is set; errors as `access_definition`."""
    query = DefinitionVersion.filter(id=version_id)
    found = await (query.select_for_update() if lock else query).first() if await _reaches(actor, permission) else None
    if found is None:
        raise NotFound(field=field)
    return found


async def _reaches(actor: Actor, permission: Permission) -> bool:
    """A definition belongs to no person and no unit: only a grant over the company reaches it."""
    return await require(actor, permission) is Scope.COMPANY
