"""What happens to goals below a revised one while they wait: other weights, people who leave, parents that stay, padding."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.goals.service import NewVersion, confirm_goal, replace_version
from plumb_tenants.people.service import deactivate_person
from plumb_tenants.revisions.resources import PROPAGATION_STATE
from plumb_tenants.revisions.service import raise_late_alarms, settle_propagation
from support.approvals_made import person
from support.goals_made import add_goals
from support.revisions_made import OCTOBER_18, Reset

STANDING = f"""select p.id, p.version, g.title, {PROPAGATION_STATE.format(row="p")} as state, v.target, a.number as asked,
  p.explanation::text as explanation
from propagation p join goal g on g.id = p.goal_id join goal_version v on v.goal_id = g.id and v.number = g.current_number
left join person a on a.id = p.asked_id order by p.depth, p.id"""
SALES, COLLEAGUE = "拓新一组", "拓新二组"


async def standing(reset: Reset) -> dict[str, tuple[str, Decimal, str | None]]:
    return {row["title"]: (row["state"], row["target"], row["asked"]) for row in await reset.bureau.rows(STANDING)}


async def reweigh(reset: Reset, goal: UUID) -> None:
    """Give a goal another weight alone, as the revision of a goal beside it does."""
    system = reset.bureau.company.system
    async with tenant_transaction(system):
        target = await fetch_value("select target from goal_version where goal_id = $1 order by number desc limit 1", goal)
        await replace_version(system, goal, NewVersion(target=target, weight=Decimal(50), source={"reason": "权重"}))


async def leave(reset: Reset, who: Any, successor: Any) -> None:
    hr = reset.bureau.company.hr
    async with tenant_transaction(hr):
        version = await fetch_value("select version from person where id = $1", person(who))
        await deactivate_person(
            hr, person_id=person(who), version=version, reason="离职", successor_id=successor and person(successor)
        )


async def other_metric(reset: Reset, goal: UUID) -> None:
    async with tenant_transaction(reset.bureau.company.system):
        await execute("update goal set metric = '客户拜访', unit_of_measure = '次' where id = $1", goal)


async def test_another_weight_alone_neither_stops_a_goal_nor_decides_for_anybody(reset: Reset) -> None:
    await other_metric(reset, reset.parts[1])
    revision_id = await reset.revise()
    for goal in reset.parts:
        await reweigh(reset, goal)
    await reset.propagate(revision_id)
    assert await standing(reset) == {
        SALES: ("PROPOSED", Decimal("480000.00"), "S1"),
        COLLEAGUE: ("BY_HAND", Decimal("16.00"), "M1"),
    }
    for goal in reset.parts:
        await reweigh(reset, goal)
    assert [state for state, _, _ in (await standing(reset)).values()] == ["PROPOSED", "BY_HAND"]


async def test_a_successor_is_asked_in_place_of_who_left(reset: Reset) -> None:
    bureau = reset.bureau
    await other_metric(reset, reset.parts[1])
    with clock_at(OCTOBER_18):
        approval = await reset.submit(revision_id := await reset.open())
        await reset.approve(approval)
        await reset.propagate(revision_id)
        await leave(reset, bureau.sales, bureau.colleague)
        await leave(reset, bureau.manager, bureau.director)
    found = await standing(reset)
    assert {title: (state, asked) for title, (state, _, asked) in found.items()} == {
        SALES: ("PROPOSED", "S2"),
        COLLEAGUE: ("BY_HAND", "D1"),
    }
    with clock_at(OCTOBER_18 + timedelta(hours=25)):
        async with tenant_transaction(bureau.company.system):
            assert await raise_late_alarms(bureau.company.system) == [revision_id]
    async with tenant_transaction(bureau.colleague):
        version = await fetch_value("select version from goal where id = $1", reset.parts[0])
        await confirm_goal(bureau.colleague, goal_id=reset.parts[0], version=version)
    (row,) = [each for each in await bureau.rows(STANDING) if each["state"] == "BY_HAND"]
    async with tenant_transaction(bureau.director):
        await settle_propagation(bureau.director, propagation_id=row["id"], version=row["version"], note="不变")
    assert {state for state, _, _ in (await standing(reset)).values()} == {"DONE"}


@pytest.mark.parametrize(("successor", "asked"), [("analyst", "T2"), (None, "D1")])
async def test_who_asked_for_it_and_left_before_the_job_came_is_not_asked(
    reset: Reset, successor: str | None, asked: str
) -> None:
    bureau = reset.bureau
    await other_metric(reset, reset.parts[1])
    approval = await reset.submit(revision_id := await reset.open())
    await leave(reset, bureau.manager, getattr(bureau, successor) if successor else None)
    await reset.approve(approval)
    await reset.propagate(revision_id)
    await reset.publish(revision_id)
    assert (await standing(reset))[COLLEAGUE][::2] == ("BY_HAND", asked)
    told = await bureau.rows(
        "select m.zh from message m join person p on p.id = m.person_id where m.kind = 'revision.published' and p.number = $1",
        asked,
    )
    assert [("1 个下级目标" in each["zh"]) for each in told] == [True]


async def test_what_is_below_a_goal_that_stays_waits_for_people(reset: Reset) -> None:
    bureau = reset.bureau
    of = [(bureau.company.units["SO"], bureau.colleague)]
    (below,) = await add_goals(bureau.company, await cycle_of(reset), of, title="二级", target=Decimal(24))
    async with tenant_transaction(bureau.company.system):
        await execute(
            "update goal set parent_id = $2, metric = '新增客户数', unit_of_measure = '家' where id = $1", below, reset.parts[0]
        )
    revision_id = await reset.revise()
    async with tenant_transaction(bureau.company.system):
        await execute("update goal set state = 'DRAFT' where id = $1", reset.parts[0])
    await reset.propagate(revision_id)
    found = await standing(reset)
    assert (found[SALES][:2], found["二级"]) == (("BY_HAND", Decimal("24.00")), ("BY_HAND", Decimal("24.00"), "M1"))
    (row,) = [each for each in await bureau.rows(STANDING) if each["title"] == "二级"]
    assert "The goal above did not follow" in row["explanation"]


async def cycle_of(reset: Reset) -> UUID:
    async with tenant_transaction(reset.bureau.company.system):
        found: UUID = await fetch_value("select cycle_id from goal where id = $1", reset.goal)
    return found


async def pad(reset: Reset, goal: UUID) -> None:
    """Let a goal be one of a plan that assigned more than its total."""
    bureau = reset.bureau
    unit = bureau.company.units["SO"]
    cycle_id = await cycle_of(reset)
    async with tenant_transaction(bureau.company.system):
        plan = await Plan.create(
            cycle_id=cycle_id,
            definition_version_id=await fetch_value("select id from definition_version limit 1"),
            unit_id=unit,
            title="加码",
            metric="新增客户数",
            unit_of_measure="家",
            total=Decimal(36),
            padding_percent=Decimal(11),
            state="PUBLISHED",
        )
        numbers: dict[str, Any] = dict.fromkeys(("suggested", "equal_share", "value"), Decimal(24))
        await PlanNode.create(plan_id=plan.id, ordinal=0, unit_id=unit, factors={}, derivation={}, goal_id=goal, **numbers)


@pytest.mark.parametrize("is_padded", [False, True])
async def test_nobody_below_a_padded_total_is_told_what_stands_above(reset: Reset, is_padded: bool) -> None:
    bureau = reset.bureau
    if is_padded:
        await pad(reset, reset.parts[0])
    revision_id = await reset.revise()
    await reset.propagate(revision_id)
    await reset.publish(revision_id)
    (row,) = [each for each in await bureau.rows(STANDING) if each["title"] == SALES]
    said = await bureau.rows(
        "select zh, en from message where kind = 'revision.published' and person_id = $1", person(bureau.sales)
    )
    kept = await bureau.rows(
        "select derivation::text as said from goal_version where goal_id = $1 and number = 2", reset.parts[0]
    )
    assert (row["state"], row["target"], len(said), len(kept)) == ("PROPOSED", Decimal("480000.00"), 1, 1)
    told = row["explanation"] + said[0]["zh"] + said[0]["en"] + kept[0]["said"]
    for number in ("40.00", "800000.00", "60.00"):
        assert (number in told) is not is_padded, number
    other = await bureau.rows(
        "select zh from message where kind = 'revision.published' and person_id = $1", person(bureau.colleague)
    )
    assert "800000.00" in other[0]["zh"], "who is below no padded total is told as ever"
