"""Scenarios: branched, edited beside the live plan, compared, promoted at once; the live plan untouched until then (A7, C51)."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, NotFound
from plumb_tenants.decomposition.comparing import PlansDiffer
from plumb_tenants.decomposition.linting import PaddingAboveCap
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.decomposition.promoting import PlanReplaced, ScenarioGoalSplit, ScenarioStale
from plumb_tenants.decomposition.publishing import ScenarioNotPublished
from plumb_tenants.decomposition.scenarios import NotAScenario, ScenarioOfScenario, ScenarioTitleInvalid
from plumb_tenants.decomposition.service import (
    ChildTerms,
    ScenarioChanges,
    branch_plan,
    compare_plans,
    explain_goal,
    list_nodes,
    promote_scenario,
    reconcile_plan,
)
from plumb_tenants.goals.service import GoalFilter, list_goals, revise_goal
from plumb_tenants.negotiations.service import Rating, rate_goal
from support.matrices import less, published
from support.refusals import in_full, refusing
from support.south import UNITS_BODY, South, published_template

VALUES = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]


async def branched(south: South, plan: Plan, **changes: Any) -> tuple[Plan, list[PlanNode]]:
    async with tenant_transaction(south.company.hr):
        scenario = await branch_plan(south.company.hr, plan_id=plan.id, title="加码情景", changes=ScenarioChanges(**changes))
        return scenario, await list_nodes(south.company.hr, plan_id=scenario.id)


async def promoted(south: South, scenario: Plan, *, version: int = 1, origin_version: int = 1) -> Plan:
    async with tenant_transaction(south.company.hr):
        return await promote_scenario(south.company.hr, plan_id=scenario.id, version=version, origin_version=origin_version)


async def rows(south: South, plan: Plan) -> list[dict[str, Any]]:
    async with tenant_transaction(south.company.hr):
        return await fetch(
            "select id, value, suggested, version, goal_id from plan_node where plan_id = $1 order by ordinal", plan.id
        )


async def test_what_cannot_be_branched_or_promoted_is_refused_and_nothing_is_written(south: South) -> None:
    plan, _ = await south.plan()
    hr = south.company.hr
    for changes, error in (
        ({"padding_percent": Decimal(1)}, PaddingAboveCap),
        ({"inputs": {uuid4(): {}}}, NotFound),
        ({"template_version_id": uuid4()}, NotFound),
    ):
        with pytest.raises(error):
            await branched(south, plan, **changes)
    async with tenant_transaction(hr):
        with pytest.raises(ScenarioTitleInvalid):
            await branch_plan(hr, plan_id=plan.id, title=" ")
        with pytest.raises(NotAScenario):
            await promote_scenario(hr, plan_id=plan.id, version=1, origin_version=1)
    async with tenant_transaction(south.manager):
        with pytest.raises(Forbidden):
            await branch_plan(south.manager, plan_id=plan.id, title="情景")
    assert (await south.count("plan"), await south.count("plan_node")) == (1, 5)


async def test_a_copy_has_the_tunings_and_may_be_tuned_while_the_plan_stays_as_it_is(south: South) -> None:
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    before = await rows(south, plan)
    scenario, copies = await branched(south, plan)
    assert [node.value for node in copies] == [row["value"] for row in before]
    assert (copies[0].reason, scenario.state, scenario.branch_of) == ("三家医院换代", "SCENARIO", plan.id)
    await south.tune(south.manager, copies[1], "6900000.00")
    assert await rows(south, plan) == before
    async with tenant_transaction(south.company.hr):
        with pytest.raises(ScenarioOfScenario):
            await branch_plan(south.company.hr, plan_id=scenario.id, title="情景的情景")
    with pytest.raises(ScenarioNotPublished):
        await south.publish(scenario, version=2)


async def test_changed_parameters_show_the_delta_of_each_node_before_anything_is_live(south: South) -> None:
    weights = [factor | {"weight": weight} for factor, weight in zip(UNITS_BODY["factors"], ("60", "20", "20"), strict=True)]
    template = await published_template(south.company, "tuned", UNITS_BODY | {"factors": weights})
    plan, _ = await south.plan()
    scenario, _ = await branched(south, plan, template_version_id=template)
    async with tenant_transaction(south.company.hr):
        found = await compare_plans(south.company.hr, [plan.id, scenario.id])
    assert [(node.name, str(node.deltas[1])) for node in found.nodes] == [
        ("广东", "300000.00"),
        ("福建", "0.00"),
        ("广西", "-150000.00"),
        ("湖南", "0.00"),
        ("海南", "-150000.00"),
    ]
    assert [(each.plan.total, each.assigned, each.gap) for each in found.plans] == [
        (Decimal("30000000.00"), Decimal("30000000.00"), Decimal("0.00"))
    ] * 2
    assert [str(each.fairness.dispersion) for each in found.plans] == ["0.341687", "0.367423"]
    assert [str(row["value"]) for row in await rows(south, plan)] == VALUES


async def test_ratings_from_below_stand_beside_the_plan_they_are_of_for_who_reads_its_goals(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    scenario, _ = await branched(south, plan)
    guangdong = (await rows(south, plan))[0]["goal_id"]

    async def shown() -> list[tuple[Rating | None, ...]]:
        async with tenant_transaction(south.company.hr):
            return [node.ratings for node in (await compare_plans(south.company.hr, [plan.id, scenario.id])).nodes]

    unrated = (Rating(None, None), None)
    for rater, score in zip(south.representatives, (1, 10, 6), strict=True):
        assert await shown() == [unrated] * 5
        async with tenant_transaction(rater):
            await rate_goal(rater, goal_id=guangdong, score=score)
    assert await shown() == [(Rating(3, Decimal("5.7")), None), *[unrated] * 4]
    await published(south.company.admin, less("hr", "goal:read"))
    assert await shown() == [(None, None)] * 5


async def test_figures_holds_and_the_total_are_laid_over_what_the_plan_was_made_of(south: South) -> None:
    plan, _ = await south.plan(terms={south.provinces[4]: ChildTerms(held=Decimal("3000000.00"))})
    scenario, nodes = await branched(south, plan, total=Decimal("15000000.00"))
    assert (scenario.total, nodes[4].value) == (Decimal("15000000.00"), Decimal("3000000.00"))
    _, free = await branched(south, plan, terms={south.provinces[4]: ChildTerms()})
    assert [str(node.value) for node in free] == VALUES
    more = {south.provinces[1]: {"potential": Decimal(0)}}
    _, moved = await branched(south, plan, inputs=more, terms={south.provinces[4]: ChildTerms()})
    assert moved[1].factors == {"potential": "0", "staff": "0.20", "priority": "0.2"}
    assert sum(node.value for node in moved) == Decimal("30000000.00")


async def test_a_draft_takes_over_the_scenario_at_once_and_keeps_its_ids(south: South) -> None:
    plan, nodes = await south.plan()
    scenario, copies = await branched(south, plan)
    await south.tune(south.manager, copies[0], "11385000.00")
    with pytest.raises(Conflict):
        await promoted(south, scenario)
    with pytest.raises(Conflict):
        await promoted(south, scenario, version=2, origin_version=2)
    live = await promoted(south, scenario, version=2)
    after = await rows(south, plan)
    assert (live.id, live.version, live.state) == (plan.id, 2, "DRAFT")
    assert [row["id"] for row in after] == [node.id for node in nodes]
    assert (after[0]["value"], after[0]["suggested"]) == (Decimal("11385000.00"), Decimal("9900000.00"))
    with pytest.raises(NotAScenario):
        await promoted(south, scenario, version=3, origin_version=2)
    async with tenant_transaction(south.company.hr):
        assert (await reconcile_plan(south.company.hr, plan.id)).holds


async def test_a_published_plan_is_replaced_and_its_goals_revised_for_their_owners_to_confirm(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    scenario, copies = await branched(south, plan)
    await south.tune(south.manager, copies[0], "11385000.00")
    live = await promoted(south, scenario, version=2, origin_version=2)
    hr = south.company.hr
    async with tenant_transaction(hr):
        goals = await list_goals(hr)
        why = await explain_goal(hr, goals[0].id)
        old, new = [await reconcile_plan(hr, each.id) for each in (plan, live)]
    assert (live.id, live.state) == (scenario.id, "PUBLISHED")
    assert [(goal.target, goal.number) for goal in goals[:2]] == [(Decimal("11385000.00"), 2), (Decimal("6000000.00"), 1)]
    assert (why.plan_id, why.value, why.holds) == (scenario.id, Decimal("11385000.00"), True)
    assert (old.holds, new.holds, new.plans[0].gap) == (True, True, Decimal("-1485000.00"))


async def test_of_two_scenarios_of_a_published_plan_one_takes_its_place(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    (first, _), (second, copies) = await branched(south, plan), await branched(south, plan)
    await south.tune(south.manager, copies[0], "11385000.00")
    live = await promoted(south, first, origin_version=2)
    with pytest.raises(PlanReplaced) as replaced:
        await promoted(south, second, version=2, origin_version=2)
    assert f"replaced by {first.title}. Branch {first.title}" in in_full(replaced.value)
    again, copies = await branched(south, live)
    await south.tune(south.manager, copies[0], "11385000.00")
    await promoted(south, again, version=2, origin_version=2)
    async with tenant_transaction(south.company.hr):
        assert [goal.target for goal in await list_goals(south.company.hr)][:2] == [
            Decimal("11385000.00"),
            Decimal("6000000.00"),
        ]


async def test_a_goal_that_was_revised_or_split_on_is_not_moved_by_a_scenario_and_nothing_is(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    scenario, copies = await branched(south, plan)
    for place, value in ((1, "6900000.00"), (0, "11385000.00")):
        await south.tune(south.manager, copies[place], value)
    hr = south.company.hr
    goal = (await rows(south, plan))[0]["goal_id"]
    onward = {"unit_id": south.provinces[0], "template_version_id": south.people_template, "parent_goal_id": goal}
    below, _ = await south.plan(**onward, total=None, inputs={})
    await south.publish(below)
    with pytest.raises(ScenarioGoalSplit) as split:
        await promoted(south, scenario, version=3, origin_version=2)
    assert "销售额" in in_full(split.value)
    again, moved = await branched(south, plan)
    await south.tune(south.manager, moved[1], "6900000.00")
    async with tenant_transaction(hr):
        fujian = (await list_goals(hr, where=GoalFilter(unit_id=south.provinces[1])))[0]
        await revise_goal(hr, goal_id=fujian.id, version=fujian.version, target=Decimal("6100000.00"), reason="市场变化")
    with refusing(ScenarioStale, match=r"6100000\.00.*branchPlan"):
        await promoted(south, again, version=2, origin_version=2)
    async with tenant_transaction(hr):
        targets = await fetch("select count(*) from goal_version")
    assert targets[0]["count"] == 5 + 4 + 1
    # What both refusals name: branched anew, with the goal that is split on held at what it is.
    held = {south.provinces[0]: ChildTerms(held=Decimal("9900000.00"))}
    last, _ = await branched(south, plan, total=Decimal("31000000.00"), terms=held)
    live = await promoted(south, last, version=1, origin_version=2)
    async with tenant_transaction(hr):
        after = {goal.unit_id: goal.target for goal in await list_goals(hr) if goal.owner_id is None}
    assert [after[unit] for unit in south.provinces] == [row["value"] for row in await rows(south, live)]
    assert (sum(after.values()), after[south.provinces[0]]) == (Decimal("31000000.00"), Decimal("9900000.00"))


async def test_plans_of_different_units_are_not_compared(south: South) -> None:
    plan, _ = await south.plan()
    own = {"template_version_id": south.people_template, "unit_id": south.provinces[0], "inputs": {}}
    other, _ = await south.plan(**own, total=Decimal("1000.00"))
    async with tenant_transaction(south.company.hr):
        for ids in ([], [plan.id] * 7, [plan.id, other.id]):
            with pytest.raises(PlansDiffer):
                await compare_plans(south.company.hr, ids)
        with pytest.raises(NotFound):
            await compare_plans(south.company.hr, [uuid4()])
