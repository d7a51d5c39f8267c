"""Case study 001 through the API alone: an IVD supplier from its growth target to a week of visits and a lecture instead.

Rows C29, C32, C34 to C36, C42, C48.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from plumb_platform.clock import today
from support.journeys import Journey, Person, year

CSV = [
    "number,name,email,unit_code,unit_name,parent_unit_code,manager_number",
    "C1,总经理,,SC,四川,,",
    "M1,唐主管,m1@{key}.example,CD,成都,SC,C1",
    "S1,老周,s1@{key}.example,CD,成都,SC,M1",
    "P1,绵阳主管,,MY,绵阳,SC,C1",
]
NODES = "query ($id: ID!) { plan(id: $id) { nodes { edges { node { name suggested weightSet } } } } }"
GOALS = "{ goals { edges { node { id target unit { code } } } } }"
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
    nodes = await split(company, cycleId=cycle["id"], templateVersionId=dynamic, total=total)
    assert nodes == [
        {"name": "成都", "suggested": "213272727.27", "weightSet": "new"},
        {"name": "绵阳", "suggested": "223727272.73", "weightSet": "mature"},
    ]
    assert sum(Decimal(node["suggested"]) for node in nodes) == Decimal(total)
    goals = {goal["unit"]["code"]: goal for goal in await admin.lists(GOALS)}
    assert goals["CD"]["target"] == "213272727.27"
    await a_week_of_visits(company, goals["CD"]["id"])
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


async def split(company: Journey, **asked: str) -> list[dict[str, Any]]:
    """Split the target over both regions, publish the goals and return the nodes."""
    inputs = [
        {
            "childId": company.units[code],
            "figures": [{"name": key, "value": value} for (key, _), value in zip(FACTORS, figures, strict=True)],
            "facts": [{"name": "生命周期", "text": stage}],
        }
        for code, (stage, figures) in FIGURES.items()
    ]
    given = asked | {"unitId": company.units["SC"], "inputs": inputs}
    plan = await company.admin.does("createPlan", "Plan { id version }", typed="PlanInput", **given)
    nodes = [edge["node"] for edge in (await company.admin.asks(NODES, id=plan["id"]))["nodes"]["edges"]]
    await company.admin.does("publishPlan", "Plan { state }", planId=plan["id"], version=plan["version"])
    return nodes


def week(back: int = 0) -> tuple[date, date]:
    """Return the first and last day of this week, or of one before."""
    day = today("Asia/Shanghai")
    monday = day - timedelta(days=day.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


async def a_week_of_visits(company: Journey, goal: str) -> None:
    """Dispatch five visits for this week, make three, and hold a lecture in place of the other two."""
    facts = {"grade": "三甲", "contactRoles": ["主任"], "ownerNumber": "S1"}
    hospitals = [{"code": f"H{n}", "name": f"三甲医院{n}"} | facts for n in range(1, 6)]
    imported = await company.admin.does("importCustomers", "ImportedCustomers { created }", customers=hospitals)
    assert imported == {"created": 5}
    (monday, sunday), day = week(), today("Asia/Shanghai").isoformat()
    given = {"key": "W-S1", "ownerNumber": "S1", "cadence": "WEEK", "startsOn": monday.isoformat(), "action": "visit"}
    given |= {"customerGrade": "三甲", "contactRole": "主任", "goalId": goal, "metric": "effective_visit"}
    task: dict[str, Any] = given | {"quantity": 5, "title": "本周需完成5家三甲医院主任级拜访"}
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
    assert rate == {"planned": 5, "done": "5.00", "rate": "100.00"}


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
