"""A draft plan and an open scenario are discarded over the API, on record; what is published or was promoted stays (A7)."""

from asyncio import gather
from typing import Any

import pytest

from plumb_platform.settings import Settings
from plumb_schema.ground.ids import decode_id
from support.asking import Ask
from support.country import Country
from support.forced import by_force
from support.portraits_made import VALUES, Gate, change
from support.south import South

PLANS = "{ plans(first: 100) { edges { node { id title state nodes { edges { node { value } } } } } } }"
AUDIT = """{ auditEntries(first: 20, where: {action: {eq: "plan.discard"}}) { edges { node { action objectId before } } } }"""
GONE = "DiscardedPlan { planId title nodes }"


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    return Gate(south, ask, south.template, "")


async def stands(planner: Gate) -> list[tuple[str, str, int]]:
    """Return the plans that there are, with how many nodes each has."""
    found = await planner.ask.nodes(planner.hr, PLANS)
    return [(each["title"], each["state"], len(each["nodes"]["edges"])) for each in found]


async def discard(planner: Gate, plan: str, version: int = 1, **more: Any) -> Any:
    return await planner.does("discardPlan", GONE, planId=plan, version=version, **more)


async def test_what_is_published_stale_out_of_reach_or_branched_from_is_not_discarded(planner: Gate) -> None:
    live = await planner.plan(title="正式")
    await planner.does("publishPlan", "Plan { id }", planId=live, version=1)
    draft = await planner.plan(title="草稿")
    await planner.does("branchPlan", "Plan { id }", planId=draft, title="加码")
    before = await stands(planner)
    assert before == [("正式", "PUBLISHED", 5), ("草稿", "DRAFT", 5), ("加码", "SCENARIO", 5)]
    refused = await discard(planner, live, 2)
    assert (refused["code"], refused["field"]) == ("PLAN_PUBLISHED", "planId")
    for locale, said in (("zh-CN", "加码"), ("en", "were branched from this plan: 加码")):
        ask = planner.ask.in_language(locale)  # type: ignore[arg-type]  # both are locales
        refused = await ask(planner.hr, change("discardPlan", GONE), input={"planId": draft, "version": 1})
        assert (refused["code"], refused["field"], said in refused["message"]) == ("PLAN_HAS_SCENARIOS", "planId", True)
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=live, title="减码"))["id"]
    assert (await discard(planner, scenario, 7))["code"] == "CONFLICT"
    employee = planner.south.representatives[0]
    assert (await discard(planner, scenario, by=employee))["code"] == "FORBIDDEN"
    below = await planner.does("discardPlan", GONE, by=planner.south.guangdong_manager, planId=scenario, version=1)
    assert below["code"] in {"NOT_FOUND", "FORBIDDEN"}
    assert await stands(planner) == [*before, ("减码", "SCENARIO", 5)]
    assert await planner.ask.nodes(planner.south.company.admin, AUDIT) == []


async def test_a_scenario_and_then_its_draft_go_with_their_nodes_and_the_audit_says_what_they_were(planner: Gate) -> None:
    draft = await planner.plan(title="草稿")
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=draft, title="加码"))["id"]
    assert await discard(planner, scenario) == {"planId": scenario, "title": "加码", "nodes": 5}
    assert await stands(planner) == [("草稿", "DRAFT", 5)]
    assert [node["value"] for node in await planner.nodes(draft)] == VALUES
    assert await discard(planner, draft) == {"planId": draft, "title": "草稿", "nodes": 5}
    assert (await stands(planner), await planner.south.count("plan_node")) == ([], 0)
    assert (await discard(planner, draft))["code"] == "NOT_FOUND"
    entries = await planner.ask.nodes(planner.south.company.admin, AUDIT)
    assert sorted((each["before"]["title"], each["before"]["state"], each["before"]["total"]) for each in entries) == [
        ("加码", "SCENARIO", "30000000.00"),
        ("草稿", "DRAFT", "30000000.00"),
    ]


async def test_a_promoted_scenario_stays_while_its_draft_does_and_goes_with_it(planner: Gate) -> None:
    draft = await planner.plan(title="草稿")
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=draft, title="加码", total="31000000.00"))["id"]
    await planner.does("promoteScenario", "Plan { id }", planId=scenario, version=1, originVersion=1)
    refused = await discard(planner, scenario, 2)
    assert (refused["code"], refused["field"]) == ("SCENARIO_PROMOTED", "planId")
    assert len(await stands(planner)) == 2
    assert (await discard(planner, draft, 2))["nodes"] == 5
    assert await stands(planner) == []


async def test_scenarios_of_promoted_scenarios_from_before_these_were_refused_go_with_their_draft(
    planner: Gate, settings: Settings
) -> None:
    draft = await planner.plan(title="草稿")
    (promoted, below) = [
        (await planner.does("branchPlan", "Plan { id }", planId=draft, title=title))["id"] for title in ("转正", "再分")
    ]
    await planner.does("promoteScenario", "Plan { id }", planId=promoted, version=1, originVersion=1)
    ids = [decode_id(each, "Plan", field="id") for each in (promoted, below)]
    await by_force(settings, "update plan set branch_of = $1 where id = $2", *ids)
    refused = await discard(planner, draft, 2)
    assert (refused["code"], "再分" in refused["message"]) == ("PLAN_HAS_SCENARIOS", True)
    await by_force(settings, "update plan set state = 'PROMOTED' where id = $1", ids[1])
    assert (await discard(planner, draft, 2))["nodes"] == 5
    assert (await stands(planner), await planner.south.count("plan_node")) == ([], 0)


async def test_a_plan_of_a_run_goes_on_with_its_run(country: Country, ask: Ask) -> None:
    planner = Gate(country.south, ask, country.units, "")
    await country.run()
    plans = await planner.ask.nodes(planner.hr, PLANS)
    refused = await discard(planner, plans[0]["id"])
    assert (refused["code"], refused["field"]) == ("PLAN_OF_RUN", "planId")
    assert await planner.ask.nodes(planner.hr, PLANS) == plans


async def test_of_a_branch_and_a_discard_at_one_moment_the_second_is_told_of_the_first(planner: Gate) -> None:
    for _ in range(4):
        draft = await planner.plan(title="草稿")
        branch, gone = await gather(
            planner.does("branchPlan", "Plan { id }", planId=draft, title="加码"), discard(planner, draft)
        )
        if "code" in branch:
            assert (branch["code"], gone["nodes"]) == ("NOT_FOUND", 5)
        else:
            assert gone["code"] == "PLAN_HAS_SCENARIOS"
