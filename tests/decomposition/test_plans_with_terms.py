"""Plans with holds, ramps, seasons, padding and weight sets, as they are stored, published, explained and reconciled.

Rows A3 to A6, A9, C32, N1.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Forbidden
from plumb_platform.settings import Settings
from plumb_tenants.calendars.service import company_calendar
from plumb_tenants.decomposition.linting import PaddingAboveCap, SeasonalityInvalid
from plumb_tenants.decomposition.presence import PresenceInvalid
from plumb_tenants.decomposition.service import (
    AdjustmentKind,
    ChildTerms,
    PlanHasGap,
    explain_goal,
    explain_node,
    reconcile_plan,
)
from plumb_tenants.decomposition.steps import HoldImpossible
from plumb_tenants.decomposition.storage import stored_nodes
from plumb_tenants.goals.service import list_goals, revise_goal
from support.goals_made import add_goals
from support.migrated import migrate_again
from support.refusals import refusing
from support.south import PEOPLE_BODY, UNITS_BODY, South, published_template

EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]


async def with_template(south: South, **changes: Any) -> UUID:
    return await published_template(south.company, "terms", UNITS_BODY | changes)


def over_people(south: South, template: UUID, **changes: Any) -> Mapping[str, Any]:
    people = [person.person_id for person in south.representatives]
    asked = {"template_version_id": template, "unit_id": south.provinces[0], "inputs": {}, "participants": people}
    return asked | {"total": Decimal("3600.00")} | changes


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"padding_percent": Decimal("0.01")}, PaddingAboveCap),
        ({"padding_percent": Decimal(-1)}, PaddingAboveCap),
        ({"padding_percent": Decimal("NaN")}, PaddingAboveCap),
        ({"terms": ChildTerms(season=(Decimal(1),) * 11)}, SeasonalityInvalid),
        ({"terms": ChildTerms(season=(Decimal(-1), *(Decimal(1),) * 11))}, SeasonalityInvalid),
        ({"terms": ChildTerms(held=Decimal("30000000.01"))}, HoldImpossible),
    ],
)
async def test_terms_that_cannot_be_met_are_refused_and_nothing_is_written(
    south: South, changes: dict[str, Any], error: type[Exception]
) -> None:
    if "terms" in changes:
        changes = {"terms": {south.provinces[0]: changes["terms"]}}
    with pytest.raises(error):
        await south.plan(**changes)
    assert (await south.count("plan"), await south.count("plan_node")) == (0, 0)


async def test_a_held_province_keeps_its_value_and_is_explained_and_computed_again(south: South) -> None:
    plan, nodes = await south.plan(terms={south.provinces[4]: ChildTerms(held=Decimal("3000000.00"))})
    assert (nodes[4].value, sum(node.value for node in nodes)) == (Decimal("3000000.00"), Decimal("30000000.00"))
    async with tenant_transaction(south.company.hr):
        found = [await explain_node(south.company.hr, node.id) for node in nodes]
        assert (await reconcile_plan(south.company.hr, plan.id)).holds
    assert [step.amount for step in found[4].adjustments] == [Decimal("-1050000.00")]
    for each in found:
        assert each.holds
        assert sum(part.amount for part in each.derivation.contributions) == each.value


async def test_a_held_value_stands_while_the_others_are_rebalanced(south: South) -> None:
    template = await with_template(south, balance="REBALANCE_SIBLINGS")
    held = {south.provinces[4]: ChildTerms(held=Decimal("3000000.00"))}
    plan, nodes = await south.plan(template_version_id=template, terms=held)
    await south.tune(south.manager, nodes[0], "11000000.00")
    async with tenant_transaction(south.company.hr):
        rows = await fetch("select value from plan_node where plan_id = $1 order by ordinal", plan.id)
        assert (await reconcile_plan(south.company.hr, plan.id)).holds
        assert (await explain_node(south.company.hr, nodes[1].id)).holds
    assert (rows[4]["value"], sum(row["value"] for row in rows)) == (Decimal("3000000.00"), Decimal("30000000.00"))


async def test_the_ramp_s_gap_shows_at_the_parent_and_the_months_follow_ramp_and_season(south: South) -> None:
    ramp = [{"below_months": 6, "percent": "50"}]
    template = await published_template(south.company, "ramp", PEOPLE_BODY | {"ramp": ramp})
    async with tenant_transaction(south.company.hr):
        await execute("update person set hired_on = $2 where id = $1", south.representatives[2].person_id, date(2026, 1, 1))
    season = ChildTerms(season=tuple(Decimal(place < 6) for place in range(12)))
    plan, nodes = await south.plan(**over_people(south, template, terms={south.representatives[0].person_id: season}))
    assert [str(node.value) for node in nodes] == ["1200.00", "1200.00", "900.00"]
    with refusing(PlanHasGap, match=r"300\.00"):
        await south.publish(plan, accept_gap=False)
    await south.publish(plan)
    async with tenant_transaction(south.company.hr):
        found = await reconcile_plan(south.company.hr, plan.id)
        goals = await list_goals(south.company.hr)
        why = await explain_goal(south.company.hr, goals[2].id)
        revised = await revise_goal(
            south.company.hr, goal_id=goals[2].id, version=goals[2].version, target=Decimal("1800.00"), reason="加码"
        )
    assert (found.holds, found.plans[0].assigned, found.plans[0].gap) == (True, Decimal("3300.00"), Decimal("300.00"))
    assert [[str(month) for month in goal.months] for goal in goals] == [
        [*["200.00"] * 6, *["0.00"] * 6],
        ["100.00"] * 12,
        [*["50.00"] * 6, *["100.00"] * 6],
    ]
    assert [(step.kind, step.amount) for step in why.adjustments] == [(AdjustmentKind.RAMP, Decimal("-300.00"))]
    assert why.holds
    assert [str(month) for month in revised.months] == [*["100.00"] * 6, *["200.00"] * 6]


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 7, 1), date(2026, 6, 30)), (date(2025, 12, 31), None), (None, date(2027, 1, 1))]
)
async def test_days_outside_the_cycle_or_backwards_are_refused(south: South, first: date | None, last: date | None) -> None:
    terms = {south.representatives[0].person_id: ChildTerms(present_from=first, present_until=last)}
    with refusing(PresenceInvalid, match="代表0"):
        await south.plan(**over_people(south, south.people_template, terms=terms))
    assert await south.count("plan") == 0


async def test_a_transfer_within_the_year_is_prorated_by_working_days(south: South) -> None:
    """248 working days of 2026: 120 up to June, 128 from July; who leaves and who comes share one full part by them."""
    leaves = ChildTerms(present_until=date(2026, 6, 30))
    comes = ChildTerms(present_from=date(2026, 7, 1))
    terms = dict(zip([person.person_id for person in south.representatives], (leaves, comes), strict=False))
    plan, nodes = await south.plan(**over_people(south, south.people_template, terms=terms, total=Decimal("496.00")))
    async with tenant_transaction(south.company.hr):
        calendar = await company_calendar(south.company.hr)
        found = [await explain_node(south.company.hr, node.id) for node in nodes]
        assert (await reconcile_plan(south.company.hr, plan.id)).holds
    before = calendar.working_days_between(date(2025, 12, 31), date(2026, 6, 30))
    after = calendar.working_days_between(date(2026, 6, 30), date(2026, 12, 31))
    assert (before, after) == (120, 128)
    assert [str(node.value) for node in nodes] == ["120.00", "128.00", "248.00"]
    assert [each.adjustments[0].kind for each in found] == [AdjustmentKind.PRESENCE] * 3
    assert all(each.holds for each in found)


async def test_who_is_below_infers_no_padding_from_the_explanation_or_the_goal(south: South) -> None:
    template = await published_template(south.company, "padded", PEOPLE_BODY | {"padding_max_percent": "10"})
    plan, _ = await south.plan(**over_people(south, template, padding_percent=Decimal("5.00")))
    await south.publish(plan)
    employee, hr = south.representatives[0], south.company.hr
    async with tenant_transaction(employee):
        goal = (await list_goals(employee))[0]
        below = await explain_goal(employee, goal.id)
    async with tenant_transaction(hr):
        above = await explain_goal(hr, goal.id)
        balance = (await reconcile_plan(hr, plan.id)).plans[0]
    assert (below.value, below.average, below.holds) == (Decimal("1260.00"), Decimal("1260.00"), True)
    assert (below.total, below.children, below.equal_share) == (None, None, None)
    (factor,) = below.factors
    assert (factor.contribution, factor.weight, factor.share, factor.whole, factor.value) == (Decimal("1260.00"), *[None] * 4)
    assert "3600" not in str(goal.derivation)
    assert "3780" not in str(goal.derivation)
    assert (above.total, above.children) == (Decimal("3780.00"), 3)
    assert (balance.total, balance.assigned, balance.gap, balance.residual) == (
        Decimal("3600.00"),
        Decimal("3780.00"),
        Decimal("-180.00"),
        Decimal("0.00"),
    )
    async with tenant_transaction(employee):
        with pytest.raises(Forbidden):
            await reconcile_plan(employee, plan.id)


@pytest.mark.parametrize(("percent", "share"), [("5.00", None), ("0.00", Decimal("33.33"))])
async def test_the_share_of_a_parent_s_target_is_not_told_where_it_would_give_a_padding_away(
    south: South, settings: Settings, percent: str, share: Decimal | None
) -> None:
    template = await published_template(south.company, "padded", PEOPLE_BODY | {"padding_max_percent": "10"})
    owners = [(south.provinces[0], south.guangdong_manager)]
    (parent,) = await add_goals(south.company, south.cycle, owners, target=Decimal("3600.00"))
    async with tenant_transaction(south.company.system):
        await execute("update goal set owner_id = null where id = $1", parent)
    asked = {"padding_percent": Decimal(percent), "parent_goal_id": parent, "total": None}
    plan, _ = await south.plan(**over_people(south, template, **asked))
    await south.publish(plan)
    employee, hr = south.representatives[0], south.company.hr
    async with tenant_transaction(employee):
        goal = next(each for each in await list_goals(employee) if each.owner_id == employee.person_id)
    async with tenant_transaction(hr):
        revised = await revise_goal(hr, goal_id=goal.id, version=goal.version, target=Decimal("1200.00"), reason="片区调整")
    assert (goal.share, revised.share) == (share, share)
    async with tenant_transaction(south.company.system):
        await execute("update goal_version set share = null where goal_id = $1", goal.id)
    await migrate_again(settings)
    async with tenant_transaction(south.company.system):
        assert await fetch_value("select share from goal_version where goal_id = $1 and number = 2", goal.id) == share


async def test_the_weight_set_is_kept_with_the_node_and_the_plan_can_be_computed_again(south: South) -> None:
    mature = {
        "key": "mature",
        "name": "成熟",
        "when": '成熟度 = "MATURE"',
        "weights": [{"factor": "potential", "weight": "45"}, {"factor": "staff", "weight": "55"}],
    }
    template = await with_template(south, facts=[{"name": "成熟度"}], weight_sets=[mature])
    terms = {south.provinces[0]: ChildTerms(facts={"成熟度": "NEW"})}
    plan, nodes = await south.plan(template_version_id=template, terms=terms, facts={"成熟度": "MATURE"})
    async with tenant_transaction(south.company.hr):
        rows = await fetch(
            "select derivation ->> 'weight_set' as chosen from plan_node where plan_id = $1 order by ordinal", plan.id
        )
        found = [await explain_node(south.company.hr, node.id) for node in nodes]
    assert [row["chosen"] for row in rows] == [None, "mature", "mature", "mature", "mature"]
    assert [str(factor.weight) for factor in found[1].factors] == ["45", "55", "0"]
    assert all(each.holds for each in found)
    assert sum(each.value for each in found) == Decimal("30000000.00")


async def test_line_breaks_in_facts_stay_with_their_node(south: South) -> None:
    """Nodes are sent to PostgreSQL as lines of one text."""
    template = await with_template(south, facts=[{"name": "说明"}])
    told = [f"第{place}行\n\r\n\\n\t末行" for place in range(5)]
    terms = {province: ChildTerms(facts={"说明": text}) for province, text in zip(south.provinces, told, strict=True)}
    plan, nodes = await south.plan(template_version_id=template, terms=terms)
    async with tenant_transaction(south.company.hr):
        stored = await stored_nodes([plan.id])
    assert [node.given.facts["说明"] for node in stored] == told
    assert sum(node.value for node in nodes) == Decimal("30000000.00")
