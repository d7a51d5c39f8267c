"""Placements: where people and units stand from which day, written with whatever moves them (A3)."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.service import company_today

EARLIEST = date(1990, 1, 1)


class DayToCome(InvalidInput):
    """What stands on a day is known once it has come."""

    code = "DAY_TO_COME"
    zh = "日期 {day} 无效：须在 {earliest} 与今天 {today} 之间。"
    en = "The day {day} is not valid: it lies between {earliest} and today, {today}."


_MOVED_PEOPLE = """
select p.id from person p
left join person_placement o on o.tenant_id = p.tenant_id and o.person_id = p.id and o.ends_on is null
where p.id = any($1::uuid[]) and p.active and (o.id is null
  or (o.unit_id, o.manager_id, o.grade, o.position) is distinct from (p.unit_id, p.manager_id, p.grade, p.position))
"""
_MOVED_UNITS = """
select u.id from org_unit u
left join unit_placement o on o.tenant_id = u.tenant_id and o.unit_id = u.id and o.ends_on is null
where u.id = any($1::uuid[]) and (o.id is null or (o.parent_id, o.name) is distinct from (u.parent_id, u.name))
"""
_PLACE_PEOPLE = """
insert into person_placement (tenant_id, id, created_at, person_id, unit_id, manager_id, grade, position, starts_on)
select p.tenant_id, gen_random_uuid(), $3, p.id, p.unit_id, p.manager_id, p.grade, p.position, $2
from person p where p.id = any($1::uuid[])
"""
_PLACE_UNITS = """
insert into unit_placement (tenant_id, id, created_at, unit_id, parent_id, name, starts_on)
select u.tenant_id, gen_random_uuid(), $3, u.id, u.parent_id, u.name, $2 from org_unit u where u.id = any($1::uuid[])
"""
_LATER = """
select o.person_id, greatest($2::date, p.hired_on) as day from person_placement o
join person p on p.tenant_id = o.tenant_id and p.id = o.person_id
where o.person_id = any($1::uuid[]) and o.ends_on is null and o.starts_on > greatest($2::date, p.hired_on)
"""
# What begins on the day or later gives way to what is said now.
_FORGET = "delete from {table} where {column} = any($1::uuid[]) and starts_on >= $2"
_END = "update {table} set ends_on = $2 where {column} = any($1::uuid[]) and (ends_on is null or ends_on > $2)"
_PEOPLE = {"table": "person_placement", "column": "person_id"}
_UNITS = {"table": "unit_placement", "column": "unit_id"}


async def known_day(actor: Actor, day: date | None, *, field: str) -> date:
    """Return a day that has come, today when none is given, or raise DayToCome."""
    today = await company_today(actor)
    if day is not None and not EARLIEST <= day <= today:
        raise DayToCome(field=field, day=day, earliest=EARLIEST, today=today)
    return day or today


async def place_people(ids: Collection[UUID], starts_on: date) -> None:
    """Say of people who are placed otherwise than was known that they are so from a day on."""
    moved = [row["id"] for row in await fetch(_MOVED_PEOPLE, list(ids))]
    await _give_way(_PEOPLE, moved, starts_on)
    await execute(_PLACE_PEOPLE, moved, starts_on, now())


async def place_units(ids: Collection[UUID], starts_on: date) -> None:
    """Say of units that stand or are called otherwise than was known that they are so from a day on."""
    moved = [row["id"] for row in await fetch(_MOVED_UNITS, list(ids))]
    await _give_way(_UNITS, moved, starts_on)
    await execute(_PLACE_UNITS, moved, starts_on, now())


async def placed_after(ids: Collection[UUID], day: date) -> int:
    """Return how many of some people are known to be where they are from a later day only."""
    return len(await fetch(_LATER, list(ids), day))


async def backdate_people(ids: Collection[UUID], day: date) -> int:
    """Say of people that they are where they are from an earlier day on, nobody before they were hired; return how many.

    What was said of the days in between gives way.
    """
    later = await fetch(_LATER, list(ids), day)
    for first in sorted({row["day"] for row in later}):
        moved = [row["person_id"] for row in later if row["day"] == first]
        await _give_way(_PEOPLE, moved, first)
        await execute(_PLACE_PEOPLE, moved, first, now())
    return len(later)


async def end_placement(person_id: UUID, last_day: date) -> None:
    """Let the placement of a person who leaves end with a day."""
    await execute(_END.format(**_PEOPLE), [person_id], last_day)


async def _give_way(names: dict[str, str], ids: list[UUID], starts_on: date) -> None:
    await execute(_FORGET.format(**names), ids, starts_on)
    await execute(_END.format(**names), ids, starts_on - timedelta(days=1))
