"""The organisation as it stood on a day: units with what they belonged to, people with where they were placed (A3)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.fields import refuse_hidden
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.people.access import access_unit
from plumb_tenants.people.placing import known_day
from plumb_tenants.people.resources import PERSON, UNIT

_HOLDS = "{0}.starts_on <= $1 and ({0}.ends_on is null or {0}.ends_on >= $1)"
TREE = f"""
with recursive tree (unit_id) as (
  select $2::uuid
  union
  select o.unit_id from tree t join unit_placement o on o.parent_id = t.unit_id and {_HOLDS.format("o")}
)
"""
"""The unit $2 with all that stood below it on the day $1, as `tree`."""
_UNITS = f"""
select u.id, u.code, o.name, o.parent_id from unit_placement o join org_unit u on u.tenant_id = o.tenant_id and u.id = o.unit_id
where {_HOLDS.format("o")} and {{reached}} order by u.code
"""
_PEOPLE = f"""{TREE}
select p.id, p.number, p.name, o.unit_id, o.manager_id, o.grade, o.position, o.starts_on
from tree t join person_placement o on o.unit_id = t.unit_id and {_HOLDS.format("o")}
join person p on p.tenant_id = o.tenant_id and p.id = o.person_id
where {{reached}} order by p.number offset $3 limit $4
"""
_SHOWN = ("grade", "position", "unit", "manager")


@dataclass(frozen=True, slots=True)
class UnitThen:
    """A unit with its name and the unit above it on a day; without one it was a root."""

    id: UUID
    code: str
    name: str
    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class PersonThen:
    """A person with their place on a day, and since when they had it."""

    id: UUID
    number: str
    name: str
    unit_id: UUID
    manager_id: UUID | None
    grade: str
    position: str
    starts_on: date


async def units_as_of(actor: Actor, *, as_of: date) -> list[UnitThen]:
    """Return the units of a day that the actor may read, by code."""
    reached, values = await sql_scope(actor, Permission.UNIT_READ, UNIT, alias="u", first=2)
    day = await known_day(actor, as_of, field="asOf")
    return [UnitThen(**row) for row in await fetch(_UNITS.format(reached=reached), day, *values)]


async def people_as_of(actor: Actor, *, as_of: date, unit_id: UUID, skip: int = 0, limit: int = 100) -> list[PersonThen]:
    """Return who was placed in a unit or below it on a day, by number, of those read today.

    Raises FieldHidden for somebody who may not see where all whom they read belong.
    """
    await refuse_hidden(actor, PERSON, _SHOWN)
    day = await known_day(actor, as_of, field="asOf")
    unit = await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    reached, values = await sql_scope(actor, Permission.PERSON_READ, PERSON, alias="p", first=5)
    return [PersonThen(**row) for row in await fetch(_PEOPLE.format(reached=reached), day, unit.id, skip, limit, *values)]
