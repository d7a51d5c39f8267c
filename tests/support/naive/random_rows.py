"""Random rows for a filled company: people with and without what may be empty, goals with ties and nulls, links of all sorts."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.ids import uuid7
from support.companies import CompanyFixture, add_unit

_PERSON = """insert into person (tenant_id, id, number, name, email, unit_id, manager_id, grade, position, hired_on, skills,
  active, version, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::date, to_jsonb($11::text[]), $12, 1, now())"""
_GOAL = """insert into goal (tenant_id, id, created_at, cycle_id, unit_id, owner_id, parent_id, title, metric, unit_of_measure,
  state, current_number, version) values ($1, $2, now(), $3, $4, $5, $6, $7, $8, '元', $9, 1, 1)"""
_VERSION = """insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation,
  confirmed_at)   values ($1, $2, now(), $3, 1, $4, $5, to_jsonb(array_fill('1.00'::text, array[12])), '{}',
  case when $6 then timestamptz '2026-02-01 08:00:00.123456+08' + $7::int * interval '1 hour' end)"""
_ALERT = """insert into goal_alert (tenant_id, id, created_at, goal_id, answered_at, note, working_seconds, ended_at, version)
  select $1, $2, now(), $3, case when $4 then now() end, case when $4 then '加快审批' end, case when $4 then 60 end,
    case when $5 then now() end, 1"""
_EXCLUSION = """insert into goal_exclusion (tenant_id, id, created_at, goal_id, month, amount, reason, state, version)
  values ($1, $2, now(), $3, date '2026-03-01', 10, '招标推迟', 'REQUESTED', 1)"""


async def add_random_rows(company: CompanyFixture, source: Random, *, people: int = 20, goals: int = 60) -> None:
    """Add such rows."""
    async with tenant_transaction(company.system):
        units = [row["id"] for row in await fetch("select id from org_unit order by id")]
        (cycle,) = await fetch("select id from cycle limit 1")
        known = [row["id"] for row in await fetch("select id from person order by id")]
        for place in range(people):
            person = uuid7()
            await execute(_PERSON, company.tenant_id, person, f"X{place:03}", *_person(source, units, known))
            known.append(person)
        parents = [row["id"] for row in await fetch("select id from goal order by id")]
        for _ in range(goals):
            goal, title = uuid7(), source.choice(["甲", "乙", "Alpha", "alpha", 'quo"te\\ \u2028', "100%_"])
            owner = source.choice(known) if source.random() < 0.7 else None
            parent = source.choice(parents) if parents and source.random() < 0.5 else None
            state = source.choice(["CONFIRMED", "PROPOSED", "DRAFT"])
            own = (cycle["id"], source.choice(units), owner, parent, title, source.choice(["销售额", "回款"]), state)
            await execute(_GOAL, company.tenant_id, goal, *own)
            numbers = (Decimal(source.randint(0, 5)) * 100, Decimal(source.choice([10, 20])))
            await execute(_VERSION, company.tenant_id, uuid7(), goal, *numbers, state == "CONFIRMED", source.randint(0, 3))
            parents.append(goal)
            if state == "CONFIRMED":
                await execute(_ALERT, company.tenant_id, uuid7(), goal, owner is not None, parent is None)
                await execute(_EXCLUSION, company.tenant_id, uuid7(), goal)


async def add_random_units(company: CompanyFixture, source: Random, count: int) -> None:
    """Add a random tree of units."""
    made: list[Any] = []
    for place in range(count):
        parent = source.choice(made) if made and source.random() < 0.9 else None
        made.append(await add_unit(company, f"X{place:03}", f"部门{source.randint(0, 3)}", parent=parent))


def _person(source: Random, units: list[Any], known: list[Any]) -> tuple[Any, ...]:
    return (
        source.choice(["王", "李", "zhang", "Zhang"]),
        source.choice([None, "a@example.test", "b@example.test"]),
        source.choice(units),
        source.choice([None, *known]) if known else None,
        source.choice(["", "P5", "P6"]),
        source.choice(["", "销售代表"]),
        source.choice([None, date(2020, 1, 1), date(2021, 6, 30)]),
        source.choice([[], ["英语"], ["英语", "法规"]]),
        source.random() < 0.8,
    )
