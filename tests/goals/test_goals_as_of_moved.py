"""Goals that moved between units, on every day, unit and page: as plain Python finds them among their versions (A3)."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import CompanyFixture, add_unit, make_company
from support.goals_made import add_cycle
from support.people_made import fill_placements

THEN = """query ($day: Date!, $unit: ID!, $skip: Int!, $first: Int!) {
  it: goalsAsOf(asOf: $day, unitId: $unit, skip: $skip, first: $first) { goalId unitId number }
}"""
GOAL = (
    "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, title, metric, unit_of_measure, state, current_number, "
    "version) values ($1, $2, $3, $4, $5, '甲', '销售额', '元', 'PROPOSED', $6, 1)"
)
VERSION = (
    "insert into goal_version (tenant_id, id, created_at, goal_id, number, unit_id, metric, unit_of_measure, target, weight, "
    "months, derivation) values ($1, $2, $3, $4, $5, $6, '销售额', '元', 12, 10, '[]', '{}')"
)
LATER = datetime(2026, 6, 1, 4, tzinfo=UTC)
Lives = dict[UUID, tuple[UUID, list[tuple[datetime, UUID | None]]]]
"""Of each goal its unit today, and when each of its versions was made and the unit that it names, if it names one."""


async def moving_goals(company: CompanyFixture, units: list[UUID], source: Random) -> Lives:
    cycle, lives = await add_cycle(company), Lives()
    for _ in range(40):
        times = sorted(datetime(2026, 1, 5, 4, tzinfo=UTC) + timedelta(days=day) for day in source.sample(range(100), 3))
        versions = [(at, source.choice([*units, None])) for at in times[: source.randint(1, 3)]]
        lives[uuid7()] = (versions[-1][1] or source.choice(units), versions)
    async with tenant_transaction(company.system):
        for goal, (unit, versions) in lives.items():
            await execute(GOAL, company.tenant_id, goal, versions[0][0], cycle, unit, len(versions))
            for number, (at, of) in enumerate(versions, start=1):
                await execute(VERSION, company.tenant_id, uuid7(), at, goal, number, of)
    return lives


def stood(lives: Lives, day: date, among: set[UUID]) -> list[dict[str, Any]]:
    found = []
    for goal, (unit, versions) in sorted(lives.items()):
        known = [of for at, of in versions if at.date() <= day]
        there = (known[-1] or unit) if known else None
        if there in among:
            found.append({"goalId": encode_id("Goal", goal), "unitId": encode_id("OrgUnit", there), "number": len(known)})
    return found


async def test_goals_are_found_where_they_were_whatever_unit_they_are_in_today(database: Database, ask: Ask) -> None:
    source, company = Random(11), await make_company()
    root = await add_unit(company, "A", "总部")
    north, south = [await add_unit(company, code, code, parent=root) for code in ("N", "S")]
    leaf = await add_unit(company, "S1", "S1", parent=south)
    await fill_placements(company)
    below = {root: {root, north, south, leaf}, north: {north}, south: {south, leaf}, leaf: {leaf}}
    lives, moved = await moving_goals(company, list(below), source), 0
    for day in (date(2026, 1, 4), date(2026, 1, 20), date(2026, 2, 20), date(2026, 3, 20), date(2026, 5, 30)):
        for unit, among in below.items():
            expected = stood(lives, day, among)
            moved += sum(lives[UUID(each["goalId"].partition("_")[2])][0] not in among for each in expected)
            for skip, first in ((0, 100), (2, 3), (len(expected) - 1 if expected else 0, 5)):
                asked = {"day": day.isoformat(), "unit": encode_id("OrgUnit", unit), "skip": skip, "first": first}
                with clock_at(LATER):
                    answer = await ask(company.hr, THEN, **asked)
                assert answer == expected[skip : skip + first], asked
    assert moved > 20
