"""Round 3: each confirms in person, and what setting goals took (C8, C25)."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from plumb_platform.clock import clock_at
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import Conflict, NotFound
from plumb_tenants.alignment import service
from plumb_tenants.alignment.service import ProposalState
from plumb_tenants.goals.service import confirm_goal, revise_goal
from support.alignment_made import START, Region, levelled, refused


async def confirming(region: Region) -> dict[str, UUID]:
    """Level, move 20,000 to the newcomer, open round 3 by the calendar; return the proposals by person."""
    board = await levelled(region)
    with clock_at(START + timedelta(days=1)):
        await region.move(board[1], board[5], "20000.00")
    with clock_at(START + timedelta(days=2)):
        await region.keep_up()
        await region.keep_up()
    return {row.person: row.id for row in board}


async def test_nobody_confirms_for_another_and_no_token_for_its_owner(region: Region) -> None:
    proposals = await confirming(region)
    newcomers = proposals["销售6"]
    with clock_at(START + timedelta(days=2)):
        for actor, code in ((region.company.admin, "NOT_YOUR_GOAL"), (region.manager, "NOT_YOUR_GOAL")):
            error = await refused(region, partial(region.confirm, actor, newcomers))
            assert error.code == code
        assert isinstance(await refused(region, lambda: region.confirm(region.sellers[0], newcomers, 3)), NotFound)
        token = replace(region.newcomer, channel="token")
        assert (await refused(region, lambda: region.confirm(token, newcomers))).code == "CONFIRM_IN_PERSON"
        assert isinstance(await refused(region, lambda: region.confirm(region.newcomer, newcomers, 1)), Conflict)
    assert await region.rows("select id from goal where state = 'CONFIRMED'") == []


async def test_each_confirms_in_person_and_what_was_proposed_adjusted_and_confirmed_is_kept(region: Region) -> None:
    proposals = await confirming(region)
    with clock_at(START + timedelta(days=2)):
        await region.confirm(region.newcomer, proposals["销售6"])
        (row,) = await region.board(person_id=region.newcomer.person_id)
        assert row.state is ProposalState.CONFIRMED
    kept = await region.row(
        "select p.person_id, (select created_at from proposal_version o where o.proposal_id = p.id) as proposed_at, "
        "p.proposed, p.adjusted, p.adjusted_by, p.adjusted_at, v.target, v.confirmed_at, v.confirmed_by, v.weight, "
        "g.metric_key, g.state, g.owner_id, v.derivation ->> 'proposal_id' as said from proposal p "
        "join goal g on g.id = p.goal_id join goal_version v on v.goal_id = g.id where p.person_id = $1",
        region.newcomer.person_id,
    )
    assert [str(kept[name]) for name in ("proposed", "adjusted", "target", "weight")] == [
        "50000.00",
        "70000.00",
        "70000.00",
        "100.00",
    ]
    assert (kept["person_id"], kept["proposed_at"]) == (region.newcomer.person_id, START)
    assert (kept["adjusted_by"], kept["adjusted_at"]) == (region.manager.membership_id, START + timedelta(days=1))
    assert (kept["confirmed_by"], kept["confirmed_at"]) == (region.newcomer.person_id, START + timedelta(days=2))
    assert (kept["metric_key"], kept["state"], kept["owner_id"], kept["said"]) == (
        "revenue",
        "CONFIRMED",
        region.newcomer.person_id,
        str(proposals["销售6"]),
    )
    # Round 3 was opened twice; each has one goal and one message.
    assert len(await region.rows("select id from goal")) == 6
    assert len(await region.rows("select id from message where kind = 'alignment.confirm'")) == 6


async def test_the_time_that_setting_goals_took_is_measured_by_unit(region: Region) -> None:
    proposals = await confirming(region)
    with clock_at(START + timedelta(days=2)):
        for seller, person in zip(region.sellers, proposals, strict=True):
            await region.confirm(seller, proposals[person])
    async with tenant_transaction(region.hr):
        version = (await region.row("select version from alignment"))["version"]
        await service.record_meetings(
            region.hr, alignment_id=region.alignment, version=version, before=Decimal(3), after=Decimal("1.25")
        )
        timing = await service.setting_time(region.hr, alignment_id=region.alignment)
    (unit,) = timing.units
    assert (timing.opened_at, str(timing.meeting_reduction)) == (START, "58")
    assert (unit.unit, unit.proposals, unit.confirmed, str(unit.days), unit.overdue) == ("华东", 6, 6, "2.00", False)


async def test_more_than_two_days_are_flagged(region: Region) -> None:
    proposals = await confirming(region)
    with clock_at(START + timedelta(days=2, minutes=15)):
        await region.confirm(region.newcomer, proposals["销售6"])
        async with tenant_transaction(region.manager):
            (unit,) = (await service.setting_time(region.manager, alignment_id=region.alignment)).units
    assert (str(unit.days), unit.overdue, unit.confirmed) == ("2.01", True, 1)


async def test_after_round_three_has_closed_the_goal_itself_is_not_confirmed_either(region: Region) -> None:
    await confirming(region)
    goal = await region.row("select id, version from goal where owner_id = $1", region.newcomer.person_id)

    async def confirm() -> None:
        async with tenant_transaction(region.newcomer):
            await confirm_goal(region.newcomer, goal_id=goal["id"], version=goal["version"])

    with clock_at(START + timedelta(days=3)):
        error = await refused(region, confirm)
        assert (error.code, error.field) == ("ALIGNMENT_ROUND_CLOSED", "goalId")
        async with tenant_transaction(region.company.admin):
            wanted = partial(revise_goal, region.company.admin, target=Decimal(60000), reason="错过确认")
            revised = await wanted(goal_id=goal["id"], version=goal["version"])
        goal = {"id": goal["id"], "version": revised.version}
        await confirm()  # other numbers are a revision's and no longer the round's
    assert (await region.row("select state from goal where id = $1", goal["id"]))["state"] == "CONFIRMED"


def test_a_process_that_has_loaded_goals_alone_asks_the_alignment_too() -> None:
    code = "from plumb_tenants.goals.guards import confirming_guards; print(*(each.__name__ for each in confirming_guards()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["refuse_out_of_round"]


async def test_two_confirmations_at_once_are_one(region: Region) -> None:
    proposals = await confirming(region)
    with clock_at(START + timedelta(days=2)):
        act = (region.confirm(region.newcomer, proposals["销售6"]) for _ in range(2))
        answers = await asyncio.gather(*act, return_exceptions=True)
    assert sum(answer is None for answer in answers) == 1
    assert len(await region.rows("select id from audit_entry where action = 'goal.confirm'")) == 1
