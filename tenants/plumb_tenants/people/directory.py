"""Reading the directory: units and people, in pages for callers and whole for other domains.

`list_*`, `count_*` and `readable_*` check permission and row scope. The others check neither: they serve
domains that have checked the object that they act on; row security still keeps them inside the company.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.people.records import SELECT_PERSON, SELECT_UNIT, Person, Unit, person_from, unit_from
from plumb_tenants.people.resources import PERSON, UNIT

_SELECT_PLACED = SELECT_UNIT.replace("u.version from", "u.version, c.depth from")
_BELOW = "in (select descendant_id from org_unit_closure where ancestor_id = ${place})"


async def list_units(actor: Actor, *, limit: int, after_code: str | None = None, within: UUID | None = None) -> list[Unit]:
    """Return units in the order of their codes, behind `after_code`; `within` keeps to the subtree of one unit."""
    condition, values = await sql_scope(actor, Permission.UNIT_READ, UNIT, alias="u", first=1)
    conditions = [condition]
    if within is not None:
        values.append(within)
        conditions.append(f"u.id {_BELOW.format(place=len(values))}")
    if after_code is not None:
        values.append(after_code)
        conditions.append(f"u.code > ${len(values)}")
    sql = f"{SELECT_UNIT} where {' and '.join(conditions)} order by u.code limit ${len(values) + 1}"
    return [unit_from(row) for row in await fetch(sql, *values, limit)]


async def list_people(
    actor: Actor, *, limit: int, after_number: str | None = None, within: UUID | None = None, text: str = ""
) -> list[Person]:
    """Return the people whom the actor may read, in the order of their numbers, behind `after_number`.

    `within` keeps to the people of a unit's subtree; `text` to those whose name or number begins with it.
    """
    conditions, values = await _people_conditions(actor, within=within, text=text)
    if after_number is not None:
        values.append(after_number)
        conditions += f" and p.number > ${len(values)}"
    rows = await fetch(f"{SELECT_PERSON} where {conditions} order by p.number limit ${len(values) + 1}", *values, limit)
    return [person_from(row) for row in rows]


async def count_people(actor: Actor, *, within: UUID | None = None, text: str = "") -> int:
    """Return how many people `list_people` would give in all."""
    conditions, values = await _people_conditions(actor, within=within, text=text)
    count: int = await fetch_value(f"select count(*) from person p where {conditions}", *values)
    return count


async def get_unit(actor: Actor, unit_id: UUID) -> Unit:
    """Return a unit or raise NotFound."""
    found = await units_by_id(actor, [unit_id])
    if not found:
        raise NotFound
    return found[unit_id]


async def get_person(actor: Actor, person_id: UUID) -> Person:
    """Return a person or raise NotFound."""
    found = await people_by_id(actor, [person_id])
    if not found:
        raise NotFound
    return found[person_id]


async def find_person_by_number(_: Actor, number: str) -> Person | None:
    """Return the person with an employee number, or None."""
    rows = await fetch(f"{SELECT_PERSON} where p.number = $1", number)
    return person_from(rows[0]) if rows else None


async def units_by_id(actor: Actor, unit_ids: Sequence[UUID]) -> dict[UUID, Unit]:
    """Return the units that exist among the ids."""
    rows = await fetch(f"{SELECT_UNIT} where u.id = any($1::uuid[])", list(unit_ids))
    return {row["id"]: unit_from(row) for row in rows}


async def people_by_id(actor: Actor, person_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """Return the people that exist among the ids."""
    rows = await fetch(f"{SELECT_PERSON} where p.id = any($1::uuid[])", list(person_ids))
    return {row["id"]: person_from(row) for row in rows}


async def children_of_unit(actor: Actor, unit_id: UUID) -> list[Unit]:
    """Return the units right below, in their own order."""
    rows = await fetch(f"{SELECT_UNIT} where u.parent_id = $1 order by u.ordinal, u.code", unit_id)
    return [unit_from(row) for row in rows]


async def people_of_unit(actor: Actor, unit_id: UUID) -> list[Person]:
    """Return the active people who belong to the unit directly, in the order of their numbers."""
    rows = await fetch(f"{SELECT_PERSON} where p.active and p.unit_id = $1 order by p.number", unit_id)
    return [person_from(row) for row in rows]


async def units_within(actor: Actor, unit_id: UUID) -> list[tuple[int, Unit]]:
    """Return the units of a subtree with their depth below its top, which is the first; siblings in their own order."""
    rows = await fetch(
        f"{_SELECT_PLACED} join org_unit_closure c on c.tenant_id = u.tenant_id "
        "and c.descendant_id = u.id where c.ancestor_id = $1 order by c.depth, u.ordinal, u.code",
        unit_id,
    )
    return [(row.pop("depth"), unit_from(row)) for row in rows]


async def people_within(actor: Actor, unit_id: UUID) -> list[Person]:
    """Return the active people of a subtree, in the order of their numbers."""
    below = _BELOW.format(place=1)
    rows = await fetch(f"{SELECT_PERSON} where p.active and p.unit_id {below} order by p.number", unit_id)
    return [person_from(row) for row in rows]


async def known_numbers(actor: Actor, numbers: Collection[str], permission: Permission = Permission.PERSON_READ) -> set[str]:
    """Return those of the employee numbers that belong to active people whom the permission reaches."""
    if not (await grants_of(actor)).allows(permission):
        return set()
    condition, values = await sql_scope(actor, permission, PERSON, alias="p", first=2)
    sql = f"select p.number from person p where p.number = any($1::text[]) and p.active and {condition}"
    return {row["number"] for row in await fetch(sql, list(numbers), *values)}


async def known_codes(actor: Actor, codes: Collection[str]) -> set[str]:
    """Return those of the codes that belong to units which the actor may read."""
    if not (await grants_of(actor)).allows(Permission.UNIT_READ):
        return set()
    condition, values = await sql_scope(actor, Permission.UNIT_READ, UNIT, alias="u", first=2)
    sql = f"select u.code from org_unit u where u.code = any($1::text[]) and {condition}"
    return {row["code"] for row in await fetch(sql, list(codes), *values)}


async def _people_conditions(actor: Actor, *, within: UUID | None, text: str) -> tuple[str, list[Any]]:
    condition, values = await sql_scope(actor, Permission.PERSON_READ, PERSON, alias="p", first=1)
    conditions = [condition]
    if within is not None:
        values.append(within)
        conditions.append(f"p.unit_id {_BELOW.format(place=len(values))}")
    if text:
        values.append(text)
        conditions.append(f"(starts_with(p.name, ${len(values)}) or starts_with(p.number, ${len(values)}))")
    return " and ".join(conditions), values
