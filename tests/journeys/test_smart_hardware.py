"""Case study 002 through the API alone: 8,000,000 over six regions, the east at 1.3, seniors at 1.8, tuned in a scenario."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import CompanyFixture, make_company
from support.decomposition_made import work_off

Ask = Callable[..., Awaitable[Any]]
PROBLEM = "... on Problem { code message field }"
REGIONS = {"HD": "华东", "HB": "华北", "HN": "华南", "HZ": "华中", "XN": "西南", "XB": "西北"}
EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
METRIC = {"metric": "新增企业客户签约额", "unitOfMeasure": "元", "factors": EQUAL}
NODES = "nodes(first: 50) { edges { node { id name value goal { target owner { name } } } } }"
PLANS = "plans { edges { node { id unit { code } %s } } }"
RUN = f"planRun(id: $id) {{ state levelsDone weeks version {PLANS} }}"
VALUES = {"华东": "1650793.65"} | dict.fromkeys(list(REGIONS.values())[1:], "1269841.27")


@pytest.fixture
async def hardware(ground: Ground) -> CompanyFixture:
    """Make a company with nothing in it."""
    return await make_company("智能硬件有限公司")


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, hardware: CompanyFixture) -> Ask:
    """Return a function that asks as the company's HR and returns the one root field's answer."""

    async def asked(query: str, **variables: Any) -> Any:
        context = Context(ground=ground, actor=hardware.hr, request_id="test-journey", locale="en")
        answer = await product_engine.answer(Operation(query, variables), context)
        assert "errors" not in answer.body, answer.body
        (found,) = answer.body["data"].values()
        return found

    return asked


def change(name: str, input_type: str, found: str) -> str:
    """Return a mutation that answers with these fields or a problem."""
    return f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {found} {PROBLEM} }} }}"


async def template(ask: Ask, key: str, **body: Any) -> str:
    """Publish a template and return the id of its version."""
    draft = await ask(
        change("createDefinition", "CreateDefinitionInput", "... on DefinitionVersion { id version }"),
        input={"key": key, "name": key, "body": {"decomposition": METRIC | body}},
    )
    published = await ask(change("publishVersion", "PublishVersionInput", "... on DefinitionVersion { id state }"), input=draft)
    assert published["state"] == "PUBLISHED"
    return str(published["id"])


async def directory(ask: Ask) -> dict[str, str]:
    """Import six regions, the east with one senior and two new people; return the units' ids by code."""
    lines = ["number,name,unit_code,unit_name,parent_unit_code,grade", "C1,总裁,HQ,总部,,"]
    for code, name in REGIONS.items():
        lines.append(f"{code}1,{name}甲,{code},{name},HQ,高级")
    lines += [f"HD{number},华东新人{number},HD,华东,HQ,新人" for number in (2, 3)]
    report = await ask(
        change("importPeople", "ImportPeopleInput", "... on ImportReport { written errorCount }"), input={"csv": "\n".join(lines)}
    )
    assert report == {"written": True, "errorCount": 0}
    units = await ask("{ units(first: 20) { edges { node { id code } } } }")
    return {edge["node"]["code"]: edge["node"]["id"] for edge in units["edges"]}


async def test_eight_million_reaches_regions_people_and_weeks_and_is_tuned_in_a_scenario(
    ask: Ask, hardware: CompanyFixture
) -> None:
    units = await directory(ask)
    cycle = await ask(
        change("createCycle", "CreateCycleInput", "... on Cycle { id }"),
        input={"code": "2026", "name": "2026 年度", "startsOn": "2026-01-01", "endsOn": "2026-12-31"},
    )
    east = [{"basis": "UNIT", "of": "HD", "value": "1.3"}]
    senior = [{"basis": "GRADE", "of": "高级", "value": "1.8"}]
    regions = await template(ask, "regions", level="UNITS", coefficients=east)
    people = await template(ask, "people", level="PEOPLE", coefficients=senior)
    asked = {"cycleId": cycle["id"], "unitId": units["HQ"], "unitsVersionId": regions, "peopleVersionId": people}
    start = change("startRun", "RunInput", "... on PlanRun { id version state }")
    refused = await ask(start, input=asked)
    assert (refused["code"], refused["field"]) == ("PLAN_TOTAL_MISSING", "total")
    run = await ask(start, input=asked | {"total": "8000000.00"})
    await work_off(hardware.hr, UUID(run["id"].partition("_")[2]))

    query = "query ($id: ID!) { " + RUN % NODES + " }"
    done = await ask(query, id=run["id"])
    assert (done["state"], done["levelsDone"], done["weeks"]) == ("DONE", 2, 8 * 53)
    plans = {plan["node"]["unit"]["code"]: plan["node"] for plan in done["plans"]["edges"]}
    assert {node["name"]: node["value"] for node in nodes_of(plans["HQ"])} == VALUES
    assert [node["value"] for node in nodes_of(plans["HD"])] == ["781954.89", "434419.38", "434419.38"]

    create = change("createPlan", "PlanInput", "... on Plan { id version " + NODES + " }")
    own = {"cycleId": cycle["id"], "templateVersionId": people, "unitId": units["HD"], "total": "3800000.00"}
    alone = await ask(create, input=own)
    assert [node["value"] for node in nodes_of(alone)] == ["1800000.00", "1000000.00", "1000000.00"]

    equal = await template(ask, "people-equal", level="PEOPLE")
    branch = change("branchPlan", "BranchPlanInput", "... on Plan { id version state }")
    scenario = await ask(branch, input={"planId": alone["id"], "title": "不分职级", "templateVersionId": equal})
    compared = await ask(
        "query ($ids: [ID!]!) { comparePlans(planIds: $ids) { "
        "plans { gap fairness { dispersion } } nodes { name deltas ratings { raters } } } }",
        ids=[alone["id"], scenario["id"]],
    )
    assert [node["deltas"][1] for node in compared["nodes"]] == ["-533333.33", "266666.67", "266666.66"]
    assert [node["ratings"] for node in compared["nodes"]] == [[None, None]] * 3, "no plan has goals yet"
    assert {plan["gap"] for plan in compared["plans"]} == {"0.00"}
    promote = change("promoteScenario", "PromoteScenarioInput", "... on Plan { id " + NODES + " }")
    versions = {"version": scenario["version"], "originVersion": alone["version"]}
    live = await ask(promote, input={"planId": scenario["id"]} | versions)
    assert (live["id"], [node["value"] for node in nodes_of(live)]) == (alone["id"], ["1266666.67", "1266666.67", "1266666.66"])

    publish = change("publishRun", "PublishRunInput", "... on PlanRun { id state }")
    published = await ask(publish, input={"runId": run["id"], "version": done["version"]})
    assert published["state"] == "PUBLISHED"
    after = await ask(query, id=run["id"])
    top, *below = [plan["node"] for plan in after["plans"]["edges"] if plan["node"]["unit"]["code"] in ("HQ", "HD")]
    goals = [node["goal"] for plan in (top, *below) for node in nodes_of(plan)]
    assert sum(Decimal(goal["target"]) for goal in goals if goal["owner"]) == Decimal("1650793.65")
    reconciled = await ask(
        "query ($id: ID!) { reconcile(planId: $id) { holds levels { total assigned residual } } }", id=plans["HQ"]["id"]
    )
    assert reconciled["holds"]
    assert reconciled["levels"] == [{"total": "8000000.00", "assigned": "8000000.00", "residual": "0.00"}] * 2
    why = await ask(
        "query ($id: ID!) { explain(id: $id) { value holds factors { contribution } adjustments { kind amount } } }",
        id=nodes_of(plans["HQ"])[list(VALUES).index("华东")]["id"],
    )
    parts = [Decimal(part["contribution"]) for part in why["factors"]] + [Decimal(step["amount"]) for step in why["adjustments"]]
    assert (sum(parts), why["holds"], [step["kind"] for step in why["adjustments"]]) == (
        Decimal(why["value"]),
        True,
        ["COEFFICIENT"],
    )


def nodes_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes of a plan."""
    return [edge["node"] for edge in plan["nodes"]["edges"]]
