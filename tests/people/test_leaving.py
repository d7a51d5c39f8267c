"""Leaving: sessions and memberships end, what is open passes on or waits in a ticket, history stays with the leaver (C96)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, fetch, fetch_one, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.identity.service import authenticate
from plumb_tenants.goals.service import confirm_goal
from plumb_tenants.people.service import complete_handover, deactivate_person
from support.actions_made import CLINIC, HOSPITALS, MONDAY, WEDNESDAY, bring, complete, dispatch, visits
from support.filled_company import new_session
from support.team import Team, make_team

STATE = """select (select count(*) from handover) || ',' || (select count(*) from audit_entry) || ','
  || (select count(*) from person where active) || ',' || (select count(*) from membership where active) || ','
  || (select md5(string_agg(g::text, ',')) from goal g)"""
HOLDER = "select p.number from {} t join person p on p.id = t.owner_id where {} order by 1"


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


async def leave(team: Team, *, actor: Actor | None = None, who: Actor | None = None, **changes: Any) -> Any:
    """Deactivate the owner, or another, on the Wednesday."""
    caller = actor or team.company.hr
    asked: dict[str, Any] = {"person_id": (who or team.owner).person_id, "version": 1, "reason": "离职"} | changes
    with clock_at(WEDNESDAY):
        async with tenant_transaction(caller):
            return await deactivate_person(caller, **asked)


async def refused(team: Team, act: Any) -> tuple[str, str | None]:
    async with tenant_transaction(team.company.hr):
        before = await fetch_value(STATE)
    with pytest.raises(DomainError) as caught:
        await act
    async with tenant_transaction(team.company.hr):
        assert await fetch_value(STATE) == before
    return caught.value.code, caught.value.field


async def busy(team: Team) -> tuple[Any, Any]:
    """Give the owner hospitals, a confirmed goal, a task that is begun and one that is done; return the tasks."""
    await bring(team.company.hr, *HOSPITALS, CLINIC)
    begun, done = (await dispatch(team.company.hr, visits(goal_id=team.goal), visits("done", quantity=1))).task_ids
    await complete(team.owner, begun, "H1")
    await complete(team.owner, done, "H1")
    async with tenant_transaction(team.owner):
        await confirm_goal(team.owner, goal_id=team.goal, version=2)
    return begun, done


async def holders(team: Team, table: str, condition: str = "true") -> list[str]:
    async with tenant_transaction(team.company.hr):
        return [row["number"] for row in await fetch(HOLDER.format(table, condition))]


async def test_who_may_not_and_what_makes_no_sense_deactivates_nobody(team: Team) -> None:
    owner, colleague = team.owner.person_id, team.colleague.person_id
    assert await refused(team, leave(team, actor=team.manager)) == ("FORBIDDEN", None)
    assert await refused(team, leave(team, person_id=team.cycle)) == ("NOT_FOUND", "personId")
    assert await refused(team, leave(team, version=2)) == ("CONFLICT", "version")
    assert await refused(team, leave(team, reason=" ")) == ("LEAVING_REASON_MISSING", "reason")
    assert await refused(team, leave(team, successor_id=team.cycle)) == ("NOT_FOUND", "successorId")
    assert await refused(team, leave(team, successor_id=owner)) == ("SUCCESSOR_INVALID", "successorId")
    await leave(team, who=team.colleague)
    assert await refused(team, leave(team, successor_id=colleague)) == ("SUCCESSOR_INVALID", "successorId")
    assert await refused(team, leave(team, who=team.colleague, version=2)) == ("PERSON_INACTIVE", "personId")


async def test_with_a_successor_what_is_open_passes_on_and_what_is_done_or_signed_stays(team: Team) -> None:
    begun, done = await busy(team)
    session = await new_session(team.owner)
    assert await authenticate(session, kind="session") is not None
    handover = await leave(team, successor_id=team.colleague.person_id)
    with pytest.raises(DomainError):
        await authenticate(session, kind="session")
    assert await holders(team, "customer") == ["E2"] * 6
    assert await holders(team, "task", f"t.id = '{begun}'") == ["E2"]
    assert await holders(team, "task", f"t.id = '{done}'") == ["E1"]
    assert await holders(team, "goal") == ["E2"]
    async with tenant_transaction(team.company.hr):
        row = await fetch_one("select state, items, successor_id from handover where id = $1", handover)
        goal = await fetch_one("select state, current_number, version from goal where id = $1", team.goal)
        versions = await fetch("select number, confirmed_by, target from goal_version order by number")
        person = await fetch_one("select active, version from person where number = 'E1'")
        member = await fetch_value("select active from membership where id = $1", team.owner.membership_id)
        by = await fetch_value("select done_by from task_completion where task_id = $1", begun)
        told = await fetch("select p.number from message m join person p on p.id = m.person_id where m.kind = 'handover'")
    assert row is not None
    assert row["state"] == "DONE"
    assert goal == {"state": "PROPOSED", "current_number": 2, "version": 4}
    assert [(each["number"], each["confirmed_by"]) for each in versions] == [(1, team.owner.person_id), (2, None)]
    assert versions[0]["target"] == versions[1]["target"]
    assert (person, member, by) == ({"active": False, "version": 2}, False, team.owner.membership_id)
    assert [each["number"] for each in told] == ["E2"]
    async with tenant_transaction(team.colleague):
        assert (await confirm_goal(team.colleague, goal_id=team.goal, version=4)).state == "CONFIRMED"
    await complete(team.colleague, begun, "H2")


async def test_without_a_successor_a_ticket_waits_and_the_manager_is_told(team: Team) -> None:
    await busy(team)
    handover = await leave(team)
    assert await holders(team, "customer") == ["E1"] * 6
    async with tenant_transaction(team.company.hr):
        row = await fetch_one(
            "select state, (items ->> 'goals')::int as goals, (items ->> 'customers')::int as customers, "
            "(items ->> 'tasks')::int as tasks, successor_id from handover"
        )
        told = await fetch("select p.number from message m join person p on p.id = m.person_id where m.kind = 'handover'")
    assert row == {"state": "OPEN", "goals": 1, "customers": 6, "tasks": 1, "successor_id": None}
    assert [each["number"] for each in told] == ["M1"]
    successor = team.colleague.person_id
    assert successor is not None

    async def finish(version: int = 1, actor: Actor | None = None) -> Any:
        with clock_at(WEDNESDAY):
            async with tenant_transaction(actor or team.company.hr):
                caller = actor or team.company.hr
                return await complete_handover(caller, handover_id=handover, version=version, successor_id=successor)

    assert await refused(team, finish(actor=team.manager)) == ("FORBIDDEN", None)
    assert await refused(team, finish(2)) == ("CONFLICT", "version")
    await finish()
    assert await refused(team, finish(2)) == ("HANDOVER_DONE", "handoverId")
    assert (await holders(team, "customer"), await holders(team, "goal")) == (["E2"] * 6, ["E2"])
    assert await holders(team, "task", "t.state = 'OPEN'") == ["E2"]


async def test_who_holds_nothing_leaves_without_a_ticket_and_gets_no_new_task(team: Team) -> None:
    await bring(team.company.hr, *(HOSPITALS))
    await leave(team, who=team.colleague)
    async with tenant_transaction(team.company.hr):
        assert await fetch_value("select state from handover") == "DONE"
        assert await fetch_value("select count(*) from message") == 0
    assert MONDAY.weekday() == 0
    with pytest.raises(DomainError) as caught:
        await dispatch(team.company.hr, visits(owner_number="E2", customer_codes=("H1", "H2", "H3")))
    assert (caught.value.code, caught.value.field) == ("NOT_FOUND", "tasks[0].ownerNumber")
