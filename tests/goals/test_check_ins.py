"""Check-ins on a real database: refused ones write nothing, corrections, and roll-ups alike for every viewer (A10, A12, A14)."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_tenants.goals.check_ins import (
    CheckInCorrected,
    CheckInDayInvalid,
    CommentInvalid,
    ConfidenceInvalid,
    GoalFollowsMetric,
    GoalFollowsParts,
    GoalNotFollowed,
    Said,
)
from plumb_tenants.goals.progress import GoalsTooMany, Progress, progress_of, progress_report
from plumb_tenants.goals.rules import AmountInvalid
from plumb_tenants.goals.service import check_in, correct_check_in, revise_goal
from support.companies import add_person, add_unit
from support.goals_made import add_goals
from support.refusals import in_full
from support.team import Team, make_team

JUNE = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
AT = date(2026, 6, 30)


async def say(actor: Actor, goal_id: UUID, value: str, **more: Any) -> UUID:
    with clock_at(JUNE):
        async with tenant_transaction(actor):
            return await check_in(actor, goal_id=goal_id, said=Said(value=Decimal(value), **more))


async def correct(actor: Actor, check_in_id: UUID, value: str, **more: Any) -> UUID:
    with clock_at(JUNE):
        async with tenant_transaction(actor):
            return await correct_check_in(actor, check_in_id=check_in_id, said=Said(value=Decimal(value), **more))


async def progress(actor: Actor, *goal_ids: UUID, at: date | None = None) -> list[Progress]:
    with clock_at(JUNE):
        async with tenant_transaction(actor):
            found = await progress_of(actor, goal_ids, at=at)
    return [found[goal_id] for goal_id in goal_ids]


async def written(team: Team) -> tuple[int, int, int]:
    async with tenant_transaction(team.company.system):
        counts = [await fetch_value(f"select count(*) from {table}") for table in ("check_in", "goal_progress")]
        return *counts, await fetch_value("select count(*) from audit_entry where object_type = 'goal'")


async def refused(error: type[DomainError], actor: Actor, team: Team, value: str = "1", **more: Any) -> DomainError:
    """Check the refusal, and that nothing was written."""
    before = await written(team)
    with pytest.raises(error) as found:
        await say(actor, more.pop("goal", team.goal), value, **more)
    assert await written(team) == before
    return found.value


async def test_nobody_checks_in_on_what_they_do_not_reach(team: Team, other_team: Team) -> None:
    await refused(Forbidden, team.company.auditor, team)
    for actor in (team.colleague, other_team.owner, other_team.company.hr):
        assert (await refused(NotFound, actor, team)).field == "goalId"
    await refused(NotFound, team.owner, team, goal=uuid4())


async def test_what_is_said_has_a_form(team: Team) -> None:
    for value in ("NaN", "1e16", "0.001"):
        assert (await refused(AmountInvalid, team.owner, team, value)).field == "value"
    for confidence in (-1, 11):
        assert (await refused(ConfidenceInvalid, team.owner, team, confidence=confidence)).field == "confidence"
    for comment in (" ", "字" * 2001, "\x00"):
        await refused(CommentInvalid, team.owner, team, comment=comment)
    for day in (date(2025, 12, 31), date(2026, 7, 1), date(2027, 1, 1)):
        found = await refused(CheckInDayInvalid, team.owner, team, as_of=day)
        assert found.text("en") == f"The day {day} is not valid: it lies between 2026-01-01 and 2026-06-30."


@pytest.mark.parametrize("state", ["DRAFT", "WITHDRAWN"])
async def test_only_what_was_proposed_is_followed(team: Team, state: str) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set state = $1", state)
    await refused(GoalNotFollowed, team.owner, team)


async def test_a_goal_bound_to_a_metric_is_not_checked_in_by_hand(team: Team) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set metric_key = 'sales'")
    assert "sales" in in_full(await refused(GoalFollowsMetric, team.owner, team), "zh-CN")


async def test_a_check_in_tells_value_day_confidence_and_who(team: Team) -> None:
    await say(team.owner, team.goal, "300000.00", confidence=7, comment="两家医院已签约", as_of=date(2026, 3, 31))
    await say(team.manager, team.goal, "650000.00", as_of=date(2026, 6, 10))
    late = await say(team.owner, team.goal, "500000", confidence=2, as_of=date(2026, 5, 20))
    (now,), (may,), (april,) = [
        await progress(team.owner, team.goal, at=at) for at in (None, date(2026, 5, 31), date(2026, 4, 1))
    ]
    assert (now.actual, now.attainment, now.as_of, now.confidence) == (Decimal(650000), Decimal("54.17"), date(2026, 6, 10), None)
    assert (may.actual, may.attainment, may.confidence) == (Decimal(500000), Decimal("41.67"), 2)
    assert (april.actual, april.attainment, april.source) == (Decimal(300000), Decimal("25.00"), "CHECK_IN")
    async with tenant_transaction(team.company.system):
        rows = await fetch("select value, author_id, person_id from check_in where id = $1", late)
        (entry,) = await fetch(
            "select after->>'confidence' as sure from audit_entry where action = 'goal.check_in' order by number limit 1"
        )
    assert rows == [{"value": Decimal("500000.00"), "author_id": team.owner.membership_id, "person_id": team.owner.person_id}]
    assert entry["sure"] == "7"


async def test_what_was_said_never_changes_and_a_correction_stands_in_its_place(team: Team) -> None:
    wrong = await say(team.owner, team.goal, "9000000.00", as_of=date(2026, 6, 1))
    with pytest.raises(CommentInvalid):
        await correct(team.owner, wrong, "900000.00")
    with pytest.raises(NotFound):
        await correct(team.colleague, wrong, "900000.00", comment="多写一个零")
    right = await correct(team.owner, wrong, "900000.00", comment="多写一个零")
    with pytest.raises(CheckInCorrected):
        await correct(team.owner, wrong, "1.00", comment="再改")
    (now,) = await progress(team.owner, team.goal)
    assert (now.actual, now.as_of) == (Decimal(900000), date(2026, 6, 1))
    await correct(team.manager, right, "910000.00", comment="补录")
    assert (await progress(team.owner, team.goal))[0].actual == Decimal(910000)
    for sql in ("update check_in set value = 1", "delete from check_in"):
        with pytest.raises(Exception, match=r"never change|permission denied"):
            async with tenant_transaction(team.company.system):
                await execute(sql)
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from check_in") == 3


async def test_nothing_is_known_of_a_goal_that_nobody_checked_in(team: Team) -> None:
    (now,) = await progress(team.owner, team.goal)
    assert (now.actual, now.attainment, now.reported, now.met, now.lag) == (None, None, Decimal(0), None, None)
    assert now.expected_attainment == Decimal("48.39")
    """120 of the 248 working days of 2026."""
    assert now.expected == Decimal("580645.16")


async def test_a_lag_is_in_percentage_points(team: Team) -> None:
    await say(team.owner, team.goal, "400680.00")
    (now,) = await progress(team.owner, team.goal)
    assert (now.attainment, now.lag, now.lagging) == (Decimal("33.39"), Decimal("15.00"), False)
    await say(team.owner, team.goal, "400560.00")
    (now,) = await progress(team.owner, team.goal)
    assert (now.attainment, now.lag, now.lagging) == (Decimal("33.38"), Decimal("15.01"), True)


async def test_progress_is_answered_for_what_one_may_read(team: Team, other_team: Team) -> None:
    await say(team.owner, team.goal, "1.00")
    for actor in (team.colleague, other_team.company.hr):
        async with tenant_transaction(actor):
            assert await progress_of(actor, [team.goal]) == {}
            with pytest.raises(NotFound) as hidden:
                await progress_report(actor, [team.goal])
        assert hidden.value.field == "goalIds[0]"
    async with tenant_transaction(team.owner):
        with pytest.raises(GoalsTooMany):
            await progress_report(team.owner, [uuid4() for _ in range(101)])


@dataclass
class Tree:
    """A company goal whose parts belong to people of different units."""

    team: Team
    whole: UUID
    parts: list[UUID]
    stranger: Actor


@pytest.fixture
async def tree(database: Database) -> Tree:
    team = await make_team()
    elsewhere = await add_unit(team.company, "HD", "华东")
    stranger = await add_person(team.company, "E9", "赵代表", unit=elsewhere)
    made = []
    for place, target in enumerate(("121000", "100000", "20000", "1000")):
        owner = (team.unit, team.company.hr) if place == 0 else (elsewhere, stranger) if place == 3 else (team.unit, team.owner)
        made += await add_goals(team.company, team.cycle, [owner], target=Decimal(target + ".00"), title=f"产品{place}")
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", made[0], made[1:])
    return Tree(team, made[0], made[1:], stranger)


async def test_a_goal_with_parts_follows_them(tree: Tree) -> None:
    found = await refused(GoalFollowsParts, tree.team.company.hr, tree.team, goal=tree.whole)
    assert in_full(found) == "The progress of 产品0 follows from its 3 parts; check in on them."


async def test_a_roll_up_is_the_same_number_for_everybody_who_sees_it(tree: Tree) -> None:
    """The goals of three sizes of A10 and A12: what one may not read counts all the same."""
    team = tree.team
    await say(team.owner, tree.parts[0], "100000.00")
    await say(tree.stranger, tree.parts[2], "1300.00", confidence=9)
    seen = [(await progress(actor, tree.whole))[0] for actor in (team.company.hr, team.manager, team.company.system)]
    assert [(each.actual, each.attainment, each.reported, each.confidence) for each in seen] == [
        (Decimal(101300), Decimal("83.72"), Decimal("83.47"), 9)
    ] * 3
    async with tenant_transaction(team.manager):
        assert set(await progress_of(team.manager, [tree.whole, *tree.parts])) == {tree.whole, *tree.parts[:2]}
    (then,) = await progress(team.manager, tree.whole, at=AT)
    assert then == seen[1]


async def test_a_revision_is_counted_at_once(tree: Tree) -> None:
    team = tree.team
    await say(team.owner, tree.parts[0], "50000.00")
    async with tenant_transaction(team.company.hr):
        await revise_goal(team.company.hr, goal_id=tree.parts[0], version=2, target=Decimal("40000.00"), reason="市场变化")
    part, whole = await progress(team.company.hr, tree.parts[0], tree.whole)
    assert (part.attainment, part.met, whole.attainment) == (Decimal("125.00"), True, Decimal("41.32"))


async def test_a_goal_that_stands_where_it_stood_is_not_written_again(tree: Tree) -> None:
    async def written() -> dict[UUID, str]:
        async with tenant_transaction(tree.team.company.hr):
            rows = await fetch("select goal_id, xmin::text as xmin from goal_progress")
        return {row["goal_id"]: row["xmin"] for row in rows}

    await say(tree.team.owner, tree.parts[0], "10.00")
    before = await written()
    await say(tree.team.owner, tree.parts[0], "10.00")
    assert await written() == before
    await say(tree.team.owner, tree.parts[0], "20.00")
    after = await written()
    assert {goal_id for goal_id, xmin in after.items() if xmin != before[goal_id]} == {tree.parts[0], tree.whole}
    assert (await progress(tree.team.company.hr, tree.whole))[0].actual == Decimal(20)


async def test_parts_that_are_checked_in_at_once_all_count(tree: Tree) -> None:
    pairs = [
        (tree.team.owner, tree.parts[0], "10"),
        (tree.team.owner, tree.parts[1], "200"),
        (tree.stranger, tree.parts[2], "3000"),
    ]
    await asyncio.gather(*(say(actor, goal, value) for actor, goal, value in pairs * 3))
    assert (await progress(tree.team.company.hr, tree.whole))[0].actual == Decimal(3210)


async def test_parts_that_are_revised_and_checked_in_at_once_leave_what_counting_from_nothing_finds(tree: Tree) -> None:
    async def revise(goal: UUID, target: str) -> None:
        async with tenant_transaction(tree.team.company.hr):
            await revise_goal(tree.team.company.hr, goal_id=goal, version=2, target=Decimal(target), reason="市场变化")

    owners = (tree.team.owner, tree.team.owner, tree.stranger)
    said = [say(actor, goal, f"{value}000") for value, (actor, goal) in enumerate(zip(owners, tree.parts, strict=True), start=4)]
    revised = [revise(goal, f"{value}0000.00") for value, goal in enumerate(tree.parts, start=2)]
    await asyncio.gather(*(each for pair in zip(said, revised, strict=True) for each in pair))
    (stored,), (counted,) = [await progress(tree.team.company.hr, tree.whole, at=at) for at in (None, AT)]
    assert [(each.actual, each.attainment) for each in (stored, counted)] == [(Decimal(15000), Decimal("12.40"))] * 2
    parts = await progress(tree.team.company.hr, *tree.parts)
    assert [part.attainment for part in parts] == [Decimal("20.00"), Decimal("16.67"), Decimal("15.00")]


async def test_a_part_that_is_withdrawn_counts_no_more(tree: Tree) -> None:
    await say(tree.team.owner, tree.parts[0], "10.00")
    await say(tree.stranger, tree.parts[2], "500.00")
    async with tenant_transaction(tree.team.company.system):
        await execute("update goal set state = 'WITHDRAWN' where id = $1", tree.parts[0])
    await say(tree.stranger, tree.parts[2], "600.00")
    for at in (None, AT):
        assert (await progress(tree.team.company.hr, tree.whole, at=at))[0].actual == Decimal(600)
