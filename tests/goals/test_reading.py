from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import NotFound
from plumb_tenants.goals.readers import GoalNotConfirmed
from plumb_tenants.goals.rules import GoalState
from plumb_tenants.goals.service import GoalFilter, confirmed_versions, cycles_by_id, get_goal, list_cycles, list_goals
from support.companies import add_person, add_unit
from support.goals_made import add_goals
from support.team import Team


async def listed(actor: Actor, after: UUID | None = None, limit: int = 100, **where: object) -> list[UUID]:
    async with tenant_transaction(actor):
        goals = await list_goals(actor, where=GoalFilter(**where), after=after, limit=limit)  # type: ignore[arg-type]  # mixed
    return [goal.id for goal in goals]


async def test_another_company_s_goal_is_not_there(team: Team, other_team: Team) -> None:
    async with tenant_transaction(other_team.company.hr):
        for goal_id in (team.goal, uuid4()):
            with pytest.raises(NotFound):
                await get_goal(other_team.company.hr, goal_id)
        assert await cycles_by_id(other_team.company.hr, [team.cycle]) == {}
    assert await listed(other_team.company.hr) == [other_team.goal]


async def test_each_reads_as_far_as_their_role_reaches(team: Team) -> None:
    elsewhere = await add_unit(team.company, "HD", "华东")
    stranger = await add_person(team.company, "E9", "赵代表", unit=elsewhere)
    (far,) = await add_goals(team.company, team.cycle, [(elsewhere, stranger)])
    assert await listed(team.company.hr) == [team.goal, far]
    assert await listed(team.company.auditor) == [team.goal, far]
    assert await listed(team.manager) == [team.goal]
    assert await listed(team.owner) == [team.goal]
    assert await listed(team.colleague) == []
    assert await listed(stranger) == [far]


async def test_a_list_is_filtered_and_paged_by_the_last_goal_seen(team: Team) -> None:
    more = sorted(await add_goals(team.company, team.cycle, [(team.unit, team.colleague)] * 3))
    everything = [team.goal, *more]
    hr = team.company.hr
    assert await listed(hr, limit=2) == everything[:2]
    assert await listed(hr, after=everything[1], limit=2) == everything[2:]
    assert await listed(hr, after=everything[3]) == []
    assert await listed(hr, state=GoalState.PROPOSED) == [team.goal]
    assert await listed(hr, owner_id=team.colleague.person_id) == more
    assert await listed(hr, unit_id=uuid4()) == []
    assert await listed(hr, cycle_id=team.cycle, unit_id=team.unit, state=GoalState.CONFIRMED) == more


async def test_a_letter_gets_no_goal_that_nobody_confirmed_or_that_is_out_of_reach(team: Team, other_team: Team) -> None:
    (sure,) = await add_goals(team.company, team.cycle, [(team.unit, team.owner)])
    async with tenant_transaction(team.company.hr):
        with pytest.raises(GoalNotConfirmed) as unsure:
            await confirmed_versions(team.company.hr, [sure, team.goal])
        assert unsure.value.field == "goalIds[1]"
        for goal_id in (other_team.goal, uuid4()):
            with pytest.raises(NotFound) as unknown:
                await confirmed_versions(team.company.hr, [sure, goal_id])
            assert unknown.value.field == "goalIds[1]"


async def test_a_letter_gets_the_confirmed_numbers_in_the_order_asked_for(team: Team) -> None:
    made = await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * 3)
    async with tenant_transaction(team.company.hr):
        goals = await confirmed_versions(team.company.hr, made[::-1])
    assert [goal.id for goal in goals] == made[::-1]
    assert (str(goals[0].target), str(goals[0].weight), len(goals[0].months)) == ("1200000.00", "100.00", 12)
    assert (goals[0].owner_id, goals[0].unit_id, goals[0].confirmed_by) == (
        team.owner.person_id,
        team.unit,
        team.owner.person_id,
    )


async def test_cycles_are_listed_for_everybody_of_the_company(team: Team) -> None:
    async with tenant_transaction(team.owner):
        assert [cycle.id for cycle in await list_cycles(team.owner)] == [team.cycle]
        assert await list_cycles(team.owner, after=team.cycle) == []
