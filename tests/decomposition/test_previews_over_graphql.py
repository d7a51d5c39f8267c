"""Previews over the API: what a draft of a template changes for each child of a plan; nothing is written (A4, C51)."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import add_unit
from support.filled_company import fingerprint
from support.matrices import less, published
from support.portraits_made import VALUES, Gate
from support.south import South, make_south

FACTORS = (("potential", "市场潜力系数", "60.00"), ("staff", "人员配置强度", "20.00"), ("priority", "战略优先级加成", "20.00"))
BODY: dict[str, Any] = {
    "metric": "销售额",
    "unitOfMeasure": "元",
    "level": "UNITS",
    "factors": [{"key": key, "name": name, "weight": weight} for key, name, weight in FACTORS],
    "seasonality": [*["1"] * 11, "2"],
}
PREVIEW = """query ($input: PreviewScenarioInput!) { previewScenario(input: $input) {
  deltas { name value suggested delta } preview { total gap nodes { factors { contribution } months { month target } } } } }"""
PLAN = "query ($input: CreatePlanInput!) { previewPlan(input: $input) { nodes { suggested months { month target } } } }"
DELTAS = ["300000.00", "0.00", "-150000.00", "0.00", "-150000.00"]


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    return Gate(south, ask, south.template, "")


async def draft(planner: Gate, **changes: Any) -> str:
    """Draft a template with other weights and leave it a draft."""
    body = {"decomposition": BODY | changes}
    made = await planner.does("createDefinition", "DefinitionVersion { id }", key="tuned", name="潜力优先", body=body)
    return str(made["id"])


def refusing(ask: Ask) -> Ask:
    """Return what gives the first error of an answer."""
    return Ask(ask.engine, ask.ground, otherwise=lambda body: body["errors"][0]["extensions"] | body["errors"][0])


async def test_a_draft_that_is_at_fault_or_of_another_company_is_refused(planner: Gate) -> None:
    plan, ask = await planner.plan(), refusing(planner.ask)
    faulty = await draft(planner, factors=BODY["factors"][:2])
    other = Gate(await make_south(), planner.ask, planner.template, "")
    theirs = await draft(other)
    before = await fingerprint(planner.south.company)
    asked = {"planId": plan, "templateVersionId": faulty}
    refused = await ask(planner.hr, PREVIEW, input=asked)
    assert (refused["code"], refused["field"]) == ("WEIGHTS_NOT_100", "factors")
    people = encode_id("DefinitionVersion", planner.south.people_template)
    refused = await ask(planner.hr, PREVIEW, input=asked | {"templateVersionId": people})
    assert (refused["code"], refused["field"]) == ("SCENARIO_TEMPLATE_DIFFERS", "templateVersionId")
    assert refused["message"] == (
        "The template splits 销售额 / 元 / PEOPLE, and the plan 销售额 / 元 / UNITS; "
        "level, metric and unit of measure of a scenario are the plan's."
    )
    assert await ask(planner.hr, PREVIEW, input=asked | {"templateVersionId": theirs}) is None
    assert await ask(other.hr, PREVIEW, input={"planId": plan}) is None
    assert (await ask(planner.south.manager, PREVIEW, input={"planId": plan}))["code"] == "FORBIDDEN"
    assert await fingerprint(planner.south.company) == before


async def test_who_may_read_no_definitions_is_told_of_a_draft_what_an_unknown_one_is_told(planner: Gate) -> None:
    plan, drafted = await planner.plan(), await draft(planner)
    await published(planner.south.company.admin, less("hr", "definition:read"))
    for version in (drafted, encode_id("DefinitionVersion", uuid4())):
        asked = {"planId": plan, "templateVersionId": version}
        assert await refusing(planner.ask)(planner.hr, PREVIEW, input=asked) is None


async def test_a_draft_shows_each_delta_before_anybody_publishes_it_and_changes_nothing(planner: Gate) -> None:
    plan, template = await planner.plan(), await draft(planner)
    before = await fingerprint(planner.south.company)
    found = await planner.ask(planner.hr, PREVIEW, input={"planId": plan, "templateVersionId": template})
    assert [(each["name"], each["value"], each["delta"]) for each in found["deltas"]] == list(
        zip(("广东", "福建", "广西", "湖南", "海南"), VALUES, DELTAS, strict=True)
    )
    assert (found["preview"]["total"], found["preview"]["gap"]) == ("30000000.00", "0.00")
    for each, node in zip(found["deltas"], found["preview"]["nodes"], strict=True):
        assert sum(Decimal(factor["contribution"]) for factor in node["factors"]) == Decimal(each["suggested"])
    assert await fingerprint(planner.south.company) == before
    refused = await planner.does("branchPlan", "Plan { id }", planId=plan, title="草稿", templateVersionId=template)
    assert (refused["code"], refused["field"]) == ("VERSION_NOT_PUBLISHED", "templateVersionId")


async def test_a_published_plan_stays_as_it_is_while_its_parameters_are_tried(planner: Gate) -> None:
    plan = await planner.plan()
    await planner.does("publishPlan", "Plan { state }", planId=plan, version=1)
    asked = {
        "planId": plan,
        "total": "33000000.00",
        "inputs": [{"childId": planner.input()["inputs"][0]["childId"], "held": "9900000.00"}],
    }
    found = await planner.ask(planner.hr, PREVIEW, input=asked)
    assert sum(Decimal(each["delta"]) for each in found["deltas"]) == Decimal("3000000.00")
    assert found["deltas"][0]["delta"] == "0.00"
    assert [node["value"] for node in await planner.nodes(plan)] == VALUES


async def test_the_months_of_a_preview_are_those_that_the_goal_will_have(planner: Gate) -> None:
    template = await draft(planner)
    nodes = (await planner.ask(planner.hr, PLAN, input=planner.input(templateVersionId=template)))["nodes"]
    for node in nodes:
        months = [month["target"] for month in node["months"]]
        assert sum(map(Decimal, months)) == Decimal(node["suggested"])
        assert abs(Decimal(months[11]) - 2 * Decimal(months[0])) <= Decimal("0.01")
    assert [nodes[0]["months"][place]["month"] for place in (0, 11)] == ["2026-01-01", "2026-12-01"]
    even = (await planner.ask(planner.hr, PLAN, input=planner.input()))["nodes"][0]["months"]
    assert {month["target"] for month in even} == {"825000.00"}


async def test_a_unit_that_is_not_right_below_is_told_so_as_an_unknown_one_is(planner: Gate) -> None:
    elsewhere = encode_id("OrgUnit", await add_unit(planner.south.company, "HD", "华东"))
    asked = planner.input()
    asked["inputs"][4]["childId"] = elsewhere
    zh = planner.ask.in_language("zh-CN")
    mutation = "mutation ($input: CreatePlanInput!) { createPlan(input: $input) { ... on Problem { code message field } } }"
    assert await zh(planner.hr, mutation, input=asked) == {
        "code": "NOT_FOUND",
        "message": "“华南”没有这个直接下级部门，或您无权查看；模板按直接下级部门拆解。",
        "field": "inputs[4].childId",
    }


async def test_a_scenario_has_no_scenarios_of_its_own_whether_it_was_promoted_or_not(planner: Gate) -> None:
    """A branch of a promoted one would become a second set of goals beside those of its plan."""
    live = await planner.plan()
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=live, title="加码", total="33000000.00"))["id"]
    for promoted in (False, True):
        if promoted:
            done = await planner.does("promoteScenario", "Plan { id }", planId=scenario, version=1, originVersion=1)
            assert done == {"id": live}
        before = await fingerprint(planner.south.company)
        refused = await planner.does("branchPlan", "Plan { id }", planId=scenario, title="再加码")
        assert (refused["code"], refused["field"]) == ("SCENARIO_OF_SCENARIO", "planId")
        shown = await refusing(planner.ask)(planner.hr, PREVIEW, input={"planId": scenario, "total": "36000000.00"})
        assert (shown["code"], shown["field"]) == ("SCENARIO_OF_SCENARIO", "planId")
        assert await fingerprint(planner.south.company) == before
    assert (await planner.ask(planner.hr, PREVIEW, input={"planId": live}))["preview"]["total"] == "33000000.00"


async def test_a_zero_given_with_a_sign_is_told_without_one(planner: Gate) -> None:
    """Neither what is held nor what it moves, nor the total, is ever minus nothing."""
    document = """query ($input: CreatePlanInput!) { previewPlan(input: $input) { total gap nodes {
      suggested difference steps { kind amount } months { target } factors { contribution } } } }"""
    asked = planner.input(total="-0.00")
    held = planner.input()
    held["inputs"][0] |= {"held": "-0"}
    for given in (asked, held):
        shown = str(await planner.ask(planner.hr, document, input=given))
        assert "'-0.00'" not in shown
        assert "'-0'" not in shown
        plan = await planner.plan(**{name: given[name] for name in ("total", "inputs")})
        first = (await planner.nodes(plan))[0]
        explained = """query ($id: ID!) { explain(id: $id) { value suggested replayed factors { contribution }
          adjustments { amount } } }"""
        told = await planner.ask(planner.hr, explained, id=first["id"])
        assert (told["value"], told["replayed"], "'-0" in str(told)) == ("0.00", "0.00", False), told
