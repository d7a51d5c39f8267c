"""Lists of plans, nodes, months and roll-ups come in pages of at most a hundred, and a draft node shows its months (A4, N1)."""

from datetime import date
from typing import Any

import pytest

from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import SubjectId, why_can
from support.asking import Ask, first_code
from support.country import Country
from support.matrices import grant, more, published
from support.portraits_made import VALUES, Gate
from support.south import PEOPLE_BODY, South, published_template

WINDOW = "skip: $skip, first: $first"
PREVIEW = f"""query ($input: CreatePlanInput!, $skip: Int, $first: Int) {{ previewPlan(input: $input, {WINDOW}) {{
  total gap nodes {{ name suggested months {{ target }} }} }} }}"""
SCENARIO = f"""query ($input: PreviewScenarioInput!, $skip: Int, $first: Int) {{ previewScenario(input: $input, {WINDOW}) {{
  deltas {{ name value suggested }} preview {{ nodes {{ name }} }} }} }}"""
COMPARE = f"""query ($ids: [ID!]!, $skip: Int, $first: Int) {{ comparePlans(planIds: $ids, {WINDOW}) {{
  nodes {{ name values }} plans {{ assigned fairness {{ loads {{ share }} }} }} }} }}"""
RECONCILE = f"""query ($id: ID!, $skip: Int, $first: Int) {{ reconcile(planId: $id, {WINDOW}) {{
  holds levels {{ plans nodes }} plans {{ planId depth }} }} }}"""
MANAGERS = f"query ($id: ID!, $skip: Int, $first: Int) {{ creditByManager(periodId: $id, {WINDOW}) {{ key }} }}"
UNITS = f"query ($id: ID!, $skip: Int, $first: Int) {{ creditByUnit(periodId: $id, {WINDOW}) {{ key }} }}"
NODES = """query ($id: ID!) { plan(id: $id) { nodes { edges { node {
  name value months { month target } goal { months { month target } } } } } } }"""
GOALS = "{ goals(first: 9) { edges { node { id version } } } }"
WRONG = ((0, 101, "PAGE_SIZE_INVALID"), (0, 0, "PAGE_SIZE_INVALID"), (-1, 5, "SKIP_INVALID"))


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    return Gate(south, ask, south.template, "")


async def refused(ask: Ask, planner: Gate, document: str, **given: Any) -> None:
    """See that no page has more than a hundred rows, none, or a beginning before the first."""
    otherwise = Ask(ask.engine, ask.ground, otherwise=first_code)
    for skip, first, code in WRONG:
        assert await otherwise(planner.hr, document, **given, skip=skip, first=first) == code


async def test_previews_and_comparisons_show_the_children_behind_skip(planner: Gate, ask: Ask) -> None:
    plan = await planner.plan()
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=plan, title="加码", total="33000000.00"))["id"]
    changes = {"planId": plan, "total": "33000000.00"}
    for document, given in (
        (PREVIEW, {"input": planner.input()}),
        (SCENARIO, {"input": changes}),
        (COMPARE, {"ids": [plan, scenario]}),
    ):
        await refused(ask, planner, document, **given)
    found = await ask(planner.hr, PREVIEW, input=planner.input(), skip=3, first=1)
    assert [(node["name"], node["suggested"], len(node["months"])) for node in found["nodes"]] == [("湖南", VALUES[3], 12)]
    assert (found["total"], found["gap"]) == ("30000000.00", "0.00"), "the sums are of all children"
    found = await ask(planner.hr, SCENARIO, input=changes, skip=3, first=1)
    assert found["deltas"] == [{"name": "湖南", "value": VALUES[3], "suggested": "5280000.00"}]
    assert [node["name"] for node in found["preview"]["nodes"]] == ["湖南"]
    found = await ask(planner.hr, COMPARE, ids=[plan, scenario], skip=3, first=5)
    assert [(node["name"], node["values"]) for node in found["nodes"]] == [
        ("湖南", [VALUES[3], "5280000.00"]),
        ("海南", [VALUES[4], "4455000.00"]),
    ]
    assert [(each["assigned"], len(each["fairness"]["loads"])) for each in found["plans"]] == [
        ("30000000.00", 2),
        ("33000000.00", 2),
    ]


async def test_a_page_of_a_comparison_has_the_loads_of_its_children_alone(planner: Gate, ask: Ask) -> None:
    people = [encode_id("Person", actor.person_id) for actor in planner.south.representatives if actor.person_id]
    template = await published_template(planner.south.company, "pairs", PEOPLE_BODY)
    asked = {
        "templateVersionId": encode_id("DefinitionVersion", template),
        "unitId": encode_id("OrgUnit", planner.south.provinces[0]),
        "total": "900.00",
    }
    plans = [await planner.plan(**asked, title=part[0][-12:], participants=part, inputs=[]) for part in (people[:2], people[1:3])]
    for skip, there in enumerate(([1, 0], [1, 1], [0, 1])):
        found = await ask(planner.hr, COMPARE, ids=plans, skip=skip, first=1)
        assert [value is not None for value in found["nodes"][0]["values"]] == [bool(each) for each in there]
        assert [len(plan["fairness"]["loads"]) for plan in found["plans"]] == there


async def test_a_reconciliation_counts_all_plans_and_lists_those_behind_skip(country: Country, ask: Ask) -> None:
    planner = Gate(country.south, ask, country.units, "")
    run = await country.run()
    await planner.does("publishRun", "PlanRun { id }", runId=encode_id("PlanRun", run.id), version=run.version)
    plans = await ask.nodes(planner.hr, "{ plans(first: 9) { edges { node { id depth } } } }")
    # Both were made at one moment, so that nothing but their depth says which is above.
    (top, below) = sorted(plans, key=lambda plan: plan["depth"])
    await refused(ask, planner, RECONCILE, id=top["id"])
    found = await ask(planner.hr, RECONCILE, id=top["id"], skip=1, first=1)
    assert found == {
        "holds": True,
        "levels": [{"plans": 1, "nodes": 5}, {"plans": 1, "nodes": 4}],
        "plans": [{"planId": below["id"], "depth": 1}],
    }


async def test_the_faults_of_a_plan_are_counted_and_listed_behind_skip(planner: Gate, ask: Ask) -> None:
    plan = await planner.plan()
    await planner.does("publishPlan", "Plan { id }", planId=plan, version=1)
    for place, goal in enumerate(await ask.nodes(planner.hr, GOALS)):
        revised = {"goalId": goal["id"], "version": goal["version"], "target": f"{place + 1}.00", "reason": "追减"}
        assert "code" not in await planner.does("reviseGoal", "Goal { id }", **revised)
    document = """query ($id: ID!, $skip: Int, $first: Int) { reconcile(planId: $id) { plans {
      faultCount faults(skip: $skip, first: $first) { code difference } } } }"""
    await refused(ask, planner, document, id=plan)
    (found,) = (await ask(planner.hr, document, id=plan, skip=0, first=100))["plans"]
    assert (found["faultCount"], {each["code"] for each in found["faults"]}) == (5, {"GOAL_TARGET"})
    (page,) = (await ask(planner.hr, document, id=plan, skip=3, first=1))["plans"]
    assert page == {"faultCount": 5, "faults": found["faults"][3:4]}
    assert len({each["difference"] for each in found["faults"]}) == 5


async def test_a_draft_s_node_shows_the_months_that_its_goal_will_have(planner: Gate, ask: Ask) -> None:
    """By season, by the ramp of who is new, by the days of who came late, and after a tuning."""
    season = ["0.5"] * 6 + ["1.5"] * 6
    body = PEOPLE_BODY | {"seasonality": season, "ramp": [{"below_months": 6, "percent": "50"}]}
    people = [encode_id("Person", actor.person_id) for actor in planner.south.representatives if actor.person_id]
    async with tenant_transaction(planner.hr):
        newcomer = planner.south.representatives[2].person_id
        await execute("update person set hired_on = $2 where id = $1", newcomer, date(2026, 1, 1))
    for key, template in (("even", PEOPLE_BODY), ("seasonal", body)):
        asked = {
            "templateVersionId": encode_id("DefinitionVersion", await published_template(planner.south.company, key, template)),
            "unitId": encode_id("OrgUnit", planner.south.provinces[0]),
            "participants": people,
            "inputs": [{"childId": people[0], "presentFrom": "2026-07-01"}],
            "total": "1000.01",
            "title": key,
        }
        plan = await planner.plan(**asked)
        before = [edge["node"] for edge in (await ask(planner.hr, NODES, id=plan))["nodes"]["edges"]]
        for node in before:
            assert [month["month"] for month in node["months"]] == [f"2026-{month:02}-01" for month in range(1, 13)]
            assert sum(int(month["target"].replace(".", "")) for month in node["months"]) == int(node["value"].replace(".", ""))
            assert node["goal"] is None
        assert [month["target"] for month in before[0]["months"]][:6] == ["0.00"] * 6
        await planner.does("publishPlan", "Plan { id }", planId=plan, version=1)
        after = [edge["node"] for edge in (await ask(planner.hr, NODES, id=plan))["nodes"]["edges"]]
        assert [node["goal"]["months"] for node in after] == [node["months"] for node in before]
        assert [node["months"] for node in after] == [node["months"] for node in before]


async def test_months_are_hidden_with_the_value_that_they_add_up_to(planner: Gate, ask: Ask) -> None:
    """As a matrix that hid the value before nodes had months still says it."""
    plan = await planner.plan()
    shown = (await ask(planner.hr, NODES, id=plan))["nodes"]["edges"][0]["node"]
    assert (shown["value"], len(shown["months"])) == (VALUES[0], 12)
    hidden = grant("plan:read", fields=["PlanNode.value"], effect="DENY")
    await published(planner.south.company.admin, more("hr", hidden))
    node = (await ask(planner.hr, NODES, id=plan))["nodes"]["edges"][0]["node"]
    assert (node["name"], node["value"], node["months"]) == (shown["name"], None, None)
    system, hr = planner.south.company.system, planner.hr
    async with tenant_transaction(system):
        first = await fetch_value("select id from plan_node order by ordinal limit 1")
        subject = SubjectId(membership_id=hr.membership_id)
        why = await why_can(system, permission="plan:read", subject=subject, type_name="PlanNode", object_id=first)
    assert why.hidden == ("PlanNode.months", "PlanNode.value")


async def test_roll_ups_of_credit_refuse_a_page_of_more_than_a_hundred(planner: Gate, ask: Ask) -> None:
    for document in (MANAGERS, UNITS):
        await refused(ask, planner, document, id=encode_id("BonusPeriod", planner.south.cycle))
