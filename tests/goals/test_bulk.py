"""Goals for many people from a set (A2)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.definitions.service import create_definition, publish_version
from support.asking import Ask
from support.companies import add_unit
from support.team import Team
from support.wire import listened

MAKE = """mutation ($input: CreateGoalsFromSetInput!) { it: createGoalsFromSet(input: $input) { ... on Problem { code field }
  ... on GoalsCreated { people created already goalIds failures { number key code message } } } }"""


def item(place: int, weight: str, **changes: Any) -> dict[str, Any]:
    numbers = {"metric": "拜访", "unit_of_measure": "次", "target": f"{place + 1}.00", "weight": weight}
    return {"key": f"k{place}", "title": f"目标{place}", **numbers} | changes


async def goal_set(team: Team, goals: list[dict[str, Any]], key: str = "sales") -> str:
    with clock_at(datetime(2026, 6, 1, tzinfo=UTC)):
        return await _published(team, goals, key)


async def _published(team: Team, goals: list[dict[str, Any]], key: str) -> str:
    async with tenant_transaction(team.company.hr):
        draft = await create_definition(team.company.hr, kind="goal_set", key=key, name="销售目标", body={"goals": goals})
        return encode_id("DefinitionVersion", (await publish_version(team.company.hr, draft.id, version=1)).id)


async def add_people(team: Team, unit: UUID, count: int) -> None:
    async with tenant_transaction(team.company.system):
        await execute(
            "insert into person (tenant_id, id, number, name, unit_id, grade, position, skills, active, version, created_at) "
            "select $1, gen_random_uuid(), 'B' || lpad(n::text, 3, '0'), '员工' || n, $2, "
            "case when n <= 60 then 'P5' else 'P6' end, '销售代表', '[]', true, 1, now() from generate_series(1, $3) as n",
            *(team.company.tenant_id, unit, count),
        )


def asked(team: Team, version: str, **changes: Any) -> dict[str, Any]:
    return {"versionId": version, "cycleId": encode_id("Cycle", team.cycle), "people": {}} | changes


@pytest.mark.parametrize(
    ("goals", "found"),
    [
        ([item(0, "60"), item(1, "30")], [("GOAL_SET_WEIGHTS_NOT_100", "goals")]),
        ([item(0, "50"), item(0, "50")], [("GOAL_SET_KEY_TWICE", "goals[1].key")]),
        ([item(0, "100", aim="REDUCE")], [("BASELINE_INVALID", "goals[0].baseline")]),
    ],
)
def test_a_set_that_is_wrong_is_not_published(goals: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
    kind = kind_of("goal_set")
    assert [(each.code, each.path) for each in lint(kind, check_body(kind, {"goals": goals}).model)] == found


async def test_seventy_people_get_thirty_goals_each_by_one_mutation_once(team: Team, ask: Ask) -> None:
    hr, unit = team.company.hr, await add_unit(team.company, "XS", "销售部")
    await add_people(team, unit, 70)
    version = await goal_set(team, [item(place, "3.33" if place else "3.43") for place in range(30)])
    given = asked(team, version, people={"unitId": encode_id("OrgUnit", unit)})
    async with listened() as wire:
        made = await ask(hr, MAKE, input=given)
    assert (made["people"], made["created"], made["already"], made["failures"]) == (70, 2100, 0, [])
    assert len(wire.own) < 40
    again = await ask(hr, MAKE, input=given)
    assert (again["people"], again["created"], again["already"]) == (70, 0, 2100)
    async with tenant_transaction(team.company.system):
        rows = await fetch(
            "select count(*) as goals, count(distinct g.owner_id) as people, sum(v.weight) as weight, sum(v.target) as target "
            "from goal g join goal_version v on v.goal_id = g.id where g.origin is not null and g.state = 'PROPOSED'"
        )
        assert await fetch_value("select count(*) from audit_entry where action = 'goal.create_many'") == 2
    assert {name: str(value) for name, value in rows[0].items()} == {
        "goals": "2100",
        "people": "70",
        "weight": "7000.00",
        "target": "32550.00",
    }


async def test_filters_say_for_whom_and_who_gets_nothing_is_listed(team: Team, ask: Ask) -> None:
    hr, unit = team.company.hr, await add_unit(team.company, "XS", "销售部")
    await add_people(team, unit, 70)
    wrong = item(2, "20", metric_key="nothing")
    version = await goal_set(team, [item(0, "50"), item(1, "30"), wrong])
    async with tenant_transaction(team.company.system):
        await execute("update person set active = false where number = 'B002'")
    numbers = ["B001", "B002", "E404", "B003"]
    made = await ask(hr, MAKE, input=asked(team, version, people={"numbers": numbers}, propose=False))
    assert (made["people"], made["created"]) == (2, 4)
    assert [(each["number"], each["key"], each["code"]) for each in made["failures"]] == [
        ("E404", None, "NOT_FOUND"),
        ("B002", None, "PERSON_LEFT"),
        (None, "k2", "METRIC_UNKNOWN"),
    ]
    senior = await ask(hr, MAKE, input=asked(team, version, people={"grades": ["P6"], "positions": ["销售代表"]}))
    assert (senior["people"], senior["created"], senior["already"]) == (10, 20, 0)
    for given, code, field in (
        ({"people": {"grades": ["P9"]}}, "GOAL_SET_FOR_NOBODY", "people"),
        ({"people": {"unitId": encode_id("OrgUnit", uuid4())}}, "NOT_FOUND", "unitId"),
        ({"versionId": encode_id("DefinitionVersion", uuid4())}, "NOT_FOUND", "versionId"),
        ({"parentId": encode_id("Goal", uuid4())}, "NOT_FOUND", "parentId"),
    ):
        refused = await ask(hr, MAKE, input=asked(team, version, **given))
        assert (refused["code"], refused["field"]) == (code, field)
    own = await ask(team.manager, MAKE, input=asked(team, version, people={"numbers": ["E1", "B001"]}))
    assert (own["created"], [each["number"] for each in own["failures"]]) == (2, ["B001", None])
    assert (await ask(team.company.auditor, MAKE, input=asked(team, version)))["code"] == "FORBIDDEN"
