"""Runs that end in goals: who sets them off may publish, and goes past a lock of goals with a reason of their own (A13, C34)."""

from typing import Any
from uuid import UUID

import pytest

from plumb_platform.queue.worker_side import Outcome
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.country import Country
from support.decomposition_made import work_as_worker, work_off
from support.matrices import less, published
from support.portraits_made import Gate

RUN = "query ($id: ID!) { planRun(id: $id) { state version levelsDone refusedCode } }"
AUDIT = """query ($action: String!) { auditEntries(first: 40, where: {action: {eq: $action}}) { edges { node {
  actor after } } } }"""
WHY = "集团追加任务"


@pytest.fixture
def planner(country: Country, ask: Ask) -> Gate:
    return Gate(country.south, ask, country.units, "")


async def lock(planner: Gate) -> None:
    cycle = encode_id("Cycle", planner.south.cycle)
    made = await planner.does("lockGoals", "GoalLock { id }", cycleId=cycle, covers="GOALS", reason="考核")
    assert "id" in made, made


def publishing(country: Country, **changes: Any) -> dict[str, Any]:
    """Return what a run is asked by that publishes itself, unless the changes say otherwise."""
    return country.asked(**{"publish": True} | changes)


async def worked(planner: Gate, run: str) -> Any:
    await work_off(planner.south.company.system, UUID(run.partition("_")[2]))
    return await planner.ask(planner.hr, RUN, id=run)


async def test_a_run_that_would_end_at_a_lock_is_refused_before_anything_is_written(country: Country, planner: Gate) -> None:
    """Refused without a reason, to who may not, and for an empty reason."""
    await lock(planner)
    admin = planner.south.company.admin
    for by, more, code in (
        (planner.hr, {}, "GOALS_LOCKED"),
        (planner.hr, {"bypass": WHY}, "FORBIDDEN"),
        (planner.hr, {"bypass": WHY, "publish": False}, "FORBIDDEN"),
        (admin, {}, "GOALS_LOCKED"),
        (admin, {"bypass": " "}, "LOCK_REASON_MISSING"),
        (admin, {"bypass": "长" * 501}, "LOCK_REASON_MISSING"),
    ):
        refused = await planner.does("startRun", "PlanRun { id }", by=by, **publishing(country, **more))
        assert (refused.get("code"), "bypass" in more) == (code, code != "GOALS_LOCKED"), (more, refused)
    assert [await country.south.count(table) for table in ("plan_run", "outbox", "goal")] == [0, 0, 0]
    draft = await planner.does("startRun", "PlanRun { id }", **publishing(country, publish=False))
    assert (await worked(planner, draft["id"]))["state"] == "DONE"


async def test_a_run_is_published_at_its_end_past_a_lock_for_the_reason_of_who_started_it(
    country: Country, planner: Gate
) -> None:
    await lock(planner)
    admin = planner.south.company.admin
    started = await planner.does("startRun", "PlanRun { id }", by=admin, **publishing(country, bypass=f" {WHY} "))
    assert (await worked(planner, started["id"]))["state"] == "PUBLISHED"
    assert await country.south.count("goal") == 9
    entries = await planner.ask.nodes(admin, AUDIT, action="lock.bypass")
    assert {each["after"]["reason"] for each in entries} == {WHY}
    assert str(admin.membership_id) in {each["actor"]["membership"] for each in entries}
    (entry,) = await planner.ask.nodes(admin, AUDIT, action="plan_run.start")
    assert (entry["after"]["publish"], entry["after"]["bypass"]) == (True, f" {WHY} ")


async def test_a_waterfall_that_is_to_be_published_is_continued_by_who_may_publish_and_for_their_own_reason(
    country: Country, planner: Gate
) -> None:
    admin = planner.south.company.admin
    started = await planner.does("startRun", "PlanRun { id }", by=admin, **publishing(country, method="WATERFALL", bypass=WHY))
    run = await worked(planner, started["id"])
    assert (run["state"], run["levelsDone"]) == ("WAITING", 1)
    await lock(planner)
    onward = {"runId": started["id"], "version": run["version"], "level": 1}
    refused = await planner.does("continueRun", "PlanRun { id }", by=planner.hr, **onward, bypass=WHY)
    assert (refused["code"], refused["field"]) == ("FORBIDDEN", "bypass")
    await planner.does("continueRun", "PlanRun { id }", by=planner.hr, **onward)
    assert await work_as_worker(planner.south.company.system) == Outcome("decomposition.level", "failed")
    assert await country.south.count("goal") == 0, "the administrator's reason is not HR's"
    again = await planner.ask(planner.hr, RUN, id=started["id"])
    assert (again["state"], again["refusedCode"]) == ("FAILED", "GOALS_LOCKED")
    onward |= {"version": again["version"], "bypass": WHY}
    assert "code" not in await planner.does("continueRun", "PlanRun { id }", by=admin, **onward)
    assert ((await worked(planner, started["id"]))["state"], await country.south.count("goal")) == ("PUBLISHED", 9)


async def test_who_may_not_publish_does_not_continue_a_run_into_goals(country: Country, planner: Gate) -> None:
    started = await planner.does("startRun", "PlanRun { id }", **publishing(country, method="WATERFALL"))
    run = await worked(planner, started["id"])
    await published(planner.south.company.admin, less("hr", "plan:publish"))
    onward = {"runId": started["id"], "version": run["version"], "level": 1}
    assert (await planner.does("continueRun", "PlanRun { id }", **onward))["code"] == "FORBIDDEN"
    assert (await worked(planner, started["id"]), await country.south.count("goal")) == (run, 0)
    draft = await planner.does("startRun", "PlanRun { id }", **publishing(country, method="WATERFALL", publish=False))
    onward["version"] = (await worked(planner, draft["id"]))["version"]
    assert "code" not in await planner.does("continueRun", "PlanRun { id }", **onward)
    assert (await worked(planner, draft["id"]))["state"] == "DONE"


@pytest.mark.parametrize("lost", ["plan:publish", "plan:write"])
async def test_a_run_makes_no_goals_for_who_lost_the_right_meanwhile_and_goes_on_for_who_has_it(
    country: Country, planner: Gate, lost: str
) -> None:
    system, admin = planner.south.company.system, planner.south.company.admin
    started = await planner.does("startRun", "PlanRun { id }", **publishing(country))
    assert await work_as_worker(system) == Outcome("decomposition.level", "done")
    await published(admin, less("hr", lost))
    assert await work_as_worker(system) == Outcome("decomposition.level", "failed")
    run = await planner.ask(admin, RUN, id=started["id"])
    assert (run["state"], run["levelsDone"], run["refusedCode"]) == ("FAILED", 1, "PLAN_RUN_RIGHT_LOST")
    assert await country.south.count("goal") == 0
    (message,) = await planner.ask.nodes(admin, "{ messages { edges { node { kind objectId } } } }")
    assert message == {"kind": "plan_run.failed", "objectId": started["id"]}
    onward = {"runId": started["id"], "version": run["version"], "level": 1}
    assert "code" not in await planner.does("continueRun", "PlanRun { id }", by=admin, **onward)
    await work_off(system, UUID(started["id"].partition("_")[2]))
    assert (await planner.ask(admin, RUN, id=started["id"]))["state"] == "PUBLISHED"
    assert await country.south.count("goal") == 9


async def test_a_lock_is_not_passed_for_who_may_not_any_more(country: Country, planner: Gate) -> None:
    await lock(planner)
    admin = planner.south.company.admin
    started = await planner.does("startRun", "PlanRun { id }", by=admin, **publishing(country, bypass=WHY))
    await published(admin, less("company_admin", "goal:bypass"))
    assert await work_as_worker(planner.south.company.system) == Outcome("decomposition.level", "failed")
    run = await planner.ask(planner.hr, RUN, id=started["id"])
    assert (run["state"], run["levelsDone"], run["refusedCode"]) == ("FAILED", 0, "PLAN_RUN_RIGHT_LOST")
    assert await country.south.count("goal") == 0
