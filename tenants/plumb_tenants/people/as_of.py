"""The organisation as it stood on a day: units with what they belonged to, people with where they were placed (A3)."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource
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
select u.id, u.code, o.name, a.id as parent_id
from unit_placement o join org_unit u on u.tenant_id = o.tenant_id and u.id = o.unit_id
left join org_unit a on a.tenant_id = o.tenant_id and a.id = o.parent_id and {{told}}
where {_HOLDS.format("o")} and {{reached}} order by u.code
"""
_PEOPLE = f"""{TREE}
select p.id, p.number, p.name, o.unit_id, m.id as manager_id, o.grade, o.position, o.starts_on
from tree t join person_placement o on o.unit_id = t.unit_id and {_HOLDS.format("o")}
join person p on p.tenant_id = o.tenant_id and p.id = o.person_id
left join person m on m.tenant_id = o.tenant_id and m.id = o.manager_id and {{told}}
where {{reached}} order by p.number offset $3 limit $4
"""
_SHOWN = ("grade", "position", "unit", "manager")


@dataclass(frozen=True, slots=True)
class UnitThen:
    """A unit with its name and the unit above it on a day; without one it was a root, or the actor may not read it."""

    id: UUID
    code: str
    name: str
    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class PersonThen:
    """A person with their place on a day, and since when they had it; no manager whom the actor may not read."""

    id: UUID
    number: str
    name: str
    unit_id: UUID
    manager_id: UUID | None
    grade: str
    position: str
    starts_on: date


async def units_as_of(actor: Actor, *, as_of: date) -> list[UnitThen]:
    """Return the units of a day that the actor may read, by code; FieldHidden for who may not see where all of them are."""
    await refuse_hidden(actor, UNIT, ["parent"])
    reached, values = await _told(actor, UNIT, "u", "a", first=2)
    day = await known_day(actor, as_of, field="asOf")
    return [UnitThen(**row) for row in await fetch(_UNITS.format_map(reached), day, *values)]


async def people_as_of(actor: Actor, *, as_of: date, unit_id: UUID, skip: int = 0, limit: int = 100) -> list[PersonThen]:
    """Return who was placed in a unit or below it on a day, by number, of those read today.

    Raises FieldHidden for somebody who may not see where all whom they read belong.
    """
    await refuse_hidden(actor, PERSON, _SHOWN)
    day = await known_day(actor, as_of, field="asOf")
    unit = await access_unit(actor, unit_id, Permission.UNIT_READ, field="unitId")
    reached, values = await _told(actor, PERSON, "p", "m", first=5)
    return [PersonThen(**row) for row in await fetch(_PEOPLE.format_map(reached), day, unit.id, skip, limit, *values)]


async def _told(actor: Actor, resource: Resource, row: str, above: str, *, first: int) -> tuple[dict[str, str], list[Any]]:
    """Return the conditions on which a row is `reached`, and what stands above it `told`, with their values."""
    reached, values = await sql_scope(actor, resource.read, resource, alias=row, first=first)
    told, more = await sql_scope(actor, resource.read, resource, alias=above, first=first + len(values))
    return {"reached": reached, "told": told}, [*values, *more]
