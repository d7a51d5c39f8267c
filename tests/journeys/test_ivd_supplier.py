"""Case study 001 through the API alone: an IVD supplier from its growth target through all levels to a week of visits.

Rows C29, C32, C34 to C36, C42, C48.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from plumb_platform.clock import today
from support.journeys import Journey, Person, until, year

CSV = [
    "number,name,email,unit_code,unit_name,parent_unit_code,manager_number",
    "C1,总经理,,SC,四川,,",
    "M1,唐主管,m1@{key}.example,CD,成都,SC,C1",
    "S1,老周,s1@{key}.example,CD,成都,SC,M1",
    "P1,绵阳主管,,MY,绵阳,SC,C1",
]
RUN = """query ($id: ID!) { planRun(id: $id) { state version weeks plans { edges { node { id depth total
  nodes { edges { node { id name suggested value weightSet } } } } } } } }"""
GOALS = "{ goals(first: 50) { edges { node { id target unit { code } owner { number } parent { id } } } } }"
WEEKS = """query ($number: String!) { planWeeks(first: 100, where: {person: {number: {eq: $number}}}) {
  edges { node { week target } } } }"""
RECONCILE = "query ($id: ID!) { reconcile(planId: $id) { holds levels { total assigned residual } } }"
PATH = """{ tasks(where: {key: {eq: "W-S1"}}) { edges { node { title customerGrade contactRole
  customers(first: 9) { edges { node { code } } } goal { title level line { title level } } } } } }"""
PEOPLE = {"metric": "销售额", "unitOfMeasure": "元", "level": "PEOPLE"}
EQUAL = {"factors": [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]}
VALUE = """query ($metric: String!, $from: Date!, $to: Date!) { metricValue(metric: $metric,
  subject: {kind: PERSON, code: "S1"}, startsOn: $from, endsOn: $to) { value definitionNumber } }"""
RATE = """query ($from: Date!, $to: Date!) { complianceRate(subject: {kind: UNIT, code: "CD"}, startsOn: $from, endsOn: $to) {
  planned done rate } }"""
WEIGHTS = {"new": ("40.00", "30.00", "30.00"), "mature": ("20.00", "55.00", "25.00")}
FACTORS = (("coverage", "覆盖率"), ("profit", "利润贡献"), ("activity", "有效拜访"))
FIGURES = {"CD": ("NEW", ("0.6", "0.4", "0.5")), "MY": ("MATURE", ("0.4", "0.6", "0.5"))}
VISIT = {"type": "COUNT", "unitOfMeasure": "次", "indicator": "LEADING", "places": 0}
METRICS: dict[str, dict[str, Any]] = {
    "visit": VISIT,
    "follow_up": VISIT,
    "effective_visit": VISIT | {"event": {"of": "visit", "followedBy": "follow_up"}},
    "revenue": {"type": "MONEY", "unitOfMeasure": "元", "currency": "CNY", "indicator": "LAGGING"},
}
"""The factors of the case; what is made of others stands behind them."""


async def test_the_supplier_goes_from_its_growth_target_to_a_week_of_visits(
    found: Callable[[str], Awaitable[Journey]],
) -> None:
    company = await found("四川体外诊断设备有限公司")
    await company.bring([line.format(key=company.key) for line in CSV], managers=("M1",))
    admin = company.admin
    for key, body in METRICS.items():
        await admin.publishes(key, {"metric": body})
    total = await growth_target(admin)
    assert total == "437000000.00"
    days = {"startsOn": f"{year()}-01-01", "endsOn": f"{year()}-12-31"}
    cycle = await admin.does("createCycle", "Cycle { id }", code="Y", name="年度", **days)
    dynamic = await admin.publishes("dynamic", {"decomposition": template()})
    people = await admin.publishes("people", {"decomposition": PEOPLE | EQUAL})
    versions = {"unitsVersionId": dynamic, "peopleVersionId": people}
    goals = await every_level(company, cycleId=cycle["id"], total=total, **versions)
    assert goals["CD", None]["target"] == "213272727.27"
    tactic = await three_layers(company, cycle["id"])
    await three_hospitals(company, tactic)
    await a_week_of_visits(company, goals["CD", None]["id"])
    await what_the_crm_says(company)


def template() -> dict[str, Any]:
    """Return the dynamic weights of the case: coverage weighs 40 for new products, profit 55 for mature ones."""

    def weights(of: str) -> list[dict[str, str]]:
        return [{"factor": key, "weight": weight} for (key, _), weight in zip(FACTORS, WEIGHTS[of], strict=True)]

    return {
        "metric": "销售额",
        "unitOfMeasure": "元",
        "level": "UNITS",
        "factors": [
            {"key": key, "name": name, "weight": weight}
            for (key, name), weight in zip(FACTORS, ("40.00", "40.00", "20.00"), strict=True)
        ],
        "facts": [{"name": "生命周期"}],
        "weightSets": [
            {"key": "new", "name": "新品推广期", "when": '生命周期 = "NEW"', "weights": weights("new")},
            {"key": "mature", "name": "成熟期", "when": '生命周期 = "MATURE"', "weights": weights("mature")},
        ],
    }


async def growth_target(admin: Person) -> str:
    """Return the annual target: 3.8亿 and 15 %."""
    days = {"startsOn": f"{year() - 1}-01-01", "endsOn": f"{year() - 1}-12-31"}
    base: dict[str, Any] = {"metric": "revenue", "subject": {"kind": "COMPANY"}} | days
    await admin.does("recordGrowthBase", "GrowthBase { number }", **base, value="380000000.00", reason="上年审计营收")
    grown = await admin.does("setGrowthTarget", "GrowthTarget { target }", **base, percent="15")
    return str(grown["target"])


async def every_level(company: Journey, **asked: str) -> dict[tuple[str, str | None], dict[str, Any]]:
    """Enter the annual goal once, twice, and publish it: regions, people and weeks add up; return goals by unit and owner."""
    inputs = [
        {
            "childId": company.units[code],
            "figures": [{"name": key, "value": value} for (key, _), value in zip(FACTORS, figures, strict=True)],
            "facts": [{"name": "生命周期", "text": stage}],
        }
        for code, (stage, figures) in FIGURES.items()
    ]
    given = asked | {"unitId": company.units["SC"], "inputs": inputs}
    first, again = [await ran(company.admin, **given) for _ in range(2)]
    assert [plan["nodes"] for plan in first["plans"]] == [plan["nodes"] for plan in again["plans"]], "a rerun gives the same ids"
    regions, *below = sorted(again["plans"], key=lambda plan: int(plan["depth"]))
    assert [(node["name"], node["suggested"], node["weightSet"]) for node in nodes_of(regions)] == [
        ("成都", "213272727.27", "new"),
        ("绵阳", "223727272.73", "mature"),
    ]
    for plan in (regions, *below):
        assert sum(Decimal(node["value"]) for node in nodes_of(plan)) == Decimal(plan["total"])
    done = await company.admin.does("publishRun", "PlanRun { state }", runId=again["id"], version=again["version"])
    assert done == {"state": "PUBLISHED"}
    assert (await company.admin.asks(RECONCILE, id=regions["id"]))["holds"]
    goals = await company.admin.lists(GOALS)
    found = {(goal["unit"]["code"], goal["owner"] and goal["owner"]["number"]): goal for goal in goals}
    weeks = await company["S1"].lists(WEEKS, number="S1")
    assert again["weeks"] == 3 * len(weeks), "each of the three people has every week of the year"
    assert sum(Decimal(each["target"]) for each in weeks) == Decimal(found["CD", "S1"]["target"]) == Decimal("106636363.63")
    assert found["CD", "S1"]["parent"] == {"id": found["CD", None]["id"]}
    return found


async def ran(admin: Person, **given: Any) -> dict[str, Any]:
    """Start the run and return it once relay and worker have reached its last level."""
    run = await admin.does("startRun", "PlanRun { id }", **given)

    async def finished() -> Any:
        found = await admin.asks(RUN, id=run["id"])
        return found if found["state"] == "DONE" else None

    done = await until(finished)
    return {**done, **run, "plans": [edge["node"] for edge in done["plans"]["edges"]]}


def nodes_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes of a plan."""
    return [edge["node"] for edge in plan["nodes"]["edges"]]


async def three_layers(company: Journey, cycle: str) -> str:
    """Write strategy, campaign and tactic, each below the other, and return the tactic; without a campaign it is refused."""
    numbers = {"metric": "有效拜访量", "target": "120", "unitOfMeasure": "次", "kind": "KPI", "cycleId": cycle}
    place = numbers | {"unitId": company.units["CD"]}
    tactic = place | {"title": "三甲主任级拜访", "level": "tactic", "ownerId": company["S1"].id}
    assert await company.admin.refused("createGoal", "Goal { id }", **tactic) == ("LEVEL_PARENT_WRONG", "parentId")
    above: str | None = None
    for given in (
        place | {"title": "年度增长15%", "level": "strategy"},
        place | {"title": "成都攻坚", "level": "campaign"},
        tactic,
    ):
        goal = await company.admin.does("createGoal", "Goal { id version }", **given, parentId=above)
        above = goal["id"]
        await company.admin.does("proposeGoal", "Goal { state }", goalId=above, version=goal["version"])
    return str(above)


async def three_hospitals(company: Journey, tactic: str) -> None:
    """Import the hospitals, dispatch the visits of the case, and see their list and the path up to the strategy in one query."""
    facts = {"grade": "三甲", "contactRoles": ["主任"], "ownerNumber": "S1"}
    hospitals = [{"code": f"H{n}", "name": f"三甲医院{n}"} | facts for n in range(1, 6)]
    assert await company.admin.does("importCustomers", "ImportedCustomers { created }", customers=hospitals) == {"created": 5}
    task = visits(week()[0], "W-S1", 3) | {"goalId": tactic}
    (task_id,) = (await company.admin.does("dispatchTasks", "DispatchedTasks { taskIds }", tasks=[task]))["taskIds"]
    (seen,) = await company["S1"].lists(PATH)
    assert len(seen.pop("customers")["edges"]) == 5
    assert seen == {
        "title": "本周需完成3家三甲医院主任级拜访",
        "customerGrade": "三甲",
        "contactRole": "主任",
        "goal": {
            "title": "三甲主任级拜访",
            "level": "tactic",
            "line": [{"title": "年度增长15%", "level": "strategy"}, {"title": "成都攻坚", "level": "campaign"}],
        },
    }
    done = {"taskId": task_id, "day": today("Asia/Shanghai").isoformat(), "contactRole": "主任"}
    counts = []
    for hospital in ("H1", "H1", "H2", "H3"):
        after = await company["S1"].does("completeTask", "Task { done state }", **done, customerCode=hospital)
        counts.append((after["done"], after["state"]))
    assert counts == [(1, "OPEN"), (1, "OPEN"), (2, "OPEN"), (3, "DONE")], "the same hospital counts once"


def visits(monday: date, key: str, quantity: int) -> dict[str, Any]:
    """Return the task of visits to directors of first-class hospitals in a week."""
    given = {"key": key, "ownerNumber": "S1", "cadence": "WEEK", "startsOn": monday.isoformat(), "action": "visit"}
    given |= {"customerGrade": "三甲", "contactRole": "主任", "metric": "effective_visit"}
    return given | {"quantity": quantity, "title": f"本周需完成{quantity}家三甲医院主任级拜访"}


def week(back: int = 0) -> tuple[date, date]:
    """Return the first and last day of this week, or of one before."""
    day = today("Asia/Shanghai")
    monday = day - timedelta(days=day.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


async def a_week_of_visits(company: Journey, goal: str) -> None:
    """Dispatch five more visits for this week, make three, and hold a lecture in place of the other two."""
    (monday, sunday), day = week(), today("Asia/Shanghai").isoformat()
    task = visits(monday, "W5-S1", 5) | {"goalId": goal}
    (task_id,) = (await company.admin.does("dispatchTasks", "DispatchedTasks { taskIds }", tasks=[task]))["taskIds"]
    seller = company["S1"]
    swap = {"taskId": task_id, "version": 1, "swap": "lecture", "quantity": 1, "reason": "专家讲座"}
    assert await seller.refused("swapTask", "Task { done }", **swap) == ("SWAP_WITHOUT_BASE", "taskId")
    done = {"taskId": task_id, "day": day, "contactRole": "主任"}
    for n in (1, 2, 3):
        task = await seller.does("completeTask", "Task { done version }", **done, customerCode=f"H{n}")
    assert task == {"done": 3, "version": 4}
    swapped = await seller.does("swapTask", "Task { done replaced state }", **swap | {"version": 4})
    assert swapped == {"done": 3, "replaced": 2, "state": "DONE"}
    rate = await company["M1"].asks(RATE, **{"from": monday.isoformat(), "to": sunday.isoformat()})
    assert rate == {"planned": 8, "done": "8.00", "rate": "100.00"}


async def what_the_crm_says(company: Journey) -> None:
    """Deliver last week's three visits, two of them followed up, twice: the second time changes nothing."""
    monday, sunday = week(back=1)
    days = {"visit": (monday, "123"), "follow_up": (monday + timedelta(days=1), "13")}
    subject = {"kind": "PERSON", "code": "S1"}
    said = [
        {"externalId": f"{metric}{n}", "metric": metric, "subject": subject, "day": day.isoformat(), "objectCode": f"H{n}"}
        for metric, (day, hospitals) in days.items()
        for n in hospitals
    ]
    shown = "RecordedObservations { recorded standing unchanged }"
    for expected in ({"recorded": 5, "standing": 5, "unchanged": 0}, {"recorded": 0, "standing": 0, "unchanged": 5}):
        assert await company.admin.does("recordObservations", shown, source="crm", observations=said) == expected
    period = {"from": monday.isoformat(), "to": sunday.isoformat()}
    for metric, value in (("visit", "3"), ("effective_visit", "2")):
        assert await company["S1"].asks(VALUE, metric=metric, **period) == {"value": value, "definitionNumber": 1}
