"""Plans that take people's days from their placements: who moved, left, came back or joined within the quarter (A3).

The fourth quarter of 2026 has 62 working days; Saturday 10 October is one of them (调休).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.ids import encode_id
from plumb_tenants.calendars.definition import SHIPPED
from plumb_tenants.calendars.service import CalendarYearMissing
from plumb_tenants.decomposition.presence import working_days
from plumb_tenants.decomposition.service import ChildTerms, RunRequest, reconcile_plan, start_run
from plumb_tenants.people.service import Spell, deactivate_person
from support.asking import Ask
from support.companies import CompanyFixture, make_company
from support.decomposition_made import work_off
from support.refusals import refusing
from support.south import PEOPLE_BODY, UNITS_BODY, published_template

P = "... on Problem { code field message }"
EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
HEADER = "工号,姓名,部门编码,部门,上级部门编码,入职日期"
FIRST = (
    "1,陈华,HN,华南大区,,2015-03-01",
    "2,林粤,GD,广东,HN,2018-07-09",
    "3,张三,GD,,,2021-09-01",
    "4,李四,GD,,,2022-02-14",
    "5,王五,GX,广西,HN,2020-05-06",
    "6,周六,GD,,,2019-08-01",
)
CYCLE = "mutation ($input: CreateCycleInput!) { createCycle(input: $input) { ... on Cycle { id } } }"
IMPORT = f"""mutation ($input: ImportPeopleInput!) {{ importPeople(input: $input) {{ {P}
  ... on ImportReport {{ written updated unchanged warnings {{ row column code message }} }} }} }}"""
CREATE = f"mutation ($input: CreatePlanInput!) {{ createPlan(input: $input) {{ ... on Plan {{ id }} {P} }} }}"
PREVIEW = """query ($input: CreatePlanInput!) { previewPlan(input: $input) {
  nodes { name suggested presence { workingDays ofDays spells { first last } } } } }"""
PUBLISH = f"mutation ($input: PublishPlanInput!) {{ publishPlan(input: $input) {{ ... on Plan {{ state }} {P} }} }}"
BRANCH = f"mutation ($input: BranchPlanInput!) {{ branchPlan(input: $input) {{ ... on Plan {{ id }} {P} }} }}"
GOALS = "{ goals { edges { node { owner { name } months { target } } } } }"
NODES = "query ($id: ID!) { plan(id: $id) { nodes { edges { node { id name value } } } } }"
EXPLAIN = """query ($id: ID!) { explain(id: $id) { value replayed holds adjustments { kind amount }
  presence { workingDays ofDays spells { first last } } } }"""


@dataclass
class Quarter:
    """A company whose people moved, left, came back and joined in the fourth quarter of 2026, asked on its last day."""

    company: CompanyFixture
    ask: Callable[..., Awaitable[Any]]
    units: dict[str, str]
    cycle: str
    template: str

    def plan(self, **changes: Any) -> dict[str, Any]:
        """Return the input that splits 22,400.00 over Guangdong."""
        asked = {"cycleId": self.cycle, "templateVersionId": self.template, "unitId": self.units["GD"], "total": "22400.00"}
        return asked | changes

    async def written(self) -> tuple[int, int]:
        async with tenant_transaction(self.company.system):
            return await fetch_value("select count(*) from plan"), await fetch_value("select count(*) from plan_node")


def on(month: int, day: int) -> Any:
    return clock_at(datetime(2026, month, day, 4, 0, tzinfo=UTC))


def spell(first: str, last: str) -> dict[str, str]:
    return {"first": f"2026-{first}", "last": f"2026-{last}"}


@pytest.fixture
async def quarter(database: Database, ask: Ask) -> Quarter:
    company = await make_company()

    async def asked(query: str, day: tuple[int, int] = (12, 31), **variables: Any) -> Any:
        with on(*day):
            return await ask(company.hr, query, **variables)

    async def bring(day: tuple[int, int], *rows: str) -> Any:
        return await asked(IMPORT, day, input={"csv": "\n".join((HEADER, *rows)), "effectiveOn": date(2026, *day).isoformat()})

    async def leave(day: tuple[int, int], number: str) -> None:
        with on(*day):
            async with tenant_transaction(company.hr):
                rows = await fetch("select id as person_id, version from person where number = $1", number)
                await deactivate_person(company.hr, reason="离职", **rows[0])

    await bring((1, 1), *FIRST)
    await bring((10, 8), "7,吴七,GD,,,2026-10-10")
    await leave((10, 20), "6")
    await leave((11, 13), "4")
    assert (await bring((11, 27), "6,周六,GD,,,2026-12-01"))["warnings"] == [], "she was taken on again for December"
    await bring((12, 3), "3,张三,GX,,,2021-09-01")
    template = await published_template(company, "placed", PEOPLE_BODY | {"presence": "from_placements"})
    async with tenant_transaction(company.system):
        units: dict[str, str] = {
            row["code"]: encode_id("OrgUnit", row["id"]) for row in await fetch("select code, id from org_unit")
        }
    days = {"code": "2026Q4", "name": "第四季度", "startsOn": "2026-10-01", "endsOn": "2026-12-31"}
    cycle = (await asked(CYCLE, input=days))["id"]
    return Quarter(company, asked, units, cycle, encode_id("DefinitionVersion", template))


async def test_a_cycle_without_calendar_data_is_refused_by_its_year_and_nothing_is_written(quarter: Quarter) -> None:
    year = {"code": "2027", "name": "2027", "startsOn": "2027-01-01", "endsOn": "2027-03-31"}
    cycle = (await quarter.ask(CYCLE, input=year))["id"]
    answer = await quarter.ask(CREATE, input=quarter.plan(cycleId=cycle))
    assert (answer["code"], answer["field"]) == ("CALENDAR_YEAR_MISSING", "cycleId")
    assert "2027" in answer["message"]
    assert await quarter.written() == (0, 0)


async def test_a_quarter_is_prorated_by_the_working_days_that_everybody_was_placed_there(quarter: Quarter) -> None:
    """62 + 41 + 28 + 33 + 60 = 224 working days for 22,400.00, hence 100.00 a day."""
    nodes = (await quarter.ask(PREVIEW, input=quarter.plan()))["nodes"]
    found = [(node["name"], node["suggested"], node["presence"]["workingDays"], node["presence"]["spells"]) for node in nodes]
    assert found == [
        ("林粤", "6200.00", 62, [spell("10-01", "12-31")]),
        ("张三", "4100.00", 41, [spell("10-01", "12-02")]),
        ("李四", "2800.00", 28, [spell("10-01", "11-13")]),
        ("周六", "3300.00", 33, [spell("10-01", "10-20"), spell("12-01", "12-31")]),
        ("吴七", "6000.00", 60, [spell("10-10", "12-31")]),
    ]
    assert {node["presence"]["ofDays"] for node in nodes} == {62}
    there = (await quarter.ask(PREVIEW, input=quarter.plan(unitId=quarter.units["GX"], total="8300.00")))["nodes"]
    assert [(node["name"], node["suggested"], node["presence"]["workingDays"]) for node in there] == [
        ("张三", "2100.00", 21),
        ("王五", "6200.00", 62),
    ]


async def test_the_plan_keeps_its_days_whatever_is_said_of_the_placements_later(quarter: Quarter) -> None:
    made = await quarter.ask(CREATE, input=quarter.plan(total="1000000.01"))
    edges = (await quarter.ask(NODES, id=made["id"]))["nodes"]["edges"]
    assert [edge["node"]["value"] for edge in edges] == ["276785.72", "183035.72", "125000.00", "147321.43", "267857.14"]
    assert sum(Decimal(edge["node"]["value"]) for edge in edges) == Decimal("1000000.01")
    backdated = {"csv": f"{HEADER}\n3,张三,HN,,,2021-09-01", "effectiveOn": "2026-10-12"}
    assert (await quarter.ask(IMPORT, input=backdated))["updated"] == 1
    found = await quarter.ask(EXPLAIN, id=edges[1]["node"]["id"])
    assert found["presence"] == {"workingDays": 41, "ofDays": 62, "spells": [spell("10-01", "12-02")]}
    assert (found["value"], found["replayed"], found["holds"]) == ("183035.72", "183035.72", True)
    assert found["adjustments"] == [{"kind": "PRESENCE", "amount": "-16964.28"}]
    branch = await quarter.ask(BRANCH, input={"planId": made["id"], "title": "减半", "total": "11200.00"})
    halved = (await quarter.ask(NODES, id=branch["id"]))["nodes"]["edges"]
    assert [edge["node"]["value"] for edge in halved] == ["3100.00", "2050.00", "1400.00", "1650.00", "3000.00"]
    assert "state" in await quarter.ask(PUBLISH, input={"planId": made["id"], "version": 1})
    goals = {edge["node"]["owner"]["name"]: edge["node"]["months"] for edge in (await quarter.ask(GOALS))["edges"]}
    assert [month["target"] for month in goals["李四"]] == ["87209.30", "37790.70", "0.00"], "31 of 31 days, 13 of 30, none"
    assert [month["target"] for month in goals["吴七"]] == ["70153.06", "98852.04", "98852.04"], "from 10 October"
    (moved,) = [each for each in (await quarter.ask(PREVIEW, input=quarter.plan()))["nodes"] if each["name"] == "张三"]
    assert moved["presence"]["workingDays"] == 3, "a plan made now knows it better"


async def test_days_that_are_given_go_before_the_placements(quarter: Quarter) -> None:
    async with tenant_transaction(quarter.company.system):
        person = encode_id("Person", await fetch_value("select id from person where number = '2'"))
    away = {"childId": person, "presentUntil": "2026-10-20"}
    nodes = (await quarter.ask(PREVIEW, input=quarter.plan(inputs=[away], total="17200.00")))["nodes"]
    assert [node["suggested"] for node in nodes] == ["1000.00", "4100.00", "2800.00", "3300.00", "6000.00"]


async def test_a_run_splits_each_unit_over_those_who_were_there_and_refuses_terms_of_two_units(quarter: Quarter) -> None:
    hr = quarter.company.hr
    units = await published_template(quarter.company, "units", UNITS_BODY | {"factors": EQUAL})
    async with tenant_transaction(hr):
        top, transferred = [
            await fetch_value(f"select id from {table} where {column} = $1", key)
            for table, column, key in (("org_unit", "code", "HN"), ("person", "number", "3"))
        ]
    request = RunRequest(
        cycle_id=UUID(quarter.cycle.split("_")[1]),
        unit_id=top,
        units_version_id=units,
        people_version_id=UUID(quarter.template.split("_")[1]),
        total=Decimal("44800.00"),
    )
    with on(12, 31):
        held = RunRequest(
            **{name: getattr(request, name) for name in request.__slots__} | {"terms": {transferred: ChildTerms(held=Decimal(1))}}
        )
        with refusing(DomainError, match="张三 belonged to 2 units") as refused:
            async with tenant_transaction(hr):
                await start_run(hr, held)
        assert (refused.value.code, refused.value.field) == ("RUN_TERMS_OF_TWO_UNITS", "inputs[0]")
        assert await quarter.written() == (0, 0)
        async with tenant_transaction(hr):
            run = await start_run(hr, request)
        await work_off(hr, run.id)
    async with tenant_transaction(hr):
        rows = await fetch(
            "select u.code, h.number, n.value, p.id as plan_id from plan_node n join plan p on p.id = n.plan_id "
            "join person h on h.id = n.person_id join org_unit u on u.id = p.unit_id order by u.code, h.number"
        )
        assert (await reconcile_plan(hr, rows[0]["plan_id"])).holds
        weeks = await fetch_value("select sum(target) from plan_week")
    assert [(row["code"], row["number"], str(row["value"])) for row in rows] == [
        *[("GD", "2", "6200.00"), ("GD", "3", "4100.00"), ("GD", "4", "2800.00"), ("GD", "6", "3300.00"), ("GD", "7", "6000.00")],
        *[("GX", "3", "5667.47"), ("GX", "5", "16732.53")],
    ]
    assert weeks == Decimal("44800.00")


@given(st.integers(0, 364), st.integers(0, 364))
def test_working_days_of_any_spell_are_those_that_the_calendar_counts_one_by_one(start: int, length: int) -> None:
    calendar, year = SHIPPED.opened("Asia/Shanghai"), date(2026, 1, 1)
    first = date.fromordinal(year.toordinal() + start)
    last = min(date.fromordinal(first.toordinal() + length), date(2026, 12, 31))
    days = working_days(calendar, year, date(2026, 12, 31))
    assert days.total == 248
    one_by_one = sum(calendar.is_working_day(date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1))
    assert days.of([Spell(first, last)]) == one_by_one
    with pytest.raises(CalendarYearMissing):
        working_days(calendar, year, date(2027, 1, 1))
