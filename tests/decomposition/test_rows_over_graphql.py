"""Rows A3 to A9, C32, C51, D6, D7 and N13 as a front end meets them: templates, plans, scenarios and goals over the API."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.portraits_made import EXPLAIN, RECONCILE, VALUES, Gate
from support.south import South

FACTORS = [
    {"key": "potential", "name": "市场潜力系数", "weight": "50.00"},
    {"key": "staff", "name": "人员配置强度", "weight": "30.00"},
    {"key": "priority", "name": "战略优先级加成", "weight": "20.00"},
]
EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]
UNITS: dict[str, Any] = {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": FACTORS}
PEOPLE: dict[str, Any] = UNITS | {"level": "PEOPLE", "factors": EQUAL}
SEASON = [*["0.5"] * 6, *["1.5"] * 6]
GOALS = """query ($cycle: ID!) { goals(first: 100, where: {cycleId: {eq: $cycle}}, orderBy: [{field: TITLE}]) {
  edges { node { id title target owner { name } months { month target } share } } } }"""
COMPARE = """query ($ids: [ID!]!) { comparePlans(planIds: $ids) { nodes { name values deltas }
  plans { total assigned gap fairness { dispersion loads { ratio } } } } }"""
WHY = """query ($id: ID!) { explain(id: $id) { value total children equalShare holds adjustments { kind amount }
  presence { workingDays ofDays } factors { weight value contribution } figures { name } weightSet } }"""


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    """Return the company of the main job, asked over the API; its template is the one that weighs the provinces."""
    return Gate(south, ask, south.template, "")


async def template(planner: Gate, body: Mapping[str, Any], key: str = "own") -> dict[str, Any]:
    """Draft a template and publish it; return what the publication says."""
    made = await planner.does(
        "createDefinition", "DefinitionVersion { id version }", key=key, name=key, body={"decomposition": body}
    )
    published: dict[str, Any] = await planner.does("publishVersion", "DefinitionVersion { id }", **made)
    return published


async def over_people(planner: Gate, body: Mapping[str, Any], *rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Publish a template over people and return the input of a split over the three representatives of Guangdong."""
    south = planner.south
    people = [person_id(actor.person_id) for actor in south.representatives]
    inputs = [{"childId": child, **row} for child, row in zip(people, rows, strict=False)]
    asked: dict[str, Any] = {
        "cycleId": encode_id("Cycle", south.cycle),
        "templateVersionId": (await template(planner, {**PEOPLE, **body}))["id"],
        "unitId": encode_id("OrgUnit", south.provinces[0]),
        "participants": people,
        "inputs": inputs,
        "total": "3600.00",
    }
    return asked | more


def person_id(person: UUID | None) -> str:
    assert person is not None
    return encode_id("Person", person)


async def planned(planner: Gate, asked: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Create a plan and return its id with its nodes."""
    plan = (await planner.does("createPlan", "Plan { id }", **asked))["id"]
    return plan, await planner.nodes(plan)


async def published(planner: Gate, plan: str) -> Sequence[dict[str, Any]]:
    """Publish a plan and return the goals of the cycle."""
    assert await planner.does("publishPlan", "Plan { state }", planId=plan, version=1) == {"state": "PUBLISHED"}
    found = await planner.ask(planner.hr, GOALS, cycle=encode_id("Cycle", planner.south.cycle))
    return [edge["node"] for edge in found["edges"]]


async def test_weights_that_are_not_a_hundred_and_a_season_of_eleven_are_named_by_place(planner: Gate) -> None:
    short = [FACTORS[0] | {"weight": "40.00"}, *FACTORS[1:]]
    refused = await template(planner, UNITS | {"factors": short}, key="short")
    assert (refused["code"], refused["field"]) == ("WEIGHTS_NOT_100", "factors")
    refused = await template(planner, UNITS | {"seasonality": SEASON[1:]}, key="eleven")
    assert (refused["code"], refused["field"]) == ("SEASONALITY_INVALID", "seasonality")
    loose = [{"key": "new", "name": "新品", "when": '阶段 = "NEW"', "weights": [{"factor": "potential", "weight": "40.00"}]}]
    refused = await template(planner, UNITS | {"facts": [{"name": "阶段"}], "weightSets": loose}, key="loose")
    assert refused["code"] == "WEIGHTS_NOT_100"


async def test_months_follow_the_season_a_node_s_own_one_and_add_up_to_the_year(planner: Gate) -> None:
    own = {"seasonality": ["1", *["0"] * 11]}
    plan, nodes = await planned(planner, await over_people(planner, {"seasonality": SEASON}, own, total="1000.01"))
    assert [node["value"] for node in nodes] == ["333.34", "333.34", "333.33"]
    goals = {goal["owner"]["name"]: [month["target"] for month in goal["months"]] for goal in await published(planner, plan)}
    # 333.34 over six halves and six times one and a half: 13.889 and 41.668 a month; the largest remainders get the cents.
    assert goals["代表0"] == ["333.34", *["0.00"] * 11]
    for name, year in (("代表1", 33334), ("代表2", 33333)):
        cents = [int(month.replace(".", "")) for month in goals[name]]
        assert sum(cents) == year
        assert {cents[0] - 1388, cents[11] - 4166} <= {0, 1}


async def test_who_joined_carries_half_and_the_gap_shows_at_the_parent(planner: Gate) -> None:
    async with tenant_transaction(planner.hr):
        newcomer = planner.south.representatives[2].person_id
        await execute("update person set hired_on = $2 where id = $1", newcomer, date(2026, 1, 1))
    asked = await over_people(planner, {"ramp": [{"belowMonths": 6, "percent": "50"}]})
    plan, nodes = await planned(planner, asked)
    assert [node["value"] for node in nodes] == ["1200.00", "1200.00", "900.00"]
    refused = await planner.does("publishPlan", "Plan { id }", planId=plan, version=1, acceptGap=False)
    assert (refused["code"], "300.00" in refused["message"]) == ("PLAN_HAS_GAP", True)
    level = (await planner.ask(planner.hr, RECONCILE, id=plan))["levels"][0]
    assert level == {"total": "3600.00", "assigned": "3300.00", "gap": "300.00", "residual": "0.00"}
    why = await planner.ask(planner.hr, WHY, id=nodes[2]["id"])
    assert (why["adjustments"], why["holds"]) == ([{"kind": "RAMP", "amount": "-300.00"}], True)


async def test_padding_is_capped_and_whoever_is_below_infers_none_of_it(planner: Gate) -> None:
    asked = await over_people(planner, {"paddingMaxPercent": "10"}, paddingPercent="5.00")
    refused = await planner.does("createPlan", "Plan { id }", **asked | {"paddingPercent": "10.01"})
    assert (refused["code"], refused["field"]) == ("PADDING_ABOVE_CAP", "paddingPercent")
    plan, _ = await planned(planner, asked)
    goal = (await published(planner, plan))[0]
    employee = planner.south.representatives[0]
    below, above = [await planner.ask(actor, WHY, id=goal["id"]) for actor in (employee, planner.hr)]
    assert (below["value"], below["holds"], below["figures"]) == ("1260.00", True, [])
    assert (below["total"], below["children"], below["equalShare"]) == (None, None, None)
    assert below["factors"] == [{"weight": None, "value": None, "contribution": "1260.00"}]
    assert (above["total"], above["children"]) == ("3780.00", 3)


async def test_null_takes_what_the_answers_leave_and_zero_takes_nothing(planner: Gate) -> None:
    factor = {"key": "potential", "name": "潜力", "weight": "100.00", "whole": "100"}
    said = ("50", "0", None)
    rows = [{"figures": [{"name": "potential", "value": value}]} for value in said]
    _, nodes = await planned(planner, await over_people(planner, {"factors": [factor]}, *rows))
    assert [node["value"] for node in nodes] == ["1800.00", "0.00", "1800.00"]


async def test_a_held_province_keeps_its_value_the_rest_is_shared_and_too_much_is_refused(planner: Gate) -> None:
    asked = planner.input()
    asked["inputs"][4]["held"] = "30000000.01"
    refused = await planner.does("createPlan", "Plan { id }", **asked)
    assert (refused["code"], refused["field"]) == ("HOLD_IMPOSSIBLE", "inputs[4].held")
    asked["inputs"][4]["held"] = "3000000.00"
    plan, nodes = await planned(planner, asked)
    assert nodes[4]["value"] == "3000000.00"
    assert sum(int(node["value"].replace(".", "")) for node in nodes) == 3_000_000_000
    assert (await planner.ask(planner.hr, RECONCILE, id=plan))["holds"] is True


async def test_a_transfer_in_the_middle_of_the_year_is_prorated_by_working_days(planner: Gate) -> None:
    asked = await over_people(planner, {}, {"presentUntil": "2026-06-30"}, {"presentFrom": "2026-07-01"}, total="496.00")
    _, nodes = await planned(planner, asked)
    assert [node["value"] for node in nodes] == ["120.00", "128.00", "248.00"]
    why = await planner.ask(planner.hr, WHY, id=nodes[0]["id"])
    assert (why["presence"], why["holds"]) == ({"workingDays": 120, "ofDays": 248}, True)


async def test_a_new_product_is_weighed_by_coverage_and_a_mature_one_by_profit(planner: Gate) -> None:
    factors = [
        {"key": "coverage", "name": "覆盖率", "weight": "50.00"},
        {"key": "profit", "name": "利润", "weight": "50.00"},
    ]
    sets = [
        {"key": key, "name": key, "when": f'阶段 = "{key.upper()}"', "weights": weights}
        for key, weights in (
            ("new", [{"factor": "coverage", "weight": "40.00"}, {"factor": "profit", "weight": "60.00"}]),
            ("mature", [{"factor": "coverage", "weight": "45.00"}, {"factor": "profit", "weight": "55.00"}]),
        )
    ]
    figures = [{"name": "coverage", "value": "1"}, {"name": "profit", "value": "1"}]
    rows = [
        {"figures": figures, "facts": [{"name": "阶段", "text": stage}] if stage else []} for stage in ("NEW", "MATURE", None)
    ]
    body = {"factors": factors, "facts": [{"name": "阶段"}], "weightSets": sets}
    _, nodes = await planned(planner, await over_people(planner, body, *rows))
    seen = [await planner.ask(planner.hr, WHY, id=node["id"]) for node in nodes]
    assert [(each["weightSet"], [factor["weight"] for factor in each["factors"]]) for each in seen] == [
        ("new", ["40.00", "60.00"]),
        ("mature", ["45.00", "55.00"]),
        (None, ["50.00", "50.00"]),
    ]
    assert sum(int(node["value"].replace(".", "")) for node in nodes) == 360000


async def test_a_tuned_province_moves_its_siblings_where_the_template_balances(planner: Gate) -> None:
    made = await template(planner, UNITS | {"balance": "REBALANCE_SIBLINGS"})
    plan, nodes = await planned(planner, planner.input(templateVersionId=made["id"]))
    tuned: dict[str, Any] = {"nodeId": nodes[0]["id"], "version": 1, "reason": "三家医院换代"}
    refused = await planner.does("tunePlanNode", "PlanNode { id }", by=planner.south.manager, **tuned, value="11385000.01")
    assert (refused["code"], refused["field"]) == ("TUNE_OUTSIDE_BAND", "value")
    done = await planner.does("tunePlanNode", "PlanNode { value }", by=planner.south.manager, **tuned, value="11385000.00")
    assert done == {"value": "11385000.00"}
    after = await planner.nodes(plan)
    assert sum(int(node["value"].replace(".", "")) for node in after) == 3_000_000_000
    assert after[1]["value"] < nodes[1]["value"]
    assert (await planner.ask(planner.hr, EXPLAIN, id=after[1]["id"]))["adjustments"][0]["kind"] == "REBALANCED"


async def test_tuned_parameters_show_each_delta_and_the_fairness_before_they_are_promoted(planner: Gate) -> None:
    weights = [factor | {"weight": weight} for factor, weight in zip(FACTORS, ("60.00", "20.00", "20.00"), strict=True)]
    other = (await template(planner, UNITS | {"factors": weights}))["id"]
    plan, _ = await planned(planner, planner.input())
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=plan, title="潜力优先", templateVersionId=other))["id"]
    found = await planner.ask(planner.hr, COMPARE, ids=[plan, scenario])
    assert [(node["name"], node["deltas"]) for node in found["nodes"]] == [
        ("广东", ["0.00", "300000.00"]),
        ("福建", ["0.00", "0.00"]),
        ("广西", ["0.00", "-150000.00"]),
        ("湖南", ["0.00", "0.00"]),
        ("海南", ["0.00", "-150000.00"]),
    ]
    assert [(each["total"], each["gap"]) for each in found["plans"]] == [("30000000.00", "0.00")] * 2
    assert [each["fairness"]["dispersion"] for each in found["plans"]] == ["0.341687", "0.367423"]
    assert [node["value"] for node in await planner.nodes(plan)] == VALUES
    stale = await planner.does("promoteScenario", "Plan { id }", planId=scenario, version=1, originVersion=7)
    assert (stale["code"], [node["value"] for node in await planner.nodes(plan)]) == ("CONFLICT", VALUES)
    assert "id" in await planner.does("promoteScenario", "Plan { id }", planId=scenario, version=1, originVersion=1)
    promoted = await planner.nodes(plan)
    assert [node["value"] for node in promoted][:2] == ["10200000.00", "6000000.00"]
