"""An annual goal through all levels: exact sums, the same ids again, weekly plans, and the ways from top and bottom (C34)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, NotFound
from plumb_tenants.decomposition.models import Plan, PlanRun
from plumb_tenants.decomposition.planning import PlanTotalDiffers, PlanTotalMissing
from plumb_tenants.decomposition.publishing import PlanPublishedWithRun
from plumb_tenants.decomposition.rules import NothingToSplitOver
from plumb_tenants.decomposition.run_comparing import RunsDiffer
from plumb_tenants.decomposition.run_standing import RunPlanPublished, RunPublished
from plumb_tenants.decomposition.run_tree import CommitmentMissing
from plumb_tenants.decomposition.runs import RunLevelInvalid, RunNotDone, TemplatesDiffer
from plumb_tenants.decomposition.service import (
    ChildTerms,
    RunMethod,
    branch_plan,
    compare_runs,
    continue_run,
    list_nodes,
    promote_scenario,
    publish_plan,
    publish_run,
    reconcile_plan,
    start_run,
    tune_node,
)
from plumb_tenants.decomposition.weighing import FactorInputMissing
from support.companies import make_company
from support.country import Country
from support.decomposition_made import work_off
from support.refusals import refusing


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"total": None}, PlanTotalMissing),
        ({"unit_id": uuid4()}, NotFound),
        ({"cycle_id": uuid4()}, NotFound),
        ({"units_version_id": uuid4()}, NotFound),
        ({"inputs": {uuid4(): {}}}, NotFound),
        ({"method": RunMethod.BOTTOM_UP}, CommitmentMissing),
        ({"parent_goal_id": uuid4()}, NotFound),
    ],
)
async def test_a_run_that_cannot_be_is_refused_and_nothing_is_written(
    country: Country, changes: Mapping[str, Any], error: type[Exception]
) -> None:
    hr = country.south.company.hr
    with pytest.raises(error):
        async with tenant_transaction(hr):
            await start_run(hr, country.request(**changes))
    for table in ("plan_run", "plan", "plan_node", "outbox"):
        assert await country.south.count(table) == 0


async def test_a_region_without_data_is_named_before_anything_is_written(country: Country) -> None:
    hr = country.south.company.hr
    async with tenant_transaction(hr):
        with refusing(FactorInputMissing, match="海南"):
            inputs = {unit: row for unit, row in country.south.inputs.items() if unit != country.south.provinces[4]}
            await start_run(hr, country.request(units_version_id=country.south.template, inputs=inputs))
        with refusing(CommitmentMissing, match="林经理") as missing:
            said = {country.south.guangdong_manager.person_id: ChildTerms(present_until=date(2026, 6, 30))}
            await start_run(hr, country.request(method=RunMethod.BOTTOM_UP, total=None, terms=said))
        assert missing.value.field == "inputs[0].held"
        with pytest.raises(TemplatesDiffer):
            await start_run(hr, country.request(units_version_id=country.people))
        with pytest.raises(NothingToSplitOver):
            await start_run(hr, country.request(unit_id=country.south.provinces[1]))
    assert await country.south.count("plan_run") == 0


async def test_a_manager_may_not_start_a_run(country: Country) -> None:
    async with tenant_transaction(country.south.manager):
        with pytest.raises(Forbidden):
            await start_run(country.south.manager, country.request())


async def test_an_annual_goal_reaches_every_level_and_week_with_exact_sums(country: Country) -> None:
    run = await country.run(units_version_id=country.south.template, inputs=country.south.inputs)
    assert (run.state, run.levels, run.levels_done, run.nodes) == ("DONE", 2, 2, 9)
    nodes = await country.nodes(run.id)
    assert [str(node["value"]) for node in nodes] == [
        *["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"],
        *["2475000.00"] * 4,
    ]
    async with tenant_transaction(country.south.company.hr):
        weeks = await fetch(
            "select node_id, sum(target) as total, count(*) as weeks, min(week) as first from plan_week group by 1"
        )
        assert (await reconcile_plan(country.south.company.hr, nodes[0]["plan_id"])).holds
    # Four people of Guangdong, and the four provinces without people; the province that is split on has none of its own.
    assert {row["node_id"]: row["total"] for row in weeks} == {node["id"]: node["value"] for node in nodes[1:]}
    assert {(row["weeks"], row["first"]) for row in weeks} == {(53, date(2025, 12, 29))}
    assert run.weeks == 8 * 53


async def test_a_rerun_gives_the_same_ids_and_another_total_new_values(country: Country) -> None:
    first = await country.run()
    before = await country.nodes(first.id)
    again = await country.run(total=Decimal("15000000.00"))
    after = await country.nodes(again.id)
    assert again.id == first.id
    assert [(node["id"], node["plan_id"]) for node in after] == [(node["id"], node["plan_id"]) for node in before]
    assert [node["value"] * 2 for node in after] == [node["value"] for node in before]
    async with tenant_transaction(country.south.company.hr):
        # Written over, not deleted and written again: what was shown of the first run is out of date. Versions of a level below
        # begin behind those that another life of the run may have shown.
        assert {node["version"] for node in await fetch("select version from plan_node")} == {2, 1002}
        assert await fetch_value("select sum(target) from plan_week") == Decimal("15000000.00")


async def test_publishing_a_run_makes_goals_of_all_levels_each_below_the_other_and_once(country: Country) -> None:
    run, hr = await country.run(), country.south.company.hr
    async with tenant_transaction(hr):
        await publish_run(hr, run_id=run.id, version=run.version)
    nodes = await country.nodes(run.id)
    goals = [node["goal_id"] for node in nodes]
    async with tenant_transaction(hr):
        parents = {row["id"]: row["parent_id"] for row in await fetch("select id, parent_id from goal")}
        assert (await reconcile_plan(hr, nodes[0]["plan_id"])).holds
        published = await PlanRun.get(id=run.id)
        with pytest.raises(RunPublished):
            await publish_run(hr, run_id=run.id, version=published.version)
        with pytest.raises(RunPublished):
            await start_run(hr, country.request())
    assert [parents[goal] for goal in goals] == [*[None] * 5, *[goals[0]] * 4]
    assert published.state == "PUBLISHED"


async def test_a_run_may_be_published_by_its_last_job(country: Country) -> None:
    run = await country.run(publish=True)
    assert (run.state, await country.south.count("goal")) == ("PUBLISHED", 9)


async def test_a_scenario_promoted_over_a_published_plan_of_a_run_keeps_the_weeks_that_have_begun(country: Country) -> None:
    run, hr = await country.run(publish=True), country.south.company.hr
    nodes = await country.nodes(run.id)
    plan, moved = nodes[-1]["plan_id"], set[tuple[UUID, date]]()
    before = await _weeks(country, plan)
    for at, value, version, first in (
        (datetime(2026, 6, 3, 4, tzinfo=UTC), "1600000.00", 2, date(2026, 6, 8)),
        # The weeks that have begun hold more than this; the last one takes it back.
        (datetime(2026, 12, 21, 4, tzinfo=UTC), "1350000.00", 3, date(2026, 12, 28)),
        (datetime(2027, 1, 5, 4, tzinfo=UTC), "1500000.00", 3, date(2026, 12, 28)),
    ):
        with clock_at(at):
            async with tenant_transaction(hr):
                scenario = await branch_plan(hr, plan_id=plan, title="加码")
                node = (await list_nodes(hr, plan_id=scenario.id))[0]
                await tune_node(hr, node_id=node.id, version=1, value=Decimal(value), reason="加码")
                live = await promote_scenario(hr, plan_id=scenario.id, version=2, origin_version=version)
        after = await _weeks(country, live.id)
        moved = {key for key, target in after.items() if target != before[key]}
        assert (set(after), min(week for _, week in moved), {key[0] for key in moved}) == (
            set(before),
            first,
            {nodes[5]["goal_id"]},
        )
        assert sum(target for (goal, _), target in after.items() if goal == nodes[5]["goal_id"]) == Decimal(value)
        plan, before = live.id, after
    assert len(moved) == 1
    async with tenant_transaction(hr):
        assert await fetch_value("select count(*) from plan_week") == run.weeks


async def _weeks(country: Country, plan: UUID) -> dict[tuple[UUID, date], Decimal]:
    async with tenant_transaction(country.south.company.hr):
        rows = await fetch(
            "select n.goal_id, w.week, w.target from plan_week w join plan_node n on n.id = w.node_id where n.plan_id = $1", plan
        )
    return {(row["goal_id"], row["week"]): row["target"] for row in rows}


async def test_a_waterfall_waits_after_each_level_and_carries_the_tunings_down(country: Country) -> None:
    south, hr = country.south, country.south.company.hr
    run = await country.run(method=RunMethod.WATERFALL)
    assert (run.state, run.levels_done) == ("WAITING", 1)
    async with tenant_transaction(hr):
        with pytest.raises(RunNotDone):
            await publish_run(hr, run_id=run.id, version=run.version)
        with pytest.raises(Conflict):
            await continue_run(hr, run_id=run.id, version=run.version - 1, level=1)
        with pytest.raises(RunLevelInvalid):
            await continue_run(hr, run_id=run.id, version=run.version, level=2)
    guangdong = (await country.nodes(run.id))[0]
    async with tenant_transaction(hr):
        await tune_node(hr, node_id=guangdong["id"], version=1, value=Decimal("6600000.00"), reason="三家医院换代")
        await continue_run(hr, run_id=run.id, version=run.version, level=1)
    await work_off(hr, run.id)
    people = {node["person_id"]: str(node["value"]) for node in await country.nodes(run.id) if node["person_id"]}
    assert list(people.values()) == ["1650000.00"] * 4
    assert (await country.read(run.id)).state == "DONE"
    assert south.representatives[0].person_id in people


async def test_a_tuning_that_was_not_carried_down_stops_the_publishing_and_then_is(country: Country) -> None:
    run, hr = await country.run(), country.south.company.hr
    guangdong, fujian = (await country.nodes(run.id))[:2]
    for node in (guangdong, fujian):
        async with tenant_transaction(hr):
            await tune_node(hr, node_id=node["id"], version=1, value=Decimal("6600000.00"), reason="三家医院换代")
    async with tenant_transaction(hr):
        assert await fetch_value("select sum(target) from plan_week where node_id = $1", fujian["id"]) == Decimal("6600000.00")
    with pytest.raises(PlanTotalDiffers):
        async with tenant_transaction(hr):
            await publish_run(hr, run_id=run.id, version=run.version)
    assert await country.south.count("goal") == 0
    async with tenant_transaction(hr):
        await continue_run(hr, run_id=run.id, version=run.version, level=1)
    await work_off(hr, run.id)
    async with tenant_transaction(hr):
        await publish_run(hr, run_id=run.id, version=(await PlanRun.get(id=run.id)).version)
        assert (await reconcile_plan(hr, guangdong["plan_id"])).holds


async def test_commitments_add_up_from_the_bottom_and_are_reconciled_with_the_top(country: Country) -> None:
    south, hr = country.south, country.south.company.hr
    staff = [south.guangdong_manager, *south.representatives]
    terms = {person.person_id: ChildTerms(held=Decimal(amount)) for person, amount in zip(staff, (1, 2, 3, 4), strict=True)}
    terms |= {unit: ChildTerms(held=Decimal("5.50")) for unit in south.provinces[1:]}
    bottom = await country.run(method=RunMethod.BOTTOM_UP, total=None, terms=terms)
    top = await country.run(total=Decimal("30.00"))
    assert (bottom.total, bottom.state) == (Decimal("32.00"), "DONE")
    nodes = await country.nodes(bottom.id)
    assert [str(node["value"]) for node in nodes] == ["10.00", *["5.50"] * 4, "1.00", "2.00", "3.00", "4.00"]
    async with tenant_transaction(hr):
        found = await compare_runs(hr, first_id=top.id, second_id=bottom.id)
        assert (await reconcile_plan(hr, nodes[0]["plan_id"])).holds
    assert [(level.depth, level.first, level.second, level.difference) for level in found.levels] == [
        (0, Decimal("30.00"), Decimal("32.00"), Decimal("2.00")),
        (1, Decimal("6.00"), Decimal("10.00"), Decimal("4.00")),
    ]
    assert [(each.name, str(each.difference)) for each in found.children[:2]] == [("广东", "4.00"), ("福建", "-0.50")]
    other = await country.run(unit_id=south.company.units["HQ"])
    async with tenant_transaction(hr):
        with pytest.raises(RunsDiffer):
            await compare_runs(hr, first_id=top.id, second_id=other.id)


async def test_somebody_who_leaves_the_tree_leaves_the_run(country: Country) -> None:
    first = await country.run()
    async with tenant_transaction(country.south.company.system):
        await execute("update person set active = false where unit_id = $1", country.south.provinces[0])
    again = await country.run()
    assert (again.id, again.nodes, len(await country.nodes(again.id))) == (first.id, 5, 5)


async def test_a_plan_of_a_run_is_not_published_by_itself_and_the_run_still_is(country: Country) -> None:
    run, hr = await country.run(), country.south.company.hr
    nodes = await country.nodes(run.id)
    async with tenant_transaction(hr):
        for plan in {node["plan_id"] for node in nodes}:
            with pytest.raises(PlanPublishedWithRun, match=f"publishRun, runId: PlanRun_{run.id}"):
                await publish_plan(hr, plan_id=plan, version=1)
    assert (await country.nodes(run.id), await country.south.count("goal")) == (nodes, 0)
    async with tenant_transaction(hr):
        assert (await publish_run(hr, run_id=run.id, version=run.version)).state == "PUBLISHED"
    assert await country.south.count("goal") == 9


async def test_a_plan_that_left_its_run_and_was_published_stops_the_run(country: Country) -> None:
    first, hr, system = await country.run(), country.south.company.hr, country.south.company.system
    guangdong = (await country.nodes(first.id))[-1]["plan_id"]
    move = "update person set active = $2 where unit_id = $1"
    async with tenant_transaction(hr):
        await branch_plan(hr, plan_id=guangdong, title="情景")
    async with tenant_transaction(system):
        await execute(move, country.south.provinces[0], False)
    first = await country.run()
    async with tenant_transaction(system):
        await execute(move, country.south.provinces[0], True)
    async with tenant_transaction(hr):
        await start_run(hr, country.request(total=Decimal("15000000.00")))
        await publish_plan(hr, plan_id=guangdong, version=(await Plan.get(id=guangdong)).version)
    with refusing(RunPlanPublished, match="广东") as late:
        await work_off(hr, first.id)
    with refusing(RunPlanPublished, match="广东") as refused:
        async with tenant_transaction(hr):
            await start_run(hr, country.request(total=Decimal("20000000.00")))
    assert (refused.value.field, late.value.field) == ("unitId", "runId")
    assert await country.south.count("goal") == 4


async def test_a_run_of_another_company_is_not_found(country: Country) -> None:
    run, other = await country.run(), (await make_company("另一家公司")).hr
    async with tenant_transaction(other):
        with pytest.raises(NotFound):
            await publish_run(other, run_id=run.id, version=run.version)
        with pytest.raises(NotFound):
            await compare_runs(other, first_id=run.id, second_id=run.id)
