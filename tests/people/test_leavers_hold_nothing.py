"""Who left gets nothing new and does not come back by an old invitation, also when both happen at one moment (C8, C96)."""

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from plumb_platform.clock import clock_at, today
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.identity import invitations
from plumb_platform.identity.members import close_membership
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role
from plumb_tenants.approvals.service import delegate_approvals
from plumb_tenants.goals.draft_rules import GoalDraft
from plumb_tenants.goals.kinds import GoalKind
from plumb_tenants.goals.service import Said, check_in, create_goal, mark_priority, withdraw_goal
from plumb_tenants.people.service import deactivate_person, import_people
from support.actions_made import HOSPITALS, WEDNESDAY, bring, dispatch, visits
from support.overtaking import Act, overtaken
from support.team import Team, make_team

PASSWORD = "correct horse battery"
OPEN_OF_LEAVERS = """select (select count(*) from goal g join person p on p.id = g.owner_id where not p.active)
  + (select count(*) from task t join person p on p.id = t.owner_id where not p.active)
  + (select count(*) from customer c join person p on p.id = c.owner_id where not p.active)
  + (select count(*) from role_assignment a join person p on p.id = a.person_id where not p.active)
  + (select count(*) from approval_delegation d join person p on p.id = d.to_id where not p.active)
  + (select count(*) from membership m join person p on p.id = m.person_id where m.active and not p.active)"""


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


def leave(team: Team) -> Awaitable[Any]:
    """Let the colleague, who holds nothing, leave."""
    hr, person = team.company.hr, team.colleague.person_id
    assert person is not None
    return deactivate_person(hr, person_id=person, version=1, reason="离职")


async def given(team: Team, what: str) -> None:
    """Give the colleague something of a kind."""
    hr, person = team.company.hr, team.colleague.person_id
    assert person is not None
    last = today("UTC") + timedelta(days=9)
    if what == "customers":
        await bring(hr, *[each.__class__(code="H9", name="医院9", owner_number="E2") for each in HOSPITALS[:1]])
    if what == "tasks":
        await dispatch(hr, visits(owner_number="E2", customer_grade="", contact_role="", quantity=1, customer_codes=["H1"]))
    if what == "goals":
        async with tenant_transaction(hr):
            await create_goal(hr, draft=drafted_for(team))
    if what == "role":
        async with tenant_transaction(team.company.admin):
            await assign_role(team.company.admin, role="employee", target=RoleTarget(person_id=person))
    if what == "delegated role":
        async with tenant_transaction(team.manager):
            await delegate_role(team.manager, role="manager", person_id=person, ends_on=last)
    if what == "delegated approvals":
        async with tenant_transaction(team.manager):
            await delegate_approvals(team.manager, person_id=person, starts_on=last, ends_on=last)


def drafted_for(team: Team) -> GoalDraft:
    numbers: dict[str, Any] = {"metric": "签约额", "unit_of_measure": "元", "target": Decimal(100), "weight": Decimal(100)}
    place: dict[str, Any] = {"cycle_id": team.cycle, "unit_id": team.unit, "owner_id": team.colleague.person_id}
    return GoalDraft(kind=GoalKind.OBJECTIVE, title="新目标", **place, **numbers)


KINDS = ("goals", "customers", "tasks", "role", "delegated role", "delegated approvals")


@pytest.mark.parametrize("what", KINDS)
async def test_what_is_given_while_somebody_leaves_is_refused(team: Team, what: str) -> None:
    await bring(team.company.hr, *HOSPITALS)
    assert await overtaken(team.company.hr, partial(leave, team), partial(given, team, what)) == "PERSON_INACTIVE"
    async with tenant_transaction(team.company.system):
        assert await fetch_value(OPEN_OF_LEAVERS) == 0


async def test_a_goal_or_a_role_is_not_given_to_somebody_who_left(team: Team) -> None:
    async with tenant_transaction(team.company.hr):
        await leave(team)
    for what, field in (("goals", "ownerId"), ("role", "target.personId")):
        with pytest.raises(DomainError) as refused:
            await given(team, what)
        assert (refused.value.code, refused.value.field) == ("PERSON_INACTIVE", field)


def entering(credential: str) -> Act:
    return partial(invitations.accept, credential, password=PASSWORD, hours=1, address="192.0.2.9", agent="", request_id="")


async def invited(team: Team, *, as_colleague: bool = True, email: str = "e2@example.test") -> str:
    person = team.colleague.person_id if as_colleague else None
    async with tenant_transaction(team.company.admin):
        made = await invitations.invite(team.company.admin, email=email, roles=["employee"], person_id=person)
    return made.credential


async def test_an_invitation_of_somebody_who_left_or_is_leaving_is_no_way_back(team: Team) -> None:
    async with tenant_transaction(team.company.admin):
        assert team.colleague.membership_id is not None
        await close_membership(team.company.admin, membership_id=team.colleague.membership_id)
    first, second = await invited(team), await invited(team, email="e2-again@example.test")
    assert await overtaken(team.company.hr, partial(leave, team), entering(first)) == "INVITATION_INVALID"
    with pytest.raises(invitations.InvitationInvalid):
        await entering(second)()
    async with tenant_transaction(team.company.system):
        assert await fetch_value(OPEN_OF_LEAVERS) == 0


async def test_a_second_invitation_does_not_outlive_the_membership_that_the_first_one_made(team: Team) -> None:
    first, second = [await invited(team, as_colleague=False, email="guest@example.test") for _ in range(2)]
    joined = await entering(first)()
    async with tenant_transaction(team.company.admin):
        await close_membership(team.company.admin, membership_id=joined.actor.membership_id)
    with pytest.raises(invitations.InvitationInvalid):
        await entering(second)()
    third = await invited(team, as_colleague=False, email="guest@example.test")
    assert (await entering(third)()).actor.membership_id == joined.actor.membership_id


def saying(team: Team) -> Act:
    """Return the owner's check-in, begun and committed by itself."""

    async def say() -> None:
        with clock_at(WEDNESDAY):
            async with tenant_transaction(team.owner):
                await check_in(team.owner, goal_id=team.goal, said=Said(value=Decimal(1)))

    return say


async def test_a_goal_that_is_being_withdrawn_is_not_reported_about_and_made_no_priority(team: Team) -> None:
    async def mark() -> None:
        async with tenant_transaction(team.company.admin):
            await mark_priority(team.company.admin, goal_id=team.goal)

    hr = team.company.hr
    for late, code in ((saying(team), "GOAL_NOT_FOLLOWED"), (mark, "PRIORITY_NOT_FOLLOWED")):
        async with tenant_transaction(team.company.system):
            await execute("update goal set state = 'PROPOSED', version = 7")
        taking_back = partial(withdraw_goal, hr, goal_id=team.goal, version=7, reason="重复")
        assert await overtaken(hr, taking_back, late) == code
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select (select count(*) from check_in) + (select count(*) from company_priority)") == 0


async def test_a_goal_that_passes_to_a_successor_is_not_reported_about_by_who_leaves(team: Team) -> None:
    hr, leaver = team.company.hr, team.owner.person_id
    assert leaver is not None
    leaving = partial(deactivate_person, hr, person_id=leaver, version=1, reason="离职", successor_id=team.colleague.person_id)
    assert await overtaken(hr, leaving, saying(team)) == "NOT_FOUND"
    async with tenant_transaction(team.company.system):
        assert await fetch_value("select count(*) from check_in") == 0


async def test_an_import_that_overlaps_a_leaving_does_not_take_the_leaver_on_again(team: Team) -> None:
    async def moved_up() -> None:
        async with tenant_transaction(team.company.hr):
            content = "工号,姓名,部门编码,职级\nE2,王代表,HN,P9\n".encode()
            report = await import_people(team.company.hr, content=content, dry_run=False)
        assert list(report.errors) == []

    assert await overtaken(team.company.hr, partial(leave, team), moved_up) == ""
    async with tenant_transaction(team.company.system):
        assert await fetch("select active, grade from person where number = 'E2'") == [{"active": False, "grade": "P9"}]
