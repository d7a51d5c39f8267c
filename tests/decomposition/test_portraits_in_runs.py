"""The portrait gate in runs through all levels: nothing below a blocked node, the same ids when its report came (C82, C34)."""

from typing import Any
from uuid import UUID

from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.run_ids import plan_id
from support.companies import add_unit
from support.country import EQUAL
from support.decomposition_made import work_off
from support.portraits_made import ALL_PLANS, GATE, PLAN, RECONCILE, RUN, Gate
from support.south import PEOPLE_BODY, UNITS_BODY, published_template

MESSAGES = "{ messages { edges { node { kind objectId zh } } } }"


async def plans_of(gate: Gate) -> list[dict[str, Any]]:
    """Return the plans of the company from the top down."""
    plans = [edge["node"] for edge in (await gate.ask(gate.hr, ALL_PLANS))["edges"]]
    return sorted(plans, key=lambda plan: int(plan["depth"]))


async def test_a_plan_that_somebody_branched_is_not_published_with_a_run_that_splits_for_its_unit_no_more(gate: Gate) -> None:
    people = await published_template(gate.south.company, "people-run", PEOPLE_BODY)
    open_, gated = [
        await published_template(gate.south.company, f"units-{key}", UNITS_BODY | {"factors": EQUAL} | more)
        for key, more in (("open", {}), ("gated", {"portrait": GATE}))
    ]
    asked: dict[str, Any] = {
        "cycleId": encode_id("Cycle", gate.south.cycle),
        "unitId": encode_id("OrgUnit", gate.south.unit),
        "peopleVersionId": encode_id("DefinitionVersion", people),
        "total": "30000000.00",
    }
    for code in ("HN1", "HN2", "HN3"):
        await gate.report(code)
    branched, run = "", dict[str, Any]()
    for units in (open_, gated):
        run = await gate.does("startRun", "PlanRun { id }", **asked, unitsVersionId=encode_id("DefinitionVersion", units))
        await work_off(gate.hr, UUID(run["id"].partition("_")[2]))
        if units == open_:
            branched = (await plans_of(gate))[1]["id"]
            await gate.does("branchPlan", "Plan { id }", planId=branched, title="加码")
    state = await gate.ask(gate.hr, RUN, id=run["id"])
    assert (state["nodes"], state["weeks"]) == (5, 3 * 53)
    await gate.does("publishRun", "PlanRun { state }", runId=run["id"], version=state["version"])
    assert await gate.south.count("goal") == 3
    left = await gate.ask(gate.hr, PLAN, id=branched)
    assert (left["state"], [edge["node"]["value"] for edge in left["nodes"]["edges"]]) == ("DRAFT", ["1500000.00"] * 4)


async def test_a_run_splits_on_below_all_but_the_blocked_and_gives_the_same_ids_when_the_report_has_come(gate: Gate) -> None:
    people = await published_template(gate.south.company, "people-run", PEOPLE_BODY)
    units = await published_template(gate.south.company, "units-run", UNITS_BODY | {"factors": EQUAL, "portrait": GATE})
    for code in ("HN1", "HN2", "HN3"):
        await gate.report(code)
    asked: dict[str, Any] = {
        "cycleId": encode_id("Cycle", gate.south.cycle),
        "unitId": encode_id("OrgUnit", gate.south.unit),
        "unitsVersionId": encode_id("DefinitionVersion", units),
        "peopleVersionId": encode_id("DefinitionVersion", people),
        "total": "30000000.00",
    }

    async def ran() -> tuple[Any, list[dict[str, Any]]]:
        run = await gate.does("startRun", "PlanRun { id }", **asked)
        await work_off(gate.hr, UUID(run["id"].partition("_")[2]))
        plans = await plans_of(gate)
        nodes = [edge["node"] for plan in plans for edge in plan["nodes"]["edges"]]
        return run["id"], nodes

    run, before = await ran()
    assert await gate.ask(gate.hr, RUN, id=run) == {"state": "DONE", "version": 3, "nodes": 5, "weeks": 3 * 53}
    assert [node["value"] for node in before] == ["0.00", *["6000000.00"] * 3, "0.00"]
    plan = (await plans_of(gate))[0]["id"]
    refused = await gate.unblock(plan)
    assert refused["code"] == "PLAN_OF_RUN"
    await gate.report("HN0")
    again, after = await ran()
    assert again == run
    assert [node["value"] for node in after] == [*["6000000.00"] * 4, "0.00", *["1500000.00"] * 4]
    kept = [[node["id"] for node in nodes[:5]] for nodes in (before, after)]
    assert kept[0] == kept[1]
    state = await gate.ask(gate.hr, RUN, id=run)
    assert (state["state"], state["nodes"], state["weeks"]) == ("DONE", 9, 7 * 53)
    await gate.does("publishRun", "PlanRun { state }", runId=run, version=state["version"])
    assert await gate.south.count("goal") == 8
    await gate.report("HN4")
    await gate.unblock(plan)
    assert (await gate.south.count("goal"), await gate.south.count("plan_week")) == (9, 8 * 53)
    async with tenant_transaction(gate.hr):
        assert await fetch_value("select sum(target) from plan_week") == 30000000


async def published_run(gate: Gate) -> tuple[dict[str, Any], str, UUID]:
    """Publish a run without the part of Guangdong, below which there is Guangzhou; return run, plan and Guangzhou."""
    south = gate.south
    inner = await add_unit(south.company, "GZ", "广州", parent=south.provinces[0])
    for person in (south.guangdong_manager, *south.representatives):
        async with tenant_transaction(south.company.system):
            await execute("update person set unit_id = $2 where id = $1", person.person_id, inner)
    people = await published_template(south.company, "people-run", PEOPLE_BODY)
    factors = [{"key": "own", "name": "本级", "weight": "100.00"}]
    units = await published_template(south.company, "units-run", UNITS_BODY | {"factors": factors, "portrait": GATE})
    for code in ("HN1", "HN2", "HN3", "HN4"):
        await gate.report(code)
    given = [
        {"childId": encode_id("OrgUnit", unit), "figures": [{"name": "own", "value": "1"}]} for unit in (*south.provinces, inner)
    ]
    asked: dict[str, Any] = {
        "cycleId": encode_id("Cycle", south.cycle),
        "unitId": encode_id("OrgUnit", south.unit),
        "unitsVersionId": encode_id("DefinitionVersion", units),
        "peopleVersionId": encode_id("DefinitionVersion", people),
        "total": "30000000.00",
        "inputs": given,
    }
    run = await gate.does("startRun", "PlanRun { id }", **asked)
    await work_off(gate.hr, UUID(run["id"].partition("_")[2]))
    plan = (await plans_of(gate))[0]["id"]
    state = await gate.ask(gate.hr, RUN, id=run["id"])
    await gate.does("publishRun", "PlanRun { state }", runId=run["id"], version=state["version"])
    return run, plan, inner


async def test_a_part_whose_levels_cannot_be_made_late_keeps_its_goal_and_whoever_started_the_run_is_told(gate: Gate) -> None:
    run, plan, _ = await published_run(gate)
    await add_unit(gate.south.company, "SZ", "深圳", parent=gate.south.provinces[0])
    for code in ("HN0", "GZ"):
        await gate.report(code)
    await gate.unblock(plan)
    assert (await gate.south.count("goal"), len(await plans_of(gate))) == (5, 1)
    told = [edge["node"] for edge in (await gate.ask(gate.hr, MESSAGES))["edges"]]
    assert [(each["kind"], each["objectId"]) for each in told] == [("plan_run.left", run["id"])]
    assert "“广东”迟到的目标未能继续向下拆解：“深圳”缺少因子“本级”的数据。" in told[0]["zh"]


async def test_a_report_that_comes_after_the_run_was_published_has_the_levels_below_made_in_the_same_run(gate: Gate) -> None:
    south, hr = gate.south, gate.hr
    run, plan, inner = await published_run(gate)
    assert (await south.count("goal"), len(await plans_of(gate))) == (4, 1)
    for code in ("HN0", "GZ"):
        await gate.report(code)
    await gate.unblock(plan)
    plans = await plans_of(gate)
    assert [[edge["node"]["value"] for edge in each["nodes"]["edges"]] for each in plans] == [
        ["6000000.00"] * 5,
        ["6000000.00"],
        ["1500000.00"] * 4,
    ]
    async with tenant_transaction(hr):
        rows = await fetch("select p.id, p.run_id, p.unit_id, p.state from plan p where p.depth > 0 order by p.depth")
        weeks = await fetch_value("select sum(w.target) from plan_week w")
        lines = await fetch_value("select count(*) from goal g join goal a on a.id = g.parent_id where g.owner_id is not null")
    own = UUID(run["id"].partition("_")[2])
    assert [(row["id"], row["run_id"], row["state"]) for row in rows] == [
        (plan_id(own, unit), own, "PUBLISHED") for unit in (south.provinces[0], inner)
    ]
    assert (weeks, lines) == (30000000, 4)
    state = await gate.ask(hr, RUN, id=run["id"])
    assert (state["state"], state["nodes"], state["weeks"]) == ("PUBLISHED", 5, 4 * 53)
    assert (await gate.ask(hr, RECONCILE, id=plan))["holds"]
    goals = await south.count("goal")
    await gate.unblock(plan)
    assert await south.count("goal") == goals == 10
