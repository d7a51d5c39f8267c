"""Somebody leaves while their goals are confirmed, proposed or revised: whoever is second sees what the first left (C96, C8)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.ids import encode_id
from plumb_tenants.actions.service import complete_task, import_customers
from plumb_tenants.goals.revising import NewVersion, replace_version
from plumb_tenants.goals.service import confirm_goal, propose_goal, withdraw_goal
from plumb_tenants.people.service import deactivate_person
from support.actions_made import HOSPITALS, MONDAY, WEDNESDAY, bring, dispatch, visits
from support.asking import Ask
from support.overtaking import overtaken
from support.team import Team, make_team

PROBLEM = "... on Problem { code field }"
LEAVE = (
    f"mutation ($input: DeactivatePersonInput!) {{ deactivatePerson(input: $input) {{ ... on Handover {{ state }} {PROBLEM} }} }}"
)
CONFIRM = f"mutation ($input: ConfirmGoalInput!) {{ confirmGoal(input: $input) {{ ... on Goal {{ state }} {PROBLEM} }} }}"
GOAL = "query ($id: ID!) { goal(id: $id) { state owner { number } target weight months { target } } }"
OWNER = "join person p on p.id = t.owner_id"
VERSIONS = "select number, target, confirmed_by is not null as said from goal_version where goal_id = $1 order by number"


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


class Leaving:
    """A team whose owner leaves with the colleague as successor, asked over the API."""

    def __init__(self, team: Team, ask: Ask) -> None:
        self.team, self.ask = team, ask
        self.hr, self.goal = team.company.hr, encode_id("Goal", team.goal)

    async def leaves(self) -> None:
        """Let the owner go, by the API."""
        owner, successor = (
            encode_id("Person", each.person_id or each.tenant_id) for each in (self.team.owner, self.team.colleague)
        )
        given = {"personId": owner, "version": 1, "reason": "离职", "successorId": successor}
        assert await self.ask(self.hr, LEAVE, input=given) == {"state": "DONE"}

    async def leaving(self) -> None:
        """Let the owner go within the transaction that is open."""
        who, successor = self.team.owner.person_id, self.team.colleague.person_id
        assert who is not None
        await deactivate_person(self.hr, person_id=who, version=1, reason="离职", successor_id=successor)

    async def stands(self) -> tuple[Any, ...]:
        """Return the state, owner and target of the goal, whose months make its target."""
        found = await self.ask(self.hr, GOAL, id=self.goal)
        assert sum(Decimal(each["target"]) for each in found["months"]) == Decimal(found["target"])
        return found["state"], found["owner"]["number"], found["target"]

    async def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        async with tenant_transaction(self.hr):
            return [tuple(row.values()) for row in await fetch(statement, *values)]

    async def versions(self) -> list[tuple[Any, ...]]:
        """Return number and target of the goal's versions, and whether its owner gave their word to them."""
        return await self.rows(VERSIONS, self.team.goal)

    def at(self, moment: datetime) -> "Leaving":
        """Return the same at a moment."""
        return Leaving(self.team, replace(self.ask, at=moment))


@pytest.fixture
def leaving(team: Team, ask: Ask) -> Leaving:
    return Leaving(team, ask)


FIRST, TARGET = "1200000.00", Decimal("1200000.00")


async def test_a_word_that_waits_for_the_leaving_is_given_for_nobody(leaving: Leaving) -> None:
    team = leaving.team
    given = {"goalId": leaving.goal, "version": 2}
    said: list[Any] = []

    async def confirms() -> None:
        said.append(await leaving.ask(team.owner, CONFIRM, input=given))

    assert await overtaken(leaving.hr, leaving.leaving, confirms) == ""
    assert said[0].get("code") in {"NOT_FOUND", "CONFLICT", "UNAUTHENTICATED", "FORBIDDEN"}
    assert await leaving.stands() == ("PROPOSED", "E2", FIRST)
    assert await leaving.versions() == [(1, TARGET, False), (2, TARGET, False)]
    assert await leaving.ask(team.colleague, CONFIRM, input={"goalId": leaving.goal, "version": 3}) == {"state": "CONFIRMED"}


async def test_who_leaves_right_after_their_word_keeps_it_and_the_successor_gives_their_own(leaving: Leaving) -> None:
    team = leaving.team
    confirming = partial(confirm_goal, team.owner, goal_id=team.goal, version=2)
    assert await overtaken(team.owner, confirming, leaving.leaves) == ""
    assert await leaving.stands() == ("PROPOSED", "E2", FIRST)
    assert await leaving.versions() == [(1, TARGET, True), (2, TARGET, False)]


async def test_a_goal_that_is_revised_while_its_owner_leaves_passes_on_with_its_new_numbers(leaving: Leaving) -> None:
    team, wanted = leaving.team, Decimal("2400000.00")
    async with tenant_transaction(team.owner):
        await confirm_goal(team.owner, goal_id=team.goal, version=2)
    revising = partial(replace_version, leaving.hr, team.goal, NewVersion(target=wanted, source={"reason": "年中调整"}))
    assert await overtaken(leaving.hr, revising, leaving.leaves) == ""
    assert await leaving.stands() == ("PROPOSED", "E2", "2400000.00")
    kept = [(1, TARGET, True), (2, wanted, False), (3, wanted, False)]
    assert await leaving.versions() == kept


async def test_a_draft_that_is_proposed_while_its_owner_leaves_is_the_successor_s_to_confirm(leaving: Leaving) -> None:
    team = leaving.team
    async with tenant_transaction(team.company.system):
        await execute("update goal set state = 'DRAFT', version = 1 where id = $1", team.goal)
    proposing = partial(propose_goal, leaving.hr, goal_id=team.goal, version=1)
    assert await overtaken(leaving.hr, proposing, leaving.leaves) == ""
    assert await leaving.stands() == ("PROPOSED", "E2", FIRST)
    assert (await leaving.versions())[-1] == (2, TARGET, False)


async def test_a_goal_that_is_withdrawn_while_its_owner_leaves_passes_to_nobody(leaving: Leaving) -> None:
    team = leaving.team
    withdrawing = partial(withdraw_goal, leaving.hr, goal_id=team.goal, version=2, reason="业务线裁撤")
    assert await overtaken(leaving.hr, withdrawing, leaving.leaves) == ""
    assert await leaving.stands() == ("WITHDRAWN", "E1", FIRST)
    assert await leaving.versions() == [(1, TARGET, False)]
    with pytest.raises(DomainError):
        async with tenant_transaction(team.colleague):
            await confirm_goal(team.colleague, goal_id=team.goal, version=3)


async def test_a_visit_that_ends_a_task_while_its_owner_leaves_leaves_it_with_them(leaving: Leaving) -> None:
    await bring(leaving.hr, *HOSPITALS)
    (task,) = (await dispatch(leaving.hr, visits("done", quantity=1))).task_ids

    async def ending() -> None:
        with clock_at(WEDNESDAY):
            await complete_task(leaving.team.owner, task_id=task, customer_code="H1", day=MONDAY, contact_role="主任")

    assert await overtaken(leaving.team.owner, ending, leaving.at(WEDNESDAY).leaves) == ""
    assert await leaving.rows(f"select t.state, p.number from task t {OWNER}") == [("DONE", "E1")]


async def test_a_customer_who_goes_to_somebody_else_while_their_keeper_leaves_is_not_the_successor_s(leaving: Leaving) -> None:
    await bring(leaving.hr, *HOSPITALS[:2])
    moving = partial(import_customers, leaving.hr, customers=[replace(HOSPITALS[1], owner_number="M1")])
    assert await overtaken(leaving.hr, moving, leaving.leaves) == ""
    held = await leaving.rows(f"select t.code, p.number from customer t {OWNER} order by t.code")
    assert held == [("H1", "E2"), ("H2", "M1")]
