"""A run that was not published is discarded over the API with its plans, on record, and begun anew under the same id (C34)."""

from asyncio import gather
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.service import RunMethod
from support.asking import Ask
from support.country import Country
from support.decomposition_made import work_off
from support.matrices import grant, more, published
from support.portraits_made import Gate, change

RUN = "query ($id: ID!) { planRun(id: $id) { state version total levelsDone nodes weeks refusedCode } }"
AUDIT = """{ auditEntries(first: 20, where: {action: {eq: "plan_run.discard"}}) { edges { node { objectId before } } } }"""
PLANS = "{ plans(first: 100) { edges { node { id title state depth } } } }"
NODES = "{ plans { edges { node { depth nodes(first: 100) { edges { node { id version value } } } } } } }"
GONE = "DiscardedRun { runId title plans nodes }"
_MOVED = "update org_unit set parent_id = $2 where id = $1 returning id"
TABLES = ("plan_run", "plan", "plan_node", "plan_week")


@pytest.fixture
def planner(country: Country, ask: Ask) -> Gate:
    return Gate(country.south, ask, country.units, "")


async def discard(planner: Gate, run: str, version: int, **more: Any) -> Any:
    return await planner.does("discardRun", GONE, runId=run, version=version, **more)


async def stands(country: Country) -> list[int]:
    return [await country.south.count(table) for table in TABLES]


async def test_what_is_published_stale_out_of_reach_or_branched_from_is_not_discarded(country: Country, planner: Gate) -> None:
    run = await country.run()
    own, before = encode_id("PlanRun", run.id), await stands(country)
    refused = await discard(planner, own, run.version + 1)
    assert (refused["code"], await stands(country)) == ("CONFLICT", before)
    await published(planner.south.company.admin, more("manager", grant("plan:write", "SUBTREE")))
    for by, code in ((planner.south.representatives[0], "FORBIDDEN"), (planner.south.guangdong_manager, "NOT_FOUND")):
        assert (await discard(planner, own, run.version, by=by))["code"] == code
    plan = (await country.nodes(run.id))[0]["plan_id"]
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=encode_id("Plan", plan), title="加码"))["id"]
    refused = await discard(planner, own, run.version)
    assert (refused["code"], refused["field"], "加码" in refused["message"]) == ("PLAN_HAS_SCENARIOS", "runId", True)
    await planner.does("discardPlan", "DiscardedPlan { planId }", planId=scenario, version=1)
    assert "code" not in await planner.does("publishRun", "PlanRun { id }", runId=own, version=run.version)
    for locale, said in (("zh-CN", "不能重新计算或丢弃"), ("en", "neither computed again nor discarded")):
        ask = planner.ask.in_language(locale)  # type: ignore[arg-type]  # both are locales
        refused = await ask(planner.hr, change("discardRun", GONE), input={"runId": own, "version": run.version + 1})
        assert (refused["code"], refused["field"], said in refused["message"]) == ("RUN_PUBLISHED", "runId", True)
    assert await stands(country) == before
    assert await planner.ask.nodes(planner.south.company.admin, AUDIT) == []


async def test_a_run_goes_with_plans_nodes_weeks_and_promoted_scenarios_and_the_audit_says_what_it_was(
    country: Country, planner: Gate
) -> None:
    run = await country.run()
    own, plan = encode_id("PlanRun", run.id), (await country.nodes(run.id))[0]["plan_id"]
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=encode_id("Plan", plan), title="加码"))["id"]
    promoted = await planner.does("promoteScenario", "Plan { id }", planId=scenario, version=1, originVersion=1)
    assert promoted["id"] == encode_id("Plan", plan)
    gone = await discard(planner, own, run.version)
    assert gone == {"runId": own, "title": run.title, "plans": 2, "nodes": 9}
    assert await stands(country) == [0, 0, 0, 0]
    assert (await discard(planner, own, run.version))["code"] == "NOT_FOUND"
    (entry,) = await planner.ask.nodes(planner.south.company.admin, AUDIT)
    told = {key: entry["before"][key] for key in ("state", "total", "method", "plans", "nodes")}
    assert told == {"state": "DONE", "total": "30000000.00", "method": "TOP_DOWN", "plans": 2, "nodes": 9}


async def test_a_run_begun_anew_is_worked_on_and_nobody_takes_it_for_the_one_before(country: Country, planner: Gate) -> None:
    """The id is the same: its jobs are others, and what was seen of the one before changes nothing of it."""
    seen: list[int] = []
    for total in ("1000.00", "2000.00", "3000.00"):
        started = await planner.does("startRun", "PlanRun { id version state }", **country.asked(total=total))
        assert await work_off(planner.south.company.system, UUID(started["id"].partition("_")[2])) == 2
        run = await planner.ask(planner.hr, RUN, id=started["id"])
        assert (run["state"], run["total"], run["nodes"]) == ("DONE", total, 9)
        for version in seen:
            stale = {"runId": started["id"], "version": version}
            assert (await planner.does("publishRun", "PlanRun { id }", **stale))["code"] == "CONFLICT"
        seen += range(started["version"], run["version"] + 1)
        assert (await discard(planner, started["id"], run["version"]))["nodes"] == 9
    assert len(set(seen)) == len(seen)


async def test_a_number_of_a_discarded_run_is_not_tuned_in_the_one_begun_anew(country: Country, planner: Gate) -> None:
    """The nodes come again under their ids: who saw one before tunes it only after they have looked again."""
    seen: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for total in ("1000.00", "1010.00"):
        started = await planner.does("startRun", "PlanRun { id }", **country.asked(total=total))
        await work_off(planner.south.company.system, UUID(started["id"].partition("_")[2]))
        plans = await planner.ask.nodes(planner.hr, NODES)
        seen, nodes = nodes, [each["node"] for plan in plans for each in plan["nodes"]["edges"]]
        for before in seen:
            stale = {"nodeId": before["id"], "version": before["version"], "value": before["value"], "reason": "旧页面"}
            refused = await planner.does("tunePlanNode", "PlanNode { id }", **stale)
            assert (refused["code"], before["id"] in {each["id"] for each in nodes}) == ("CONFLICT", True)
        now = {"nodeId": nodes[0]["id"], "version": nodes[0]["version"], "value": nodes[0]["value"], "reason": "新页面"}
        assert await planner.does("tunePlanNode", "PlanNode { version }", **now) == {"version": nodes[0]["version"] + 1}
        version = (await planner.ask(planner.hr, RUN, id=started["id"]))["version"]
        assert (await discard(planner, started["id"], version))["nodes"] == 9
    assert len(seen) == 9


async def test_a_job_of_a_discarded_run_finds_nothing_to_do(country: Country, planner: Gate) -> None:
    started = await planner.does("startRun", "PlanRun { id version }", **country.asked())
    assert (await discard(planner, started["id"], started["version"]))["plans"] == 0
    assert await work_off(planner.south.company.system, UUID(started["id"].partition("_")[2])) == 1
    assert await stands(country) == [0, 0, 0, 0]


async def test_a_plan_that_left_the_run_stays_a_draft_of_its_own(country: Country, planner: Gate) -> None:
    run = await country.run()
    below = next(node["plan_id"] for node in await country.nodes(run.id) if node["depth"] == 1)
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=encode_id("Plan", below), title="加码"))["id"]
    async with tenant_transaction(planner.hr):
        await fetch(_MOVED, country.south.provinces[0], None)
    again = await country.run()
    assert (await discard(planner, encode_id("PlanRun", run.id), again.version))["plans"] == 1
    left = {(each["id"], each["state"], each["depth"]) for each in await planner.ask.nodes(planner.hr, PLANS)}
    assert left == {(encode_id("Plan", below), "DRAFT", 0), (scenario, "SCENARIO", 0)}
    published = await planner.does("publishPlan", "Plan { state }", planId=encode_id("Plan", below), version=2)
    assert published == {"state": "PUBLISHED"}
    async with tenant_transaction(planner.hr):
        await fetch(_MOVED, country.south.provinces[0], country.south.unit)
    refused = await planner.does("startRun", "PlanRun { id }", **country.asked())
    assert (refused["code"], refused["field"], await country.south.count("plan_run")) == ("RUN_PLAN_PUBLISHED", "unitId", 0)


async def test_of_a_publishing_and_a_discarding_at_one_moment_the_second_is_told_of_the_first(
    country: Country, planner: Gate
) -> None:
    for method in RunMethod.TOP_DOWN, RunMethod.BOTTOM_UP:
        held = {
            encode_id("Person", each.person_id or UUID(int=0))
            for each in (*planner.south.representatives, planner.south.guangdong_manager)
        }
        held |= {encode_id("OrgUnit", each) for each in planner.south.provinces[1:]}
        given: dict[str, Any] = {"method": method.value}
        if method is RunMethod.BOTTOM_UP:
            given |= {"total": None, "inputs": [{"childId": each, "held": "1.00"} for each in sorted(held)]}
        started = await planner.does("startRun", "PlanRun { id }", **country.asked(**given))
        await work_off(planner.south.company.system, UUID(started["id"].partition("_")[2]))
        version = (await planner.ask(planner.hr, RUN, id=started["id"]))["version"]
        goals = await country.south.count("goal")
        out, gone = await gather(
            planner.does("publishRun", "PlanRun { state }", runId=started["id"], version=version),
            discard(planner, started["id"], version),
        )
        made = await country.south.count("goal") - goals
        if "code" in out:
            assert (out["code"], gone["nodes"], made) == ("NOT_FOUND", 9, 0)
        else:
            assert (out["state"], gone["code"], made) == ("PUBLISHED", "CONFLICT", 9)


async def test_the_same_new_run_started_twice_at_one_moment_is_one_run(country: Country, planner: Gate) -> None:
    started = await gather(*(planner.does("startRun", "PlanRun { id version }", **country.asked()) for _ in range(3)))
    assert {each["id"] for each in started} == {started[0]["id"]}
    assert sorted(each["version"] for each in started) == [1, 2, 3]
    await work_off(planner.south.company.system, UUID(started[0]["id"].partition("_")[2]))
    assert await stands(country) == [1, 2, 9, 8 * 53]
    nodes = await country.nodes(UUID(started[0]["id"].partition("_")[2]))
    assert sum((node["value"] for node in nodes if node["depth"] == 0), Decimal(0)) == Decimal("1000.00")
