"""The only way to one unit or one person: by id, within what a permission reaches."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_one
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.people.records import SELECT_PERSON, SELECT_UNIT, Person, Unit, person_from, unit_from
from plumb_tenants.people.resources import PERSON, UNIT


async def access_unit(actor: Actor, unit_id: UUID, permission: Permission, *, field: str | None = None) -> Unit:
    """Return the unit; raise NotFound for an unknown, foreign or unreachable id alike, Forbidden without any grant."""
    condition, values = await sql_scope(actor, permission, UNIT, alias="u", first=2)
    row = await fetch_one(f"{SELECT_UNIT} where u.id = $1 and {condition}", unit_id, *values)
    if row is None:
        raise NotFound(field=field)
    return unit_from(row)


async def access_person(actor: Actor, person_id: UUID, permission: Permission, *, field: str | None = None) -> Person:
    """Return the person; raise NotFound for an unknown, foreign or unreachable id alike, Forbidden without any grant."""
    condition, values = await sql_scope(actor, permission, PERSON, alias="p", first=2)
    row = await fetch_one(f"{SELECT_PERSON} where p.id = $1 and {condition}", person_id, *values)
    if row is None:
        raise NotFound(field=field)
    return person_from(row)
