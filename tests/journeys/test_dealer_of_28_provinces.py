"""The dealer of case study 001 through the API alone: 720 million grow by 15 %, over 28 provinces and 430 people, to weeks.

Rows C34 and C48.
"""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from support.journeys import Journey, until, year

PROVINCES, PEOPLE = 28, 430
TOTAL = Decimal("828000000.00")
METRIC = {
    "metric": "销售额",
    "unitOfMeasure": "元",
    "factors": [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}],
}
REVENUE = {"type": "MONEY", "unitOfMeasure": "元", "currency": "CNY", "indicator": "LAGGING"}
RUN = """query ($id: ID!) { planRun(id: $id) { state version nodes weeks
  plans(first: 50) { edges { node { depth total unit { name } nodes(first: 50) { edges { node { id name value } } } } } } } }"""
WEEKS = """query ($number: String!) { planWeeks(first: 100, where: {person: {number: {eq: $number}}}) {
  edges { node { week target } } } }"""


def directory() -> list[str]:
    """Return 28 provinces with 15 or 16 people each, 430 in all."""
    lines = ["number,name,email,unit_code,unit_name,parent_unit_code", "C1,总经理,,HQ,总部,"]
    return lines + [f"S{n:03},代表{n:03},,P{n % PROVINCES:02},省{n % PROVINCES},HQ" for n in range(PEOPLE)]


async def test_the_growth_target_reaches_430_people_and_their_weeks_to_the_cent_and_again_by_the_same_ids(
    found: Callable[[str], Awaitable[Journey]],
) -> None:
    company = await found("医疗器械经销商")
    await company.bring(directory())
    await company.know_the_years()
    admin = company.admin
    await admin.publishes("revenue", {"metric": REVENUE})
    before = {"startsOn": f"{year() - 1}-01-01", "endsOn": f"{year() - 1}-12-31"}
    base: dict[str, Any] = {"metric": "revenue", "subject": {"kind": "COMPANY"}} | before
    await admin.does("recordGrowthBase", "GrowthBase { number }", **base, value="720000000.00", reason="上年审计营收")
    grown = await admin.does("setGrowthTarget", "GrowthTarget { target }", **base, percent="15")
    assert grown == {"target": str(TOTAL)}
    days = {"startsOn": f"{year()}-01-01", "endsOn": f"{year()}-12-31"}
    cycle = await admin.does("createCycle", "Cycle { id }", code="Y", name="年度", **days)
    given = {
        "cycleId": cycle["id"],
        "unitId": company.units["HQ"],
        "unitsVersionId": await admin.publishes("units", {"decomposition": METRIC | {"level": "UNITS"}}),
        "peopleVersionId": await admin.publishes("people", {"decomposition": METRIC | {"level": "PEOPLE"}}),
        "total": grown["target"],
    }
    run, again = [await ran(company, **given) for _ in range(2)]
    assert numbers(run) == numbers(again), "a rerun gives the same ids and the same values"
    await adds_up(company, again)


async def ran(company: Journey, **given: Any) -> Any:
    """Start the run and return it once relay and worker have reached its last level."""
    run = await company.admin.does("startRun", "PlanRun { id }", **given)

    async def finished() -> Any:
        found = await company.admin.asks(RUN, id=run["id"])
        return found if found["state"] == "DONE" else None

    return await until(finished)


def plans_of(run: Any) -> list[Any]:
    return [edge["node"] for edge in run["plans"]["edges"]]


def nodes_of(plan: Any) -> list[Any]:
    return [edge["node"] for edge in plan["nodes"]["edges"]]


def numbers(run: Any) -> list[tuple[str, str]]:
    """Return each node's id and value."""
    return sorted((node["id"], node["value"]) for plan in plans_of(run) for node in nodes_of(plan))


async def adds_up(company: Journey, run: Any) -> None:
    """Add up the provinces, the people of each and some people's weeks."""
    top, *below = sorted(plans_of(run), key=lambda plan: int(plan["depth"]))
    provinces = {node["name"]: Decimal(node["value"]) for node in nodes_of(top)}
    assert (len(provinces), sum(provinces.values())) == (PROVINCES, TOTAL)
    assert sorted(set(provinces.values())) == [Decimal("29571428.57"), Decimal("29571428.58")]
    people = {plan["unit"]["name"]: [Decimal(node["value"]) for node in nodes_of(plan)] for plan in below}
    assert {name: sum(values) for name, values in people.items()} == provinces
    assert sum(map(len, people.values())) == PEOPLE
    assert run["nodes"] == PROVINCES + PEOPLE
    for number in ("000", "213", "429"):
        weeks = await company.admin.lists(WEEKS, number=f"S{number}")
        (own,) = [node for plan in below for node in nodes_of(plan) if node["name"] == f"代表{number}"]
        assert sum(Decimal(week["target"]) for week in weeks) == Decimal(own["value"])
        assert run["weeks"] == PEOPLE * len(weeks)
        assert len(weeks) in (52, 53, 54)
