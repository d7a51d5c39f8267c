"""Case study 001 through the API alone: an IVD supplier from its growth target to a week of visits and a lecture instead."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.actions_made import MONDAY, WEDNESDAY
from support.companies import CompanyFixture, add_person, add_unit, make_company

Ask = Callable[..., Awaitable[Any]]
PROBLEM = "... on Problem { code field message }"
NODES = "query ($id: ID!) { plan(id: $id) { nodes { edges { node { name suggested weightSet } } } } }"
GOALS = "{ goals { edges { node { id target state version unit { code } owner { number } } } } }"
VALUE = """query ($metric: String!) { metricValue(metric: $metric, subject: {kind: PERSON, code: "S1"},
  startsOn: "2026-01-05", endsOn: "2026-01-11") { value definitionNumber } }"""
RATE = """{ complianceRate(subject: {kind: UNIT, code: "CD"}, startsOn: "2026-01-05", endsOn: "2026-01-11") {
  planned done rate } }"""
WEIGHTS = {"new": ("40.00", "30.00", "30.00"), "mature": ("20.00", "55.00", "25.00")}
FACTORS = (("coverage", "覆盖率"), ("profit", "利润贡献"), ("activity", "有效拜访"))


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks as somebody on the Wednesday and returns the one root field's answer."""

    async def asked(actor: Actor, query: str, **variables: Any) -> Any:
        context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
        with clock_at(WEDNESDAY):
            answer = await product_engine.answer(Operation(query, variables), context)
        assert "errors" not in answer.body, answer.body
        (found,) = answer.body["data"].values()
        assert "code" not in (found or {}), found
        return found

    return asked


def change(name: str, shown: str, kind: str = "") -> str:
    """Return a mutation by its name, with what is shown of its result."""
    kind = kind or f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {shown} {PROBLEM} }} }}"


async def publish(ask: Ask, hr: Actor, key: str, body: dict[str, Any]) -> str:
    """Publish a definition by its typed body and return the id of its version."""
    shown = "... on DefinitionVersion { id version lint { code } }"
    made = await ask(hr, change("createDefinition", shown), input={"key": key, "name": key, "body": body})
    assert made["lint"] == []
    published = await ask(hr, change("publishVersion", shown), input={"id": made["id"], "version": made["version"]})
    version: str = published["id"]
    return version


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


def metrics() -> dict[str, dict[str, Any]]:
    """Return the factors of the case."""
    visit = {"type": "COUNT", "unitOfMeasure": "次", "indicator": "LEADING", "places": 0}
    return {
        "visit": visit,
        "follow_up": visit,
        "effective_visit": visit | {"event": {"of": "visit", "followedBy": "follow_up"}},
        "revenue": {"type": "MONEY", "unitOfMeasure": "元", "currency": "CNY", "indicator": "LAGGING"},
    }


async def growth_target(ask: Ask, hr: Actor) -> str:
    """Return the annual target: 3.8亿 and 15 %."""
    year = {"metric": "revenue", "subject": {"kind": "COMPANY"}, "startsOn": "2025-01-01", "endsOn": "2025-12-31"}
    based = change("recordGrowthBase", "... on GrowthBase { number }")
    await ask(hr, based, input=year | {"value": "380000000.00", "reason": "2025 年审计营收"})
    grown = change("setGrowthTarget", "... on GrowthTarget { target baseNumber }")
    target: str = (await ask(hr, grown, input=year | {"percent": "15"}))["target"]
    return target


async def split(ask: Ask, company: CompanyFixture, **asked: str) -> list[dict[str, Any]]:
    """Split the target over both regions, publish the goals and return the nodes."""
    hr = company.hr
    figures = {"CD": ("0.6", "0.4", "0.5"), "MY": ("0.4", "0.6", "0.5")}
    inputs = [
        {
            "childId": encode_id("OrgUnit", company.units[code]),
            "figures": [{"name": key, "value": value} for (key, _), value in zip(FACTORS, figures[code], strict=True)],
            "facts": [{"name": "生命周期", "text": stage}],
        }
        for code, stage in (("CD", "NEW"), ("MY", "MATURE"))
    ]
    given = asked | {"unitId": encode_id("OrgUnit", company.units["SC"]), "inputs": inputs}
    plan = await ask(hr, change("createPlan", "... on Plan { id version }", "PlanInput"), input=given)
    nodes = [edge["node"] for edge in (await ask(hr, NODES, id=plan["id"]))["nodes"]["edges"]]
    await ask(hr, change("publishPlan", "... on Plan { state }"), input={"planId": plan["id"], "version": plan["version"]})
    return nodes


async def test_the_supplier_goes_from_its_growth_target_to_a_week_of_visits(ask: Ask, database: Database) -> None:
    company = await make_company("四川体外诊断设备有限公司")
    hr = company.hr
    top = await add_unit(company, "SC", "四川")
    for code, name in (("CD", "成都"), ("MY", "绵阳")):
        await add_unit(company, code, name, parent=top)
    manager = await add_person(company, "M1", "唐主管", unit=company.units["CD"], roles=("employee", "manager"))
    seller = await add_person(company, "S1", "老周", unit=company.units["CD"], manager=manager)

    versions = {key: await publish(ask, hr, key, {"metric": body}) for key, body in metrics().items()}
    assert len(versions) == 4
    total = await growth_target(ask, hr)
    assert total == "437000000.00"

    given = {"code": "2026", "name": "2026 年度", "startsOn": "2026-01-01", "endsOn": "2026-12-31"}
    cycle = (await ask(hr, change("createCycle", "... on Cycle { id }"), input=given))["id"]
    dynamic = await publish(ask, hr, "dynamic", {"decomposition": template()})
    nodes = await split(ask, company, cycleId=cycle, templateVersionId=dynamic, total=total)
    assert nodes == [
        {"name": "成都", "suggested": "213272727.27", "weightSet": "new"},
        {"name": "绵阳", "suggested": "223727272.73", "weightSet": "mature"},
    ]
    assert sum(Decimal(node["suggested"]) for node in nodes) == Decimal(total)
    goals = {edge["node"]["unit"]["code"]: edge["node"] for edge in (await ask(hr, GOALS))["edges"]}
    assert goals["CD"]["target"] == "213272727.27"

    hospitals = [
        {"code": f"H{n}", "name": f"三甲医院{n}", "grade": "三甲", "contactRoles": ["主任"], "ownerNumber": "S1"}
        for n in range(1, 6)
    ]
    imported = await ask(hr, change("importCustomers", "... on ImportedCustomers { created }"), input={"customers": hospitals})
    assert imported == {"created": 5}
    task = {
        "key": "2026-W02-S1",
        "ownerNumber": "S1",
        "cadence": "WEEK",
        "startsOn": MONDAY.isoformat(),
        "action": "visit",
        "quantity": 5,
        "title": "本周需完成5家三甲医院主任级拜访",
        "customerGrade": "三甲",
        "contactRole": "主任",
        "goalId": goals["CD"]["id"],
        "metric": "effective_visit",
    }
    dispatched = await ask(hr, change("dispatchTasks", "... on DispatchedTasks { taskIds }"), input={"tasks": [task]})
    (task_id,) = dispatched["taskIds"]
    await visit_and_swap(ask, seller, task_id)
    assert await ask(manager, RATE) == {"planned": 5, "done": "5.00", "rate": "100.00"}

    await say(ask, hr)
    assert await ask(seller, VALUE, metric="visit") == {"value": "3", "definitionNumber": 1}
    assert await ask(seller, VALUE, metric="effective_visit") == {"value": "2", "definitionNumber": 1}


async def visit_and_swap(ask: Ask, seller: Actor, task_id: str) -> None:
    """Visit three hospitals, then hold a lecture in place of the other two."""
    complete = change("completeTask", "... on Task { done version }")
    done = {"taskId": task_id, "day": MONDAY.isoformat(), "contactRole": "主任"}
    answers = [await ask(seller, complete, input=done | {"customerCode": f"H{n}"}) for n in (1, 2, 3)]
    assert answers[-1] == {"done": 3, "version": 4}
    swap = {"taskId": task_id, "version": 4, "swap": "lecture", "quantity": 1, "reason": "专家讲座"}
    swapped = await ask(seller, change("swapTask", "... on Task { done replaced state }"), input=swap)
    assert swapped == {"done": 3, "replaced": 2, "state": "DONE"}


async def say(ask: Ask, hr: Actor) -> None:
    """Deliver what the CRM says: three visits of which two were followed up by the Wednesday."""
    subject = {"kind": "PERSON", "code": "S1"}
    visits = [
        {"externalId": f"V{n}", "metric": "visit", "subject": subject, "day": MONDAY.isoformat(), "objectCode": f"H{n}"}
        for n in (1, 2, 3)
    ]
    next_day = (MONDAY + timedelta(days=1)).isoformat()
    follow_ups = [
        {"externalId": f"F{n}", "metric": "follow_up", "subject": subject, "day": next_day, "objectCode": f"H{n}"} for n in (1, 3)
    ]
    batch = {"source": "crm", "observations": visits + follow_ups}
    shown = "... on RecordedObservations { recorded standing unchanged }"
    for expected in ({"recorded": 5, "standing": 5, "unchanged": 0}, {"recorded": 0, "standing": 0, "unchanged": 5}):
        assert await ask(hr, change("recordObservations", shown), input=batch) == expected
