import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, fetch_one, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, Forbidden, NotFound
from plumb_tenants.goals.cycles import CycleCodeInvalid, CycleExists, CycleNameInvalid, CyclePeriodInvalid
from plumb_tenants.goals.service import (
    ConfirmInPerson,
    GoalNotProposed,
    GoalRow,
    NotYourGoal,
    RevisionReasonMissing,
    confirm_goal,
    create_cycle,
    revise_goal,
)
from support.companies import member
from support.refusals import in_full
from support.team import Team

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


async def confirm(actor: Actor, goal_id: UUID, *, version: int = 2) -> GoalRow:
    """Confirm in a transaction of its own, at noon; a fresh goal of the fixture stands at version 2."""
    with clock_at(NOON):
        async with tenant_transaction(actor):
            return await confirm_goal(actor, goal_id=goal_id, version=version)


async def facts(team: Team) -> dict[str, object]:
    """Return all that a confirmation could have changed."""
    async with tenant_transaction(team.company.system):
        row = await fetch_one(
            "select g.state, g.version, v.confirmed_at, v.confirmed_by, "
            "(select count(*) from audit_entry where object_type = 'goal') as entries "
            "from goal g join goal_version v on v.goal_id = g.id where g.id = $1",
            team.goal,
        )
    assert row is not None
    return row


UNTOUCHED = {"state": "PROPOSED", "version": 2, "confirmed_at": None, "confirmed_by": None, "entries": 0}


async def refused(actor: Actor, team: Team, error: type[DomainError]) -> None:
    """Check the refusal, and that nothing changed."""
    with pytest.raises(error):
        await confirm(actor, team.goal)
    assert await facts(team) == UNTOUCHED


async def test_nobody_confirms_for_the_owner(team: Team) -> None:
    company = team.company
    for actor in (company.admin, company.hr, team.manager, company.system):
        await refused(actor, team, NotYourGoal)


async def test_an_admin_who_took_the_owner_s_roles_cannot_confirm_either(team: Team) -> None:
    everything = await member(team.company.tenant_id, "company_admin", "hr", "manager", "employee")
    await refused(everything, team, NotYourGoal)


async def test_an_auditor_has_no_word_in_it(team: Team) -> None:
    await refused(team.company.auditor, team, Forbidden)


async def test_a_colleague_and_another_company_do_not_even_find_the_goal(team: Team, other_team: Team) -> None:
    await refused(team.colleague, team, NotFound)
    await refused(other_team.owner, team, NotFound)
    with pytest.raises(NotFound) as for_random:
        await confirm(other_team.owner, uuid4())
    with pytest.raises(NotFound) as for_foreign:
        await confirm(other_team.owner, team.goal)
    assert (for_random.value.field, str(for_random.value)) == (for_foreign.value.field, str(for_foreign.value))


@pytest.mark.parametrize("channel", ["token", "job", "cli"])
async def test_the_owner_s_token_or_program_does_not_confirm(team: Team, channel: str) -> None:
    await refused(replace(team.owner, channel=channel), team, ConfirmInPerson)  # type: ignore[arg-type]  # one of Channel


async def test_a_token_without_the_scope_is_forbidden(team: Team) -> None:
    await refused(replace(team.owner, channel="token", scopes=frozenset({"goal:read"})), team, Forbidden)


async def test_a_stale_version_is_a_conflict_with_the_current_one(team: Team) -> None:
    with pytest.raises(Conflict) as stale:
        await confirm(team.owner, team.goal, version=1)
    assert stale.value.current_version == 2
    assert await facts(team) == UNTOUCHED


async def test_the_owner_confirms_with_time_and_an_audit_entry(team: Team) -> None:
    confirmed = await confirm(team.owner, team.goal)
    assert (confirmed.state, confirmed.version, confirmed.number) == ("CONFIRMED", 3, 1)
    assert (confirmed.confirmed_by, confirmed.confirmed_at) == (team.owner.person_id, NOON)
    async with tenant_transaction(team.company.system):
        (entry,) = await fetch("select actor, action, before from audit_entry where object_id = $1", team.goal)
    assert entry["action"] == "goal.confirm"
    assert entry["before"] == '{"state": "PROPOSED", "version": 2}'
    assert str(team.owner.person_id) in entry["actor"]


async def test_a_goal_is_confirmed_once(team: Team) -> None:
    await confirm(team.owner, team.goal)
    with pytest.raises(GoalNotProposed) as again:
        await confirm(team.owner, team.goal, version=3)
    assert in_full(again.value) == "The goal is CONFIRMED; only a PROPOSED goal can be confirmed."


async def test_confirmed_numbers_never_change_whoever_asks(team: Team) -> None:
    await confirm(team.owner, team.goal)
    for sql in ("update goal_version set target = 1", "update goal_version set confirmed_by = null"):
        with pytest.raises(Exception, match="never change"):
            async with tenant_transaction(team.company.system):
                await execute(sql)


async def test_a_goal_of_a_unit_has_nobody_to_confirm_it(team: Team) -> None:
    async with tenant_transaction(team.company.system):
        await execute("update goal set owner_id = null")
    with pytest.raises(NotYourGoal):
        await confirm(team.manager, team.goal)


async def test_revising_needs_the_right_a_reason_and_the_current_version(team: Team) -> None:
    async def revise(actor: Actor, *, version: int = 2, reason: str = "市场变化") -> None:
        async with tenant_transaction(actor):
            await revise_goal(actor, goal_id=team.goal, version=version, target=Decimal("1.00"), reason=reason)

    for actor in (team.owner, team.manager):
        with pytest.raises(Forbidden):
            await revise(actor)
    with pytest.raises(RevisionReasonMissing):
        await revise(team.company.hr, reason=" ")
    with pytest.raises(Conflict):
        await revise(team.company.hr, version=1)
    assert await facts(team) == UNTOUCHED


async def test_a_revised_goal_waits_for_its_owner_again_and_keeps_the_old_numbers(team: Team) -> None:
    await confirm(team.owner, team.goal)
    async with tenant_transaction(team.company.hr):
        revised = await revise_goal(
            team.company.hr, goal_id=team.goal, version=3, target=Decimal("1300000.00"), reason="新增两家医院"
        )
        numbers = await fetch("select number, target, confirmed_by from goal_version order by number")
    assert (revised.state, revised.number, revised.version) == ("PROPOSED", 2, 4)
    assert sum(revised.months) == Decimal("1300000.00")
    assert [(row["number"], str(row["target"]), row["confirmed_by"]) for row in numbers] == [
        (1, "1200000.00", team.owner.person_id),
        (2, "1300000.00", None),
    ]
    assert (await confirm(team.owner, team.goal, version=4)).state == "CONFIRMED"


async def test_of_two_who_revise_at_once_one_has_a_conflict(team: Team) -> None:
    async def revise(target: str) -> GoalRow:
        async with tenant_transaction(team.company.hr):
            return await revise_goal(team.company.hr, goal_id=team.goal, version=2, target=Decimal(target), reason="同时修订")

    both = await asyncio.gather(*map(revise, ("1.00", "2.00")), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["Conflict", "GoalRow"]
    (stale,) = [each for each in both if isinstance(each, Conflict)]
    assert stale.current_version == 3
    async with tenant_transaction(team.company.system):
        assert await fetch("select current_number, version from goal") == [{"current_number": 2, "version": 3}]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "2026 年"}, CycleCodeInvalid),
        ({"code": ""}, CycleCodeInvalid),
        ({"code": "2026"}, CycleExists),
        ({"name": " "}, CycleNameInvalid),
        ({"ends_on": date(2026, 12, 31)}, CyclePeriodInvalid),
        ({"ends_on": date(2030, 1, 1)}, CyclePeriodInvalid),
    ],
)
async def test_a_wrong_cycle_is_refused(team: Team, changes: dict[str, object], error: type[DomainError]) -> None:
    asked = {"code": "2027", "name": "2027 年度", "starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}
    async with tenant_transaction(team.company.hr):
        with pytest.raises(error):
            await create_cycle(team.company.hr, **asked | changes)  # type: ignore[arg-type]  # mixed by design
        assert await fetch("select code from cycle") == [{"code": "2026"}]


async def test_only_hr_and_admin_open_a_cycle(team: Team) -> None:
    for actor in (team.owner, team.manager, team.company.auditor):
        async with tenant_transaction(actor):
            with pytest.raises(Forbidden):
                await create_cycle(actor, code="2027", name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
