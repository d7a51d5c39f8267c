"""Publishing a plan: once, frozen, with its gap accepted; each node a goal, down to the people, to the cent (N1, D6)."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.planning import ParentGoalDiffers, PlanTotalDiffers
from plumb_tenants.decomposition.service import (
    GoalAlreadySplit,
    PlanHasGap,
    PlanPublished,
    reconcile_plan,
)
from plumb_tenants.goals.service import GoalFilter, GoalRow, ParentNotOpen, list_goals, withdraw_goal
from plumb_tenants.people.service import deactivate_person
from support.asking import Ask
from support.refusals import in_full
from support.south import South

PUBLISH = "mutation ($input: PublishPlanInput!) { publishPlan(input: $input) { ... on Plan { state } ... on Problem { code } } }"
ENTRIES = """{ auditEntries(first: 9, where: {action: {eq: "plan.publish"}}) { edges { node { objectId after } } } }"""
VALUES = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]


async def goals_of(south: South, **where: Any) -> list[GoalRow]:
    async with tenant_transaction(south.company.hr):
        return await list_goals(south.company.hr, where=GoalFilter(**where))


async def test_a_gap_that_is_not_accepted_stops_the_publishing(south: South) -> None:
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    with pytest.raises(PlanHasGap) as refused:
        await south.publish(plan, version=2, accept_gap=False)
    assert in_full(refused.value) == "The parts differ from the total by -1485000.00; accept the gap to publish."
    assert await south.count("goal") == 0


async def test_a_manager_cannot_publish(south: South) -> None:
    plan, _ = await south.plan()
    with pytest.raises(Forbidden):
        await south.publish(plan, actor=south.manager)


async def test_a_plan_is_published_once_and_then_frozen(south: South) -> None:
    plan, nodes = await south.plan()
    await south.publish(plan)
    with pytest.raises(PlanPublished):
        await south.publish(plan, version=2)
    with pytest.raises(PlanPublished):
        await south.tune(south.company.hr, nodes[0], "9900000.00")
    assert await south.count("goal") == 5
    for sql in ("update plan set total = 1", "update plan_node set value = 1"):
        with pytest.raises(Exception, match="never change"):
            async with tenant_transaction(south.company.hr):
                await execute(sql)


async def test_publishing_is_an_entry_that_says_how_many_goals_of_what_total_and_what_gap(south: South, ask: Ask) -> None:
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "9800000.00")
    which = encode_id("Plan", plan.id)
    published = await ask(south.company.hr, PUBLISH, input={"planId": which, "version": 2, "acceptGap": True})
    assert published == {"state": "PUBLISHED"}
    (entry,) = await ask.nodes(south.company.admin, ENTRIES)
    assert entry == {"objectId": which, "after": {"goals": 5, "gap": "100000.00", "total": "30000000.00"}}


async def test_of_two_who_publish_at_once_one_is_refused(south: South) -> None:
    plan, _ = await south.plan()
    outcomes = await asyncio.gather(south.publish(plan), south.publish(plan), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Plan", "PlanPublished"]
    assert await south.count("goal") == 5


async def test_a_plan_with_somebody_who_has_left_since_is_not_published(south: South) -> None:
    onward = await south.onward()
    leaver = south.representatives[0].person_id
    assert leaver is not None
    async with tenant_transaction(south.company.hr):
        await deactivate_person(south.company.hr, person_id=leaver, version=1, reason="离职")
    before = await south.count("goal")
    with pytest.raises(DomainError) as refused:
        await south.publish(onward)
    assert (refused.value.code, await south.count("goal")) == ("PERSON_INACTIVE", before)


async def test_of_two_who_tune_at_once_one_is_refused(south: South) -> None:
    _, nodes = await south.plan()
    wishes = ((south.manager, "9000000.00"), (south.company.hr, "9500000.00"))
    tunings = [south.tune(actor, nodes[0], value) for actor, value in wishes]
    outcomes = await asyncio.gather(*tunings, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "PlanNode"]


async def test_the_main_job_reaches_every_representative_to_the_cent(south: South) -> None:
    plan, nodes = await south.plan(title="2026 年度销售额")
    await south.tune(south.manager, nodes[0], "11385000.00")
    await south.publish(plan, version=2)
    provinces = await goals_of(south, cycle_id=south.cycle)
    assert [(goal.unit_id, str(goal.target), goal.owner_id, goal.state) for goal in provinces] == [
        (unit, value, None, "PROPOSED") for unit, value in zip(south.provinces, ["11385000.00", *VALUES[1:]], strict=True)
    ]
    below, parts = await split_on(south, provinces[0].id)
    assert [str(part.value) for part in parts] == ["3795000.00", "3795000.00", "3795000.00"]
    await south.publish(below)
    owned = await goals_of(south, parent_id=provinces[0].id)
    assert [(goal.owner_id, str(goal.target), goal.title) for goal in owned] == [
        (person.person_id, "3795000.00", "销售额") for person in south.representatives
    ]
    assert [str(month) for month in owned[0].months] == ["316250.00"] * 12
    async with tenant_transaction(south.manager):
        found = await reconcile_plan(south.manager, plan.id)
    assert found.holds
    assert [(level.depth, level.nodes, str(level.total), str(level.gap)) for level in found.levels] == [
        (0, 5, "30000000.00", "-1485000.00"),
        (1, 3, "11385000.00", "0.00"),
    ]


async def split_on(south: South, goal_id: UUID, **changes: Any) -> Any:
    """Split Guangdong's goal over its representatives."""
    asked: dict[str, Any] = {
        "template_version_id": south.people_template,
        "unit_id": south.provinces[0],
        "total": None,
        "inputs": {},
    }
    people = [person.person_id for person in south.representatives]
    return await south.plan(**{**asked, "parent_goal_id": goal_id, "participants": people, **changes})


async def test_a_goal_is_split_in_its_own_unit_wholly_and_once(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    goal = (await goals_of(south))[0]
    with pytest.raises(PlanTotalDiffers) as differs:
        await split_on(south, goal.id, total=Decimal("9900000.01"))
    assert in_full(differs.value) == "The total 9900000.01 differs from the target 9900000.00 of the goal that is split."
    with pytest.raises(ParentGoalDiffers):
        await split_on(south, goal.id, unit_id=south.provinces[1], participants=None)
    first, _ = await split_on(south, goal.id)
    second, _ = await split_on(south, goal.id)
    await south.publish(first)
    with pytest.raises(GoalAlreadySplit):
        await south.publish(second)
    assert len(await goals_of(south, parent_id=goal.id)) == 3


async def test_reconciling_names_a_goal_whose_numbers_were_moved(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    async with tenant_transaction(south.company.system):
        await execute("update goal_version set target = target + 0.01 where target = 9900000.00")
    async with tenant_transaction(south.company.hr):
        found = await reconcile_plan(south.company.hr, plan.id)
    assert not found.holds
    assert {fault.code: fault.difference for fault in found.plans[0].faults} == {
        "GOAL_TARGET": Decimal("0.01"),
        "GOAL_MONTHS": Decimal("-0.01"),
    }


async def test_nothing_becomes_a_part_of_a_goal_that_was_withdrawn_after_it_was_planned(south: South) -> None:
    plan, _ = await south.plan()
    await south.publish(plan)
    goal = (await goals_of(south))[0]
    below, _ = await split_on(south, goal.id)
    async with tenant_transaction(south.company.hr):
        await withdraw_goal(south.company.hr, goal_id=goal.id, version=goal.version, reason="业务线裁撤")
    with pytest.raises(ParentNotOpen) as refused:
        await south.publish(below)
    assert refused.value.field == "planId"
    with pytest.raises(ParentNotOpen) as refused:
        await split_on(south, goal.id)
    assert refused.value.field == "parentGoalId"
    assert await goals_of(south, parent_id=goal.id) == []
