"""The only way to one definition or version: by id, if the actor's grant reaches the company's definitions.

A version in pilot shows to the units of its waves and to whoever maintains or audits definitions (C23, C38).
"""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, grants_of, reaches_whole
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.resources import DEFINITION_VERSION, SEE_PILOTS
from plumb_tenants.definitions.rules import State

_IN_A_WAVE = """select 1 from definition_wave w
join org_unit_closure t on t.tenant_id = w.tenant_id and t.ancestor_id = w.unit_id
where w.definition_version_id = $1 and t.descendant_id = $2 limit 1"""


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
    found = await (query.select_for_update(no_key=True) if lock else query).first() if await _reaches(actor, permission) else None
    if found is None or not await _shows(actor, found):
        raise NotFound(field=field)
    return found


async def access_body(actor: Actor, version_id: UUID, *, field: str | None = None) -> DefinitionVersion:
    """Return a version whose body the actor may read; errors as `access_version`, and FIELD_HIDDEN."""
    version = await access_version(actor, version_id, Permission.DEFINITION_READ, field=field)
    await refuse_hidden_on(actor, DEFINITION_VERSION, version.id, "body")
    return version


async def _shows(actor: Actor, version: DefinitionVersion) -> bool:
    if version.state != State.PILOT:
        return True
    grants = await grants_of(actor)
    if any(grants.allows(permission) for permission in SEE_PILOTS):
        return True
    return bool(await fetch(_IN_A_WAVE, version.id, grants.unit_id))


async def _reaches(actor: Actor, permission: Permission) -> bool:
    """A definition belongs to no person and no unit: only a grant over the company reaches it."""
    return await reaches_whole(actor, permission)
