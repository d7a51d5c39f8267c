"""Why a number is what it is: factors and steps that add up, the average, and the number computed again (C91, N2, A6)."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import Forbidden, NotFound
from plumb_schema.ground.ids import encode_id
from plumb_tenants.decomposition.explanation import AdjustmentKind, Explanation
from plumb_tenants.decomposition.models import PlanNode
from plumb_tenants.decomposition.service import explain_goal, explain_node
from plumb_tenants.goals.service import NewVersion, list_goals, replace_version, revise_goal
from support.asking import Ask
from support.south import UNITS_BODY, South, make_south, published_template

EXPLAIN = """query ($id: ID!) { explain(id: $id) {
  metric unitOfMeasure value suggested aboveAverage replayed holds adjustments { kind amount } } }"""


async def explained(south: South, node: PlanNode) -> Explanation:
    async with tenant_transaction(south.company.hr):
        return await explain_node(south.company.hr, node.id)


async def published_people(south: South) -> list[UUID]:
    """Split 100.00 over the three representatives, publish it, and return the goals in their order."""
    people = [person.person_id for person in south.representatives]
    asked: dict[str, Any] = {"template_version_id": south.people_template, "unit_id": south.provinces[0], "inputs": {}}
    plan, _ = await south.plan(**asked, total=Decimal("100.00"), participants=people)
    await south.publish(plan)
    async with tenant_transaction(south.company.hr):
        return [goal.id for goal in await list_goals(south.company.hr)]


async def test_a_stranger_s_goal_is_not_explained(south: South) -> None:
    goals = await published_people(south)
    other = await make_south("另一家公司")
    for actor in (south.representatives[1], other.company.hr):
        async with tenant_transaction(actor):
            with pytest.raises(NotFound):
                await explain_goal(actor, goals[0])
    async with tenant_transaction(south.representatives[0]):
        with pytest.raises(Forbidden):
            await explain_node(south.representatives[0], uuid4())


async def test_an_employee_sees_why_their_own_goal_is_higher(south: South) -> None:
    goals = await published_people(south)
    async with tenant_transaction(south.representatives[0]):
        found = await explain_goal(south.representatives[0], goals[0])
    assert (found.value, found.average, found.above_average) == (Decimal("33.34"), Decimal("33.33"), Decimal("0.01"))
    assert (found.children, found.holds) == (3, True)


async def test_contributions_and_the_tuning_add_up_to_the_target(south: South) -> None:
    _, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    found = await explained(south, nodes[0])
    assert [(f.key, str(f.share), str(f.average_share), str(f.contribution)) for f in found.factors] == [
        ("potential", "0.400000", "0.200000", "6000000.00"),
        ("staff", "0.300000", "0.200000", "2700000.00"),
        ("priority", "0.200000", "0.200000", "1200000.00"),
    ]
    assert [(step.kind, step.amount, step.reason) for step in found.adjustments] == [
        (AdjustmentKind.TUNED, Decimal("1485000.00"), "三家医院换代")
    ]
    assert (found.value, found.suggested, found.equal_share) == (
        Decimal("11385000.00"),
        Decimal("9900000.00"),
        Decimal("6000000.00"),
    )
    assert (found.average, found.above_average) == (Decimal("6000000.00"), Decimal("5385000.00"))
    assert sum(part.amount for part in found.derivation.contributions) == found.value
    assert found.holds


async def test_a_rebalanced_sibling_is_explained_and_computed_again(south: South) -> None:
    template = await published_template(south.company, "balanced", UNITS_BODY | {"balance": "REBALANCE_SIBLINGS"})
    _, nodes = await south.plan(template_version_id=template)
    await south.tune(south.manager, nodes[0], "11385000.00")
    found = await explained(south, nodes[1])
    assert [(step.kind, str(step.amount)) for step in found.adjustments] == [(AdjustmentKind.REBALANCED, "-443283.58")]
    assert (str(found.value), found.holds) == ("5556716.42", True)
    assert sum(part.amount for part in found.derivation.contributions) == found.value


async def test_a_value_that_the_stored_figures_do_not_give_is_seen(south: South) -> None:
    _, nodes = await south.plan()
    async with tenant_transaction(south.company.system):
        await execute("update plan_node set value = value + 1 where id = $1", nodes[0].id)
    found = await explained(south, nodes[0])
    assert (found.holds, found.replayed) == (False, Decimal("9900000.00"))


async def test_a_formula_over_named_figures_is_replayed_from_those_figures(south: South) -> None:
    body = UNITS_BODY | {
        "inputs": ["历史月均", "行业基准值"],
        "factors": [
            {
                "key": "history",
                "name": "历史",
                "weight": "100.00",
                "source": "IF(历史月均 > 0,历史月均 * 1.2,行业基准值 * 0.8)",  # full-width punctuation, as people type it
            }
        ],
    }
    template = await published_template(south.company, "formula", body)
    figures = [{"历史月均": Decimal(10), "行业基准值": None}, {"历史月均": Decimal(0), "行业基准值": Decimal(10)}]
    inputs = dict(zip(south.provinces[:2], figures, strict=True))
    _, nodes = await south.plan(template_version_id=template, inputs=inputs, participants=south.provinces[:2])
    assert [str(node.value) for node in nodes] == ["18000000.00", "12000000.00"]
    assert nodes[0].factors == {"history": "12.0"}
    assert nodes[0].derivation["figures"] == {"历史月均": "10", "行业基准值": None}
    assert (await explained(south, nodes[1])).holds


async def test_a_revised_goal_keeps_the_step_from_its_plan(south: South) -> None:
    goals = await published_people(south)
    async with tenant_transaction(south.company.hr):
        await revise_goal(south.company.hr, goal_id=goals[0], version=1, target=Decimal("30.00"), reason="区域调整")
        found = await explain_goal(south.company.hr, goals[0])
        number = await fetch_value("select current_number from goal where id = $1", goals[0])
    assert number == 2
    assert [(step.kind, str(step.amount), step.reason) for step in found.adjustments] == [
        (AdjustmentKind.REVISED, "-3.34", "区域调整")
    ]
    assert (found.value, found.holds) == (Decimal("30.00"), True)


async def test_a_goal_whose_metric_was_replaced_is_explained_as_far_as_its_plan_goes(south: South, ask: Ask) -> None:
    """24 customers are not 33.34 yuan less 9.34: the split is told in its own unit, in which it adds up."""
    goals = await published_people(south)
    swap = NewVersion(target=Decimal(24), metric="新增客户数", unit_of_measure="家", source={"reason": "转向拓新"})
    async with tenant_transaction(south.company.hr):
        await revise_goal(south.company.hr, goal_id=goals[0], version=1, target=Decimal("30.00"), reason="区域调整")
        await replace_version(south.company.hr, goals[0], swap)
    found = await ask(south.representatives[0], EXPLAIN, id=encode_id("Goal", goals[0]))
    told = {"metric": "销售额", "unitOfMeasure": "元", "value": "33.34", "adjustments": []}
    assert found == told | {"suggested": "33.34", "aboveAverage": "0.01", "replayed": "33.34", "holds": True}


async def test_what_was_assigned_beyond_the_total_is_told_to_nobody_below(south: South) -> None:
    told = []
    for over in (False, True):
        world = await make_south()
        plan, nodes = await world.plan()
        await world.tune(world.company.hr, nodes[0], "11385000.00")
        if over:
            # 1,485,000 is assigned beyond the total already; a sibling's tuning assigns 900,000 more.
            await world.tune(world.company.hr, nodes[1], "6900000.00")
        await world.publish(plan, version=3 if over else 2)
        async with tenant_transaction(world.guangdong_manager):
            (goal,) = await list_goals(world.guangdong_manager)
            found = await explain_goal(world.guangdong_manager, goal.id)
        told.append((goal.target, found.total, found.average, found.above_average, found.children, found.factors, found.holds))
        async with tenant_transaction(world.guangdong_manager):
            with pytest.raises((Forbidden, NotFound)):
                await explain_node(world.guangdong_manager, nodes[1].id)
    assert told[0] == told[1]
    assert told[0][:4] == (Decimal("11385000.00"), Decimal("30000000.00"), Decimal("6000000.00"), Decimal("5385000.00"))
