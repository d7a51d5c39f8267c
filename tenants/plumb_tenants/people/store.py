"""The SQL of the import: the directory by codes and numbers, and writing a plan in a few statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, take_lock
from plumb_platform.ids import uuid7
from plumb_tenants.people.placing import place_people, place_units
from plumb_tenants.people.rules import ImportPlan, PersonState, UnitState

# Joined here and not in SQL: right after a large import the planner knows nothing of the new rows and walks them in loops.
_LOAD_UNITS = "select id, code, name, parent_id from org_unit"
_LOAD_PEOPLE = """
    select id, number, p.name, email, unit_id, manager_id, grade, position, hired_on, skills::text as skills,
      case when not p.active then coalesce(sec.left_on(p.tenant_id, id), (p.created_at at time zone c.time_zone)::date) end
        as left_on
    from person p join company c on c.tenant_id = p.tenant_id
"""
_INSERT_UNITS = """
    insert into org_unit (tenant_id, id, parent_id, code, name, ordinal, version, created_at)
    select $1, v.id, v.parent, v.code, v.name, (select count(*) from org_unit) + v.place - 1, 1, $6
    from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) with ordinality as v (id, parent, code, name, place)
"""
_UPDATE_UNITS = """
    update org_unit u set parent_id = v.parent, name = v.name, version = u.version + 1
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as v (id, parent, name) where u.id = v.id
"""
_REBUILD_CLOSURE = """
    with recursive line (ancestor, descendant, depth) as (
        select id, id, 0 from org_unit
        union all
        select u.parent_id, l.descendant, l.depth + 1 from line l join org_unit u on u.id = l.ancestor
        where u.parent_id is not null
    )
    insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth)
    select $1, gen_random_uuid(), ancestor, descendant, depth from line
"""
_PERSON_VALUES = """
    unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::date[],
           $10::text[], $11::bool[]) as v (id, number, name, email, unit, manager, grade, position, hired_on, skills, active)
"""
_INSERT_PEOPLE = f"""
    insert into person (tenant_id, id, number, name, email, unit_id, manager_id, grade, position, hired_on, skills,
                        active, version, created_at)
    select $12, v.id, v.number, v.name, v.email, v.unit, v.manager, v.grade, v.position, v.hired_on, v.skills::jsonb,
           v.active, 1, $13
    from {_PERSON_VALUES}
"""
_UPDATE_PEOPLE = f"""
    update person p set name = v.name, email = v.email, unit_id = v.unit, manager_id = v.manager, grade = v.grade,
                        position = v.position, hired_on = v.hired_on, skills = v.skills::jsonb, active = p.active or v.active,
                        version = p.version + 1
    from {_PERSON_VALUES} where p.id = v.id and p.erased_at is null
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """The company's units and people as the import compares them, and the ids behind their codes and numbers."""

    units: dict[str, UnitState]
    people: dict[str, PersonState]
    unit_ids: dict[str, UUID]
    person_ids: dict[str, UUID]


async def load_directory() -> Directory:
    """Read all units and people of the company."""
    units, people = await fetch(_LOAD_UNITS), await fetch(_LOAD_PEOPLE)
    codes = {row["id"]: row["code"] for row in units}
    numbers = {row["id"]: row["number"] for row in people}
    return Directory(
        units={row["code"]: UnitState(row["name"], codes.get(row["parent_id"])) for row in units},
        people={row["number"]: _person_state(row, codes, numbers) for row in people},
        unit_ids={code: unit_id for unit_id, code in codes.items()},
        person_ids={number: person_id for person_id, number in numbers.items()},
    )


async def lock_directory() -> None:
    """Let one import of a company write at a time; the lock ends with the transaction."""
    await take_lock("people.import")


async def write_plan(actor: Actor, plan: ImportPlan, directory: Directory, *, starts_on: date) -> None:
    """Write the units, the closure of their tree when it changed, and the people of a plan without faults.

    Where they are from now on is said to be so from `starts_on`.
    """
    unit_ids = directory.unit_ids | {code: uuid7() for code in plan.new_units}
    person_ids = directory.person_ids | {number: uuid7() for number in plan.new_people}
    await _write_units(actor, plan, unit_ids)
    if plan.new_people:
        rows = _person_columns(plan.new_people, directory, unit_ids, person_ids)
        await execute(_INSERT_PEOPLE, *rows, actor.tenant_id, now())
    if plan.changed_people:
        await execute(_UPDATE_PEOPLE, *_person_columns(plan.changed_people, directory, unit_ids, person_ids))
    await place_units([unit_ids[code] for code in (*plan.new_units, *plan.changed_units)], starts_on)
    for day, numbers in _first_days(plan, directory, starts_on).items():
        await place_people([person_ids[number] for number in numbers], day)


def _first_days(plan: ImportPlan, directory: Directory, starts_on: date) -> dict[date, list[str]]:
    """Return from which day who stands where they stand now: who was taken on again does not before their hire date."""
    days: dict[date, list[str]] = {}
    for number, state in (plan.new_people | plan.changed_people).items():
        back = number in directory.people and _is_taken_on(directory, number, state)
        days.setdefault(max(starts_on, state.hired_on) if back and state.hired_on else starts_on, []).append(number)
    return days


def _is_taken_on(directory: Directory, number: str, state: PersonState) -> bool:
    """Return whether somebody is new or comes back; nobody else is made active, so that who leaves meanwhile has left."""
    known = directory.people.get(number)
    return known is None or (known.left_on is not None and state.left_on is None)


async def _write_units(actor: Actor, plan: ImportPlan, ids: Mapping[str, UUID]) -> None:
    def parents(units: Mapping[str, UnitState]) -> list[UUID | None]:
        return [ids[unit.parent] if unit.parent else None for unit in units.values()]

    if new := plan.new_units:
        names = [unit.name for unit in new.values()]
        await execute(_INSERT_UNITS, actor.tenant_id, [ids[code] for code in new], parents(new), list(new), names, now())
    if changed := plan.changed_units:
        names = [unit.name for unit in changed.values()]
        await execute(_UPDATE_UNITS, [ids[code] for code in changed], parents(changed), names)
    if plan.tree_changed:
        await execute("delete from org_unit_closure")
        await execute(_REBUILD_CLOSURE, actor.tenant_id)


def _person_state(row: dict[str, Any], codes: Mapping[UUID, str], numbers: Mapping[UUID, str]) -> PersonState:
    return PersonState(
        name=row["name"],
        unit=codes[row["unit_id"]],
        email=row["email"],
        manager=numbers.get(row["manager_id"]),
        grade=row["grade"],
        position=row["position"],
        hired_on=row["hired_on"],
        skills=tuple(orjson.loads(row["skills"])),
        left_on=row["left_on"],
    )


def _person_columns(
    people: Mapping[str, PersonState], directory: Directory, unit_ids: Mapping[str, UUID], person_ids: Mapping[str, UUID]
) -> list[list[object]]:
    """Return the values of _PERSON_VALUES, one list per column."""
    states = list(people.values())
    return [
        [person_ids[number] for number in people],
        list(people),
        [state.name for state in states],
        [state.email for state in states],
        [unit_ids[state.unit] for state in states],
        [person_ids[state.manager] if state.manager else None for state in states],
        [state.grade for state in states],
        [state.position for state in states],
        [state.hired_on for state in states],
        [orjson.dumps(state.skills).decode() for state in states],
        [_is_taken_on(directory, number, state) for number, state in people.items()],
    ]
