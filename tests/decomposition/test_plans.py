"""Plans on a real database: refused requests that write nothing, tunings kept beside what was calculated (C83, C84, D6)."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import Conflict, Forbidden, NotFound
from plumb_tenants.decomposition.factors import InputUnknown
from plumb_tenants.decomposition.planning import PlanTotalMissing
from plumb_tenants.decomposition.service import (
    PlanTitleInvalid,
    TuneOwnNumber,
    create_plan,
    list_plans,
    preview_plan,
    reconcile_plan,
)
from plumb_tenants.decomposition.tuning import TuneOutsideBand, TuneReasonMissing
from plumb_tenants.decomposition.weighing import FactorInputMissing
from plumb_tenants.definitions.service import create_definition
from plumb_tenants.goals.rules import AmountInvalid
from support.refusals import in_full
from support.south import UNITS_BODY, South, make_south, published_template

VALUES = ["9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00"]


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
    assert (await south.count("plan"), await south.count("plan_node")) == (0, 0)


async def test_a_figure_of_a_stranger_and_a_misspelt_figure_are_refused(south: South) -> None:
    with pytest.raises(NotFound) as stranger:
        await south.plan(inputs={**south.inputs, uuid4(): {}})
    assert stranger.value.field == "inputs[5].childId"
    with pytest.raises(InputUnknown) as misspelt:
        await south.plan(inputs={**south.inputs, south.provinces[1]: {"potental": Decimal(1)}})
    assert in_full(misspelt.value) == (
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
    assert await south.count("plan") == 0


async def test_a_preview_shows_both_splits_and_writes_nothing(south: South) -> None:
    async with tenant_transaction(south.company.hr):
        proposed = await preview_plan(south.company.hr, south.request())
    assert [child.name for child in proposed.children] == ["广东", "福建", "广西", "湖南", "海南"]
    assert [str(each.value) for each in proposed.suggestions] == VALUES
    assert {str(each.equal_share) for each in proposed.suggestions} == {"6000000.00"}
    assert (await south.count("plan"), await south.count("plan_node")) == (0, 0)


async def test_a_plan_keeps_values_figures_and_contributions(south: South) -> None:
    plan, nodes = await south.plan()
    assert (plan.state, plan.version, plan.title, plan.total) == ("DRAFT", 1, "销售额", Decimal("30000000.00"))
    assert [str(node.value) for node in nodes] == VALUES
    assert nodes[0].factors == {"potential": "0.40", "staff": "0.30", "priority": "0.2"}
    assert nodes[0].derivation == {
        "contributions": {"potential": "6000000.00", "staff": "2700000.00", "priority": "1200000.00"},
        "figures": {},
    }


@pytest.mark.parametrize("piece", [1, 2, 5])
async def test_a_plan_written_in_pieces_is_the_plan_written_at_once(
    south: South, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr("plumb_tenants.decomposition.storage.PIECE", piece)
    plan, nodes = await south.plan()
    async with tenant_transaction(south.company.hr):
        rows = await fetch("select ordinal, unit_id, value::text from plan_node where plan_id = $1 order by ordinal", plan.id)
        assert (await reconcile_plan(south.company.hr, plan.id)).holds
    assert [row["ordinal"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["unit_id"] for row in rows] == south.provinces
    assert [row["value"] for row in rows] == [str(node.value) for node in nodes] == VALUES


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


async def test_nobody_tunes_the_number_that_was_split_for_themselves(south: South) -> None:
    own = {"template_version_id": south.people_template, "unit_id": south.provinces[0], "inputs": {}}
    _, nodes = await south.plan(**own, total=Decimal("1000.00"), participants=None)
    mine = next(node for node in nodes if node.person_id == south.guangdong_manager.person_id)
    another = next(node for node in nodes if node.person_id != south.guangdong_manager.person_id)
    with pytest.raises(TuneOwnNumber):
        await south.tune(south.guangdong_manager, mine, "250.00")
    assert (await south.tune(south.guangdong_manager, another, "260.00")).value == Decimal("260.00")
    assert (await south.tune(south.manager, mine, "240.00")).value == Decimal("240.00")


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
    assert await south.count("goal") == 0


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


async def test_a_plan_of_a_draft_template_is_refused(south: South) -> None:
    async with tenant_transaction(south.company.hr):
        draft = await create_definition(south.company.hr, kind="decomposition", key="draft", name="草稿", body=UNITS_BODY)
        with pytest.raises(Exception, match="not PUBLISHED"):
            await create_plan(south.company.hr, south.request(template_version_id=draft.id))
