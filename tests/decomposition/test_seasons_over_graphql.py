"""Seasonality over the API: twelve factors, a fiscal year from April, 4-4-5 weeks; all add up exactly (A4, A42)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.decomposition_made import work_off
from support.portraits_made import RECONCILE, Gate
from support.south import South

FACTORS = [*["1"] * 11, "2"]
EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
BODY: dict[str, Any] = {"metric": "销售额", "unitOfMeasure": "元", "level": "PEOPLE", "factors": EQUAL, "seasonality": FACTORS}
GOALS = "query ($cycle: ID!) { goals(where: {cycleId: {eq: $cycle}}) { edges { node { target months { month target } } } } }"
WEEKS = """query ($after: String) { planWeeks(first: 100, after: $after, orderBy: [{field: WEEK}]) {
  pageInfo { hasNextPage endCursor } edges { node { week target person { name } } } } }"""


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    """Return the company of the main job, asked over the API."""
    return Gate(south, ask, south.template, "")


async def template(planner: Gate, key: str, **changes: Any) -> Any:
    body = {"decomposition": BODY | changes}
    made = await planner.does("createDefinition", "DefinitionVersion { id version }", key=key, name=key, body=body)
    return made if "code" in made else await planner.does("publishVersion", "DefinitionVersion { id }", **made)


async def cycle(planner: Gate, first: str, last: str, code: str = "F") -> str:
    made = await planner.does("createCycle", "Cycle { id }", code=code, name=code, startsOn=first, endsOn=last)
    return str(made["id"])


async def months(planner: Gate, total: str, template: str, cycle_id: str | None = None, **child: Any) -> dict[str, str]:
    """Split a total over one representative, publish, and return the target of each month by its first day."""
    who = encode_id("Person", planner.south.representatives[0].person_id or UUID(int=0))
    where = cycle_id or encode_id("Cycle", planner.south.cycle)
    asked: dict[str, Any] = {
        "cycleId": where,
        "unitId": encode_id("OrgUnit", planner.south.provinces[0]),
        "templateVersionId": template,
    }
    asked |= {"participants": [who], "inputs": [{"childId": who, **child}], "total": total}
    plan = (await planner.does("createPlan", "Plan { id }", **asked))["id"]
    assert await planner.does("publishPlan", "Plan { state }", planId=plan, version=1) == {"state": "PUBLISHED"}
    assert (await planner.ask(planner.hr, RECONCILE, id=plan))["holds"] is True
    (goal,) = [edge["node"] for edge in (await planner.ask(planner.hr, GOALS, cycle=where))["edges"]]
    found = {month["month"]: month["target"] for month in goal["months"]}
    assert (goal["target"], sum(map(Decimal, found.values()))) == (total, Decimal(total))
    return found


async def test_a_season_of_eleven_or_of_zeros_and_a_month_that_is_none_are_refused_by_place(planner: Gate) -> None:
    for changes, code, field in (
        ({"seasonality": FACTORS[1:]}, "SEASONALITY_INVALID", "seasonality"),
        ({"seasonality": ["0"] * 12}, "SEASONALITY_INVALID", "seasonality"),
        ({"seasonality": ["-1", *FACTORS[1:]]}, "DEFINITION_BODY_INVALID", "body.seasonality[0]"),
        ({"calendar": {"firstMonth": 13}}, "DEFINITION_BODY_INVALID", "body.calendar.firstMonth"),
    ):
        key = f"k{code}{len(str(changes))}".lower().replace("_", "-")
        found = await template(planner, key, **changes)
        assert (found.get("code"), found.get("field")) == (code, field), changes


async def test_twelve_factors_share_out_the_year_and_a_node_s_own_twelve_stand_in_their_place(planner: Gate) -> None:
    version = (await template(planner, "twelve"))["id"]
    found = await months(planner, "1000.00", version)
    assert list(found.values()) == [*["76.93"] * 3, *["76.92"] * 8, "153.85"]
    assert list(found)[::11] == ["2026-01-01", "2026-12-01"]
    own = await months(planner, "1000.00", version, await cycle(planner, "2027-01-01", "2027-12-31"), seasonality=FACTORS[::-1])
    assert list(own.values()) == ["153.85", *["76.93"] * 3, *["76.92"] * 8]


async def test_the_factors_of_a_fiscal_year_from_april_begin_in_april(planner: Gate) -> None:
    version = (await template(planner, "april", calendar={"firstMonth": 4}))["id"]
    fiscal = await months(planner, "1300.00", version, await cycle(planner, "2026-04-01", "2027-03-31"))
    assert list(fiscal)[::11] == ["2026-04-01", "2027-03-01"]
    assert list(fiscal.values()) == [*["100.00"] * 11, "200.00"]
    calendar = await months(planner, "1300.00", version)
    assert list(calendar.values()) == ["100.00", "100.00", "200.00", *["100.00"] * 9]


async def test_the_weeks_of_a_4_4_5_year_nest_in_its_periods_and_add_up_to_the_year(planner: Gate) -> None:
    people = (await template(planner, "weeks", calendar={"pattern": "WEEKS_445"}))["id"]
    units = (await template(planner, "above", level="UNITS", calendar={"pattern": "WEEKS_445"}))["id"]
    year = await cycle(planner, "2024-12-30", "2025-12-28", "445")
    unit = encode_id("OrgUnit", planner.south.provinces[0])
    asked = {"cycleId": year, "unitId": unit, "unitsVersionId": units, "peopleVersionId": people, "total": "5200.00"}
    run = await planner.does("startRun", "PlanRun { id }", **asked)
    assert "id" in run, run
    await work_off(planner.hr, UUID(run["id"].partition("_")[2]))
    found: dict[str, list[tuple[str, Decimal]]] = {}
    after = None
    while True:
        page = await planner.ask(planner.hr, WEEKS, after=after)
        for node in (edge["node"] for edge in page["edges"]):
            found.setdefault(node["person"]["name"], []).append((node["week"], Decimal(node["target"])))
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(found) == 4, "the province's manager and its three representatives share 5,200.00"
    for weeks in found.values():
        values = [value for _, value in weeks]
        assert (len(weeks), weeks[0][0], weeks[-1][0]) == (52, "2024-12-30", "2025-12-22")
        assert [sum(values[first:last]) for first, last in ((0, 4), (4, 8), (8, 13), (13, 17), (47, 52))] == [
            *[Decimal("100.00")] * 4,
            Decimal("200.00"),
        ]
        assert sum(values) == Decimal("1300.00")


async def test_months_of_a_4_4_5_year_without_a_season_go_by_the_days_of_its_periods(planner: Gate) -> None:
    """Each period has a twelfth; of the first's four weeks two days lie in December, and five of the second's in January."""
    weeks = (await template(planner, "days", seasonality=[], calendar={"pattern": "WEEKS_445"}))["id"]
    year = await cycle(planner, "2024-12-30", "2025-12-28", "445")
    found = await months(planner, "52000.00", weeks, year)
    assert list(found.items())[:2] == [("2024-12-01", "309.52"), ("2025-01-01", "4797.63")]
    assert sum(map(Decimal, found.values())) == Decimal("52000.00")
