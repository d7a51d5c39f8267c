"""Case study 004 through the API alone, from the total to a representative's word (C26, C83, C84, C91, C98, N1)."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.south import UNITS_BODY, South, make_south, published_template

PROBLEM = "... on Problem { code message field }"
CREATE = f"""mutation ($input: CreatePlanInput!) {{
  createPlan(input: $input) {{ ... on Plan {{ id version total }} {PROBLEM} }} }}"""
TUNE = f"""mutation ($input: TunePlanNodeInput!) {{
  tunePlanNode(input: $input) {{ ... on PlanNode {{ value version }} {PROBLEM} }} }}"""
PUBLISH = f"""mutation ($input: PublishPlanInput!) {{
  publishPlan(input: $input) {{ ... on Plan {{ id state version }} {PROBLEM} }} }}"""
CONFIRM = f"""mutation ($input: ConfirmGoalInput!) {{
  confirmGoal(input: $input) {{ ... on Goal {{ state version }} {PROBLEM} }} }}"""
PLAN = "query ($id: ID!) { plan(id: $id) { nodes { edges { node { id name suggested value equalShare version } } } } }"
GOALS = """query ($where: GoalFilter) { goals(where: $where) {
  edges { node { id target state version owner { name } unit { name } parent { id } cycle { code }
    months { month target } } } } }"""
EXPLAIN = """query ($id: ID!) { explain(id: $id) {
  value suggested holds average factors { name share contribution } adjustments { kind amount reason } } }"""
CLEAR = "query ($id: ID!) { goalTransparency(goalId: $id, by: TARGET) { derivation value rank peers { name } } }"
RECONCILE = "query ($id: ID!) { reconcile(planId: $id) { holds levels { depth total assigned gap residual } } }"


def plan_input(south: South, **changes: Any) -> dict[str, Any]:
    inputs = [
        {
            "childId": encode_id("OrgUnit", unit),
            "figures": [{"name": name, "value": str(value)} for name, value in figures.items()],
        }
        for unit, figures in south.inputs.items()
    ]
    asked = {
        "cycleId": encode_id("Cycle", south.cycle),
        "templateVersionId": encode_id("DefinitionVersion", south.template),
        "unitId": encode_id("OrgUnit", south.unit),
        "total": "30000000.00",
        "inputs": inputs,
    }
    return asked | changes


async def plans_written(south: South) -> int:
    async with tenant_transaction(south.company.hr):
        return int(await fetch_value("select count(*) from plan"))


async def test_ids_of_another_company_and_malformed_ones_answer_alike(south: South, ask: Ask) -> None:
    other = await make_south("另一家公司")
    foreign = {"cycleId": ("Cycle", other.cycle), "unitId": ("OrgUnit", other.unit)}
    foreign["templateVersionId"] = ("DefinitionVersion", other.template)
    for field, (kind, value) in foreign.items():
        answers = [
            await ask(south.company.hr, CREATE, input=plan_input(south, **{field: global_id}))
            for global_id in (encode_id(kind, value), encode_id(kind, uuid4()), "nonsense")
        ]
        assert (
            answers == [{"code": "NOT_FOUND", "message": "The object does not exist, or you may not see it.", "field": field}] * 3
        )
    assert await plans_written(south) == 0


async def test_a_figure_given_twice_is_refused(south: South, ask: Ask) -> None:
    asked = plan_input(south)
    answer = await ask(south.company.hr, CREATE, input=asked | {"inputs": [*asked["inputs"], asked["inputs"][0]]})
    assert (answer["code"], answer["field"]) == ("PLAN_INPUT_TWICE", "inputs[5].childId")
    assert await plans_written(south) == 0


async def test_a_fact_is_a_text_or_a_number_and_given_once(south: South, ask: Ask) -> None:
    fact = {"name": "成熟度"}
    for facts, code, field in (
        ([fact], "FACT_NOT_ONE", "facts[0]"),
        ([fact | {"text": "NEW", "number": "1"}], "FACT_NOT_ONE", "facts[0]"),
        ([fact | {"text": "NEW"}] * 2, "PLAN_INPUT_TWICE", "facts[1].name"),
        ([fact | {"text": "NEW"}], "FACT_UNKNOWN", "facts[0]"),
    ):
        answer = await ask(south.company.hr, CREATE, input=plan_input(south, facts=facts))
        assert (answer["code"], answer["field"]) == (code, field)
    assert await plans_written(south) == 0


async def test_a_preview_shows_weight_sets_steps_and_the_gap(south: South, ask: Ask) -> None:
    new = {
        "key": "new",
        "name": "新品",
        "when": '成熟度 = "NEW"',
        "weights": [{"factor": "potential", "weight": "40"}, {"factor": "staff", "weight": "60"}],
    }
    changes = {"facts": [{"name": "成熟度"}], "weight_sets": [new], "padding_max_percent": "10"}
    template = await published_template(south.company, "facts", UNITS_BODY | changes)
    asked = plan_input(south, templateVersionId=encode_id("DefinitionVersion", template), paddingPercent="10.00")
    asked["inputs"][0] |= {"facts": [{"name": "成熟度", "text": "NEW"}], "held": "9000000.00"}
    query = """query ($input: CreatePlanInput!) { previewPlan(input: $input) {
      gap nodes { weightSet suggested steps { kind amount } } } }"""
    found = await ask(south.company.hr, query, input=asked)
    assert found["gap"] == "-3000000.00"
    assert [node["weightSet"] for node in found["nodes"]] == ["new", None, None, None, None]
    assert found["nodes"][0]["suggested"] == "9000000.00"
    assert [step["kind"] for step in found["nodes"][0]["steps"]] == ["HELD"]
    assert sum(Decimal(node["suggested"]) for node in found["nodes"]) == Decimal("33000000.00")


async def test_an_employee_may_not_create_and_is_told_so(south: South, ask: Ask) -> None:
    answer = await ask(south.representatives[0], CREATE, input=plan_input(south))
    assert (answer["code"], await plans_written(south)) == ("FORBIDDEN", 0)


async def test_a_preview_shows_the_difference_to_the_equal_split(south: South, ask: Ask) -> None:
    query = """query ($input: CreatePlanInput!) { previewPlan(input: $input) {
      total nodes { name suggested equalShare difference factors { factor value contribution } } } }"""
    found = await ask(south.company.hr, query, input=plan_input(south))
    assert found["nodes"][0] == {
        "name": "广东",
        "suggested": "9900000.00",
        "equalShare": "6000000.00",
        "difference": "3900000.00",
        "factors": [
            {"factor": "potential", "value": "0.40", "contribution": "6000000.00"},
            {"factor": "staff", "value": "0.30", "contribution": "2700000.00"},
            {"factor": "priority", "value": "0.2", "contribution": "1200000.00"},
        ],
    }
    assert await plans_written(south) == 0


async def test_the_main_job_from_the_total_to_a_representative_s_word(south: South, ask: Ask) -> None:
    hr = south.company.hr
    plan = await ask(hr, CREATE, input=plan_input(south))
    nodes = [edge["node"] for edge in (await ask(hr, PLAN, id=plan["id"]))["nodes"]["edges"]]
    assert [(node["name"], node["value"], node["equalShare"]) for node in nodes] == [
        ("广东", "9900000.00", "6000000.00"),
        ("福建", "6000000.00", "6000000.00"),
        ("广西", "5250000.00", "6000000.00"),
        ("湖南", "4800000.00", "6000000.00"),
        ("海南", "4050000.00", "6000000.00"),
    ]
    tuning = {"nodeId": nodes[0]["id"], "version": 1, "reason": "三家医院换代"}
    refused = await ask(south.manager, TUNE, input=tuning | {"value": "11385000.01"})
    assert (refused["code"], refused["field"]) == ("TUNE_OUTSIDE_BAND", "value")
    tuned = await ask(south.manager, TUNE, input=tuning | {"value": "11385000.00"})
    assert tuned == {"value": "11385000.00", "version": 2}
    stale = await ask(south.manager, TUNE, input=tuning | {"value": "9900000.00"})
    assert stale["code"] == "CONFLICT"
    published = await ask(hr, PUBLISH, input={"planId": plan["id"], "version": 2})
    assert (published["state"], published["version"]) == ("PUBLISHED", 3)
    (guangdong, *_) = [edge["node"] for edge in (await ask(hr, GOALS))["edges"]]
    assert (guangdong["unit"], guangdong["target"], guangdong["owner"]) == ({"name": "广东"}, "11385000.00", None)

    people = [encode_id("Person", _person(person)) for person in south.representatives]
    onward = {
        "templateVersionId": encode_id("DefinitionVersion", south.people_template),
        "unitId": encode_id("OrgUnit", south.provinces[0]),
        "total": None,
        "inputs": [],
        "parentGoalId": guangdong["id"],
        "participants": people,
    }
    below = await ask(hr, CREATE, input=plan_input(south, **onward))
    await ask(hr, PUBLISH, input={"planId": below["id"], "version": 1})
    representative = south.representatives[1]
    (own,) = [edge["node"] for edge in (await ask(representative, GOALS))["edges"]]
    assert (own["owner"], own["target"], own["state"]) == ({"name": "代表1"}, "3795000.00", "PROPOSED")
    assert own["cycle"] == {"code": "2026"}
    assert own["parent"] is None, "an employee does not see the province's goal"
    assert [part["month"] for part in own["months"]][::11] == ["2026-01-01", "2026-12-01"]
    assert sum(Decimal(part["target"]) for part in own["months"]) == Decimal("3795000.00")

    for somebody in (hr, south.company.admin, south.guangdong_manager):
        refused = await ask(somebody, CONFIRM, input={"goalId": own["id"], "version": own["version"]})
        assert refused["code"] == "NOT_YOUR_GOAL"
    confirmed = await ask(representative, CONFIRM, input={"goalId": own["id"], "version": own["version"]})
    assert confirmed == {"state": "CONFIRMED", "version": 2}

    found = await ask(hr, EXPLAIN, id=guangdong["id"])
    assert (found["value"], found["suggested"], found["holds"]) == ("11385000.00", "9900000.00", True)
    assert found["adjustments"] == [{"kind": "TUNED", "amount": "1485000.00", "reason": "三家医院换代"}]
    assert [factor["contribution"] for factor in found["factors"]] == ["6000000.00", "2700000.00", "1200000.00"]
    clear = await ask(representative, CLEAR, id=own["id"])
    derivation = {key: clear["derivation"][key] for key in ("kind", "contributions", "adjustment")}
    assert derivation == {"kind": "plan_node", "contributions": {"equal": "3795000.00"}, "adjustment": "0.00"}
    # Of three peers the values would name two: neither rank nor names, but the own.
    assert (clear["value"], clear["rank"], clear["peers"]) == ("3795000.00", None, [{"name": "代表1"}])
    why = await ask(representative, EXPLAIN, id=own["id"])
    assert (why["value"], why["average"], why["holds"]) == ("3795000.00", "3795000.00", True)
    assert await ask(hr, RECONCILE, id=plan["id"]) == {
        "holds": True,
        "levels": [
            {
                "depth": 0,
                "total": "30000000.00",
                "assigned": "31485000.00",
                "gap": "-1485000.00",
                "residual": "0.00",
            },
            {"depth": 1, "total": "11385000.00", "assigned": "11385000.00", "gap": "0.00", "residual": "0.00"},
        ],
    }

    other = await make_south("另一家公司")
    foreign = {"goal": own["id"], "plan": plan["id"], "node": nodes[0]["id"], "explain": guangdong["id"]}
    for field, global_id in foreign.items():
        query = f"query ($id: ID!) {{ {field}(id: $id) {{ __typename }} }}"
        assert await ask(other.company.hr, query, id=global_id) is None
    assert await ask(other.company.hr, RECONCILE, id=plan["id"]) is None
    assert (await ask(other.company.hr, GOALS))["edges"] == []
    assert (await ask(other.company.hr, CONFIRM, input={"goalId": own["id"], "version": 2}))["code"] == "NOT_FOUND"


async def test_a_cycle_is_made_once_and_found_as_a_node(south: South, ask: Ask) -> None:
    create = f"mutation ($input: CreateCycleInput!) {{ createCycle(input: $input) {{ ... on Cycle {{ id code }} {PROBLEM} }} }}"
    given = {"code": "2027", "name": "2027 年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}
    made = await ask(south.company.hr, create, input=given)
    assert (await ask(south.company.hr, create, input=given))["code"] == "CYCLE_EXISTS"
    node = await ask(south.manager, "query ($id: ID!) { node(id: $id) { ... on Cycle { code } } }", id=made["id"])
    assert node == {"code": "2027"}
    listed = await ask(south.manager, "{ cycles(first: 1) { edges { node { code } } pageInfo { hasNextPage } } }")
    assert listed == {"edges": [{"node": {"code": "2026"}}], "pageInfo": {"hasNextPage": True}}


def _person(actor: Actor) -> UUID:
    assert actor.person_id is not None
    return actor.person_id
