"""The only way to one unit or one person: by id, within what a permission reaches."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_one
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.people.records import SELECT_PERSON, SELECT_UNIT, Person, Unit, person_from, unit_from
from plumb_tenants.people.resources import PERSON, UNIT

_NAMED = SELECT_PERSON + " where (p.id = any($1::uuid[]) or p.number = any($2::text[])) and {}"


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


async def access_colleague(actor: Actor, person_id: UUID, *, field: str | None = None) -> Person:
    """Return an active person whom the actor may name, as a delegate or a signer; raises NotFound for anybody else."""
    found = [each for each in await known_people(actor, ids=[person_id]) if each.active]
    if not found:
        raise NotFound(field=field)
    return found[0]


async def known_people(
    actor: Actor, *permissions: Permission, ids: Collection[UUID] = (), numbers: Collection[str] = ()
) -> list[Person]:
    """Return those of some people whom the actor may name, leavers among them: who is within reach of PERSON_PICK, PERSON_READ
    or one of `permissions`, the act's own.

    Scopes of a token say what it may do, and its owner's roles whom they know.
    """
    whole, known = replace(actor, scopes=None), dict[UUID, Person]()
    grants = await grants_of(whole)
    for permission in (*permissions, Permission.PERSON_PICK, Permission.PERSON_READ):
        if grants.allows(permission) and len(known) < len(ids) + len(numbers):
            condition, values = await sql_scope(whole, permission, PERSON, alias="p", first=3)
            rows = await fetch(_NAMED.format(condition), list(ids), list(numbers), *values)
            known |= {row["id"]: person_from(row) for row in rows}
    return list(known.values())
