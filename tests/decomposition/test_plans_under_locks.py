"""A lock of goals holds off what plans would publish or revise; an administrator goes past it with a reason, on record (A13)."""

from typing import Any

import pytest

from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.country import Country
from support.portraits_made import Gate
from support.south import South

AUDIT = """{ auditEntries(first: 20, where: {action: {eq: "lock.bypass"}}) { edges { node { after } } } }"""
GOALS = "{ goals(first: 100, orderBy: [{field: TITLE}]) { edges { node { target } } } }"
WHY = "集团追加任务"


@pytest.fixture
def planner(south: South, ask: Ask) -> Gate:
    return Gate(south, ask, south.template, "")


async def locked(planner: Gate) -> None:
    cycle = encode_id("Cycle", planner.south.cycle)
    made = await planner.does("lockGoals", "GoalLock { id }", cycleId=cycle, covers="GOALS", reason="考核结算")
    assert "id" in made, made


async def targets(planner: Gate) -> list[str]:
    return sorted(each["target"] for each in await planner.ask.nodes(planner.hr, GOALS))


async def past(planner: Gate, name: str, shown: str, **given: Any) -> Any:
    """Do what a lock covers: refused without a reason, to who may not, and for an empty reason; then by an administrator."""
    before, admin = await targets(planner), planner.south.company.admin
    codes = [
        (await planner.does(name, shown, by=by, **given, **more)).get("code")
        for by, more in ((planner.hr, {}), (planner.hr, {"bypass": WHY}), (admin, {}), (admin, {"bypass": " "}))
    ]
    assert codes == ["GOALS_LOCKED", "FORBIDDEN", "GOALS_LOCKED", "LOCK_REASON_MISSING"]
    assert (await targets(planner), await planner.ask.nodes(admin, AUDIT)) == (before, [])
    done = await planner.does(name, shown, by=admin, **given, bypass=WHY)
    assert "code" not in done, done
    entries = [each["after"] for each in await planner.ask.nodes(admin, AUDIT)]
    assert {(each["reason"], each["locked_because"], each["covers"]) for each in entries} == {(WHY, "考核结算", "GOALS")}
    return done


async def test_a_plan_is_published_past_a_lock_by_an_administrator_alone(planner: Gate) -> None:
    plan = await planner.plan()
    await locked(planner)
    assert await past(planner, "publishPlan", "Plan { state }", planId=plan, version=1) == {"state": "PUBLISHED"}
    assert len(await targets(planner)) == 5


async def test_a_scenario_is_promoted_over_a_published_plan_past_a_lock(planner: Gate) -> None:
    plan = await planner.plan()
    await planner.does("publishPlan", "Plan { id }", planId=plan, version=1)
    scenario = (await planner.does("branchPlan", "Plan { id }", planId=plan, title="加码", total="33000000.00"))["id"]
    await locked(planner)
    given = {"planId": scenario, "version": 1, "originVersion": 2}
    assert await past(planner, "promoteScenario", "Plan { state }", **given) == {"state": "PUBLISHED"}
    assert sum(int(each.replace(".", "")) for each in await targets(planner)) == 3_300_000_000


async def test_a_run_is_published_past_a_lock(country: Country, ask: Ask) -> None:
    planner = Gate(country.south, ask, country.units, "")
    run = await country.run()
    await locked(planner)
    given = {"runId": encode_id("PlanRun", run.id), "version": run.version}
    assert await past(planner, "publishRun", "PlanRun { state }", **given) == {"state": "PUBLISHED"}


async def test_a_late_report_gives_its_part_past_a_lock(gate: Gate) -> None:
    for code in ("HN0", "HN1", "HN2", "HN3"):
        await gate.report(code)
    plan = await gate.plan()
    await gate.does("publishPlan", "Plan { id }", planId=plan, version=1)
    await gate.report("HN4")
    await locked(gate)
    await past(gate, "unblockPlan", "Plan { state }", planId=plan, version=2)
    assert len(await targets(gate)) == 5
