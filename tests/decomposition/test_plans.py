from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, NotFound
from plumb_tenants.decomposition.factors import InputUnknown
from plumb_tenants.decomposition.planning import ParentGoalDiffers, PlanTotalDiffers, PlanTotalMissing
from plumb_tenants.decomposition.rules import FactorInputMissing
from plumb_tenants.decomposition.service import (
    GoalAlreadySplit,
    PlanHasGap,
    PlanPublished,
    PlanTitleInvalid,
    create_plan,
    list_plans,
    preview_plan,
    reconcile_plan,
)
from plumb_tenants.decomposition.tuning import TuneOutsideBand, TuneReasonMissing
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.goals.rules import AmountInvalid
from plumb_tenants.goals.service import GoalFilter, GoalRow, list_goals
from support.south import UNITS_BODY, South, make_south, published_template

VALUES = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]


async def count(south: South, table: str) -> int:
    async with tenant_transaction(south.company.hr):
        return int(await fetch_value(f"select count(*) from {table}"))


async def goals_of(south: South, **where: Any) -> list[GoalRow]:
    async with tenant_transaction(south.company.hr):
        return await list_goals(south.company.hr, where=GoalFilter(**where))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"total": None}, PlanTotalMissing),
        ({"total": Decimal("0.001")}, AmountInvalid),
        ({"total": Decimal(10) ** 16}, AmountInvalid),
        ({"title": " "}, PlanTitleInvalid),
        ({"title": "x" * 201}, PlanTitleInvalid),
        ({"inputs": {}}, FactorInputMissing),
        ({"unit_id": uuid4()}, NotFound),
        ({"cycle_id": uuid4()}, NotFound),
        ({"template_version_id": uuid4()}, NotFound),
        ({"participants": [uuid4()]}, NotFound),
        ({"parent_goal_id": uuid4()}, NotFound),
    ],
)
async def test_a_wrong_request_is_refused_and_nothing_is_written(
    south: South, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await south.plan(**changes)
    assert (await count(south, "plan"), await count(south, "plan_node")) == (0, 0)


async def test_a_figure_of_a_stranger_and_a_misspelt_figure_are_refused(south: South) -> None:
    with pytest.raises(NotFound) as stranger:
        await south.plan(inputs={**south.inputs, uuid4(): {}})
    assert stranger.value.field == "inputs[5].childId"
    with pytest.raises(InputUnknown) as misspelt:
        await south.plan(inputs={**south.inputs, south.provinces[1]: {"potental": Decimal(1)}})
    assert misspelt.value.text("en") == (
        "福建 has a figure potental that the template does not use; it needs potential, priority, staff."
    )


async def test_ids_of_another_company_are_answered_like_random_ones(south: South) -> None:
    other = await make_south("另一家公司")
    plan, nodes = await other.plan()
    foreign = {"unit_id": other.unit, "cycle_id": other.cycle, "template_version_id": other.template}
    for name, value in foreign.items():
        with pytest.raises(NotFound) as for_foreign:
            await south.plan(**{name: value})
        with pytest.raises(NotFound) as for_random:
            await south.plan(**{name: uuid4()})
        assert (for_foreign.value.field, str(for_foreign.value)) == (for_random.value.field, str(for_random.value))
    with pytest.raises(NotFound):
        await south.publish(plan)
    with pytest.raises(NotFound):
        await south.tune(south.company.hr, nodes[0], "9900000.00")
    async with tenant_transaction(south.company.hr):
        with pytest.raises(NotFound):
            await reconcile_plan(south.company.hr, plan.id)
        assert await list_plans(south.company.hr) == []


async def test_an_employee_and_a_manager_cannot_create_a_plan(south: South) -> None:
    for actor in (south.representatives[0], south.manager, south.company.auditor):
        with pytest.raises(Forbidden):
            await south.plan(actor)
    assert await count(south, "plan") == 0


async def test_a_preview_shows_both_splits_and_writes_nothing(south: South) -> None:
    async with tenant_transaction(south.company.hr):
        proposed = await preview_plan(south.company.hr, south.request())
    assert [child.name for child in proposed.children] == ["广东", "福建", "广西", "湖南", "海南"]
    assert [str(each.value) for each in proposed.suggestions] == VALUES
    assert {str(each.equal_share) for each in proposed.suggestions} == {"6000000.00"}
    assert (await count(south, "plan"), await count(south, "plan_node")) == (0, 0)


async def test_a_plan_keeps_values_figures_and_contributions(south: South) -> None:
    plan, nodes = await south.plan()
    assert (plan.state, plan.version, plan.title, plan.total) == ("DRAFT", 1, "销售额", Decimal("30000000.00"))
    assert [str(node.value) for node in nodes] == VALUES
    assert nodes[0].factors == {"potential": "0.40", "staff": "0.30", "priority": "0.2"}
    assert nodes[0].derivation == {
        "contributions": {"potential": "6000000.00", "staff": "2700000.00", "priority": "1200000.00"},
        "figures": {},
    }


async def test_only_those_who_take_part_get_a_share(south: South) -> None:
    _, nodes = await south.plan(participants=south.provinces[1:3])
    assert [node.unit_id for node in nodes] == south.provinces[1:3]
    assert sum(node.value for node in nodes) == Decimal("30000000.00")


async def test_tuning_outside_the_band_or_without_reason_changes_nothing(south: South) -> None:
    _, nodes = await south.plan()
    with pytest.raises(TuneOutsideBand):
        await south.tune(south.manager, nodes[0], "11385000.01")
    with pytest.raises(TuneReasonMissing):
        await south.tune(south.manager, nodes[0], "11385000.00", reason=" ")
    async with tenant_transaction(south.company.hr):
        assert await fetch("select value, reason, tuned_by, version from plan_node where id = $1", nodes[0].id) == [
            {"value": Decimal("9900000.00"), "reason": None, "tuned_by": None, "version": 1}
        ]


async def test_the_province_s_own_manager_cannot_reach_the_plan_that_sets_its_share(south: South) -> None:
    _, nodes = await south.plan()
    with pytest.raises(NotFound):
        await south.tune(south.guangdong_manager, nodes[0], "9000000.00")
    with pytest.raises(Forbidden):
        await south.tune(south.representatives[0], nodes[0], "9000000.00")


async def test_a_stale_version_is_a_conflict_with_the_current_one(south: South) -> None:
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    with pytest.raises(Conflict) as stale:
        await south.tune(south.manager, nodes[0], "9900000.00")
    assert stale.value.current_version == 2
    with pytest.raises(Conflict) as unseen:
        await south.publish(plan)
    assert unseen.value.current_version == 2
    assert await count(south, "goal") == 0


async def test_guangdong_is_tuned_to_the_end_of_the_band_beside_its_suggestion(south: South) -> None:
    plan, nodes = await south.plan()
    tuned = await south.tune(south.manager, nodes[0], "11385000.00")
    assert (tuned.value, tuned.suggested, tuned.reason) == (Decimal("11385000.00"), Decimal("9900000.00"), "三家医院换代")
    assert (tuned.tuned_by, tuned.version) == (south.manager.membership_id, 2)
    async with tenant_transaction(south.company.hr):
        found = await reconcile_plan(south.company.hr, plan.id)
        audited = await fetch("select before, after from audit_entry where action = 'plan.tune'")
    assert (found.holds, found.plans[0].assigned, found.plans[0].gap) == (True, Decimal("31485000.00"), Decimal("-1485000.00"))
    assert [row["before"] for row in audited] == ['{"value": "9900000.00", "reason": null, "version": 1}']


async def test_a_template_that_rebalances_moves_the_siblings_to_the_cent(south: South) -> None:
    template = await published_template(south.company, "balanced", UNITS_BODY | {"balance": "REBALANCE_SIBLINGS"})
    plan, nodes = await south.plan(template_version_id=template)
    await south.tune(south.manager, nodes[0], "11385000.00")
    await south.tune(south.manager, nodes[1], "6000000.00", version=2)
    async with tenant_transaction(south.company.hr):
        rows = await fetch("select value, version from plan_node where plan_id = $1 order by ordinal", plan.id)
        assert (await reconcile_plan(south.company.hr, plan.id)).holds
    assert [str(row["value"]) for row in rows[:2]] == ["11385000.00", "6000000.00"]
    assert sum(row["value"] for row in rows) == Decimal("30000000.00")
    assert [row["version"] for row in rows] == [2, 3, 3, 3, 3]


async def test_a_gap_that_is_not_accepted_stops_the_publishing(south: South) -> None:
    plan, nodes = await south.plan()
    await south.tune(south.manager, nodes[0], "11385000.00")
    with pytest.raises(PlanHasGap) as refused:
        await south.publish(plan, version=2, accept_gap=False)
    assert refused.value.text("en") == "The parts differ from the total by -1485000.00; accept the gap to publish."
    assert await count(south, "goal") == 0


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
    assert await count(south, "goal") == 5
    for sql in ("update plan set total = 1", "update plan_node set value = 1"):
        with pytest.raises(Exception, match="never change"):
            async with tenant_transaction(south.company.hr):
                await execute(sql)


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
    assert differs.value.text("en") == "The total 9900000.01 differs from the target 9900000.00 of the goal that is split."
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


async def test_a_plan_of_a_draft_template_is_refused(south: South) -> None:
    async with tenant_transaction(south.company.hr):
        draft = await create_definition(south.company.hr, kind="decomposition", key="draft", name="草稿", body=UNITS_BODY)
        with pytest.raises(Exception, match="not PUBLISHED"):
            await create_plan(south.company.hr, south.request(template_version_id=draft.id))
