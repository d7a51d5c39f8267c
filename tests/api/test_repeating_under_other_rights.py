"""A kept answer is told to nobody who would not see it today: not after roles, matrix or place changed, not by another token."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.identity.tokens import create_token
from plumb_schema.ground.ids import encode_id
from support.goals_made import add_cycle, add_goals
from support.matrices import grant, matrix, published
from support.office import Office, make_office, membership_of, person_of
from support.serving import Caller

REVISE = """mutation ($input: ReviseGoalInput!) { reviseGoal(input: $input) {
  ... on Goal { id target version owner { name } } ... on Problem { problem: code field } } }"""
CYCLE = """mutation ($input: CreateCycleInput!) { createCycle(input: $input) {
  ... on Cycle { id } ... on Problem { problem: code field } } }"""
YEAR = {"code": "2031", "name": "2031 年度", "startsOn": "2031-01-01", "endsOn": "2031-12-31"}
SignedIn = Callable[[Actor], Awaitable[Caller]]
OUTLIVED = {"problem": "ANSWER_OUTLIVED", "field": "idempotencyKey"}


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


@pytest.fixture
async def goal(office: Office) -> dict[str, Any]:
    (made,) = await add_goals(office.company, await add_cycle(office.company), [(office.below, office.clerk)])
    return {"goalId": encode_id("Goal", made), "target": "777777.00", "version": 2, "reason": "市场变化"}


async def told(caller: Caller, document: str, given: dict[str, Any], *, key: str = "the-admins-key") -> Any:
    (found,) = (await caller.post(document, {"idempotency-key": key}, input=given)).json()["data"].values()
    return found


async def with_token(http: httpx2.AsyncClient, actor: Actor, *scopes: str) -> Caller:
    async with tenant_transaction(actor):
        return Caller(http, token=(await create_token(actor, name="重放", scopes=list(scopes), days=1)).credential)


async def test_an_answer_is_repeated_to_no_token_and_under_no_role_that_it_was_not_made_for(
    office: Office, goal: dict[str, Any], signed_in: SignedIn, http: httpx2.AsyncClient
) -> None:
    hr = office.company.hr
    caller = await signed_in(hr)
    first = await told(caller, REVISE, goal)
    assert (first["target"], first["owner"]) == ("777777.00", {"name": "李代表"})
    assert await told(await signed_in(hr), REVISE, goal) == first
    narrow = await with_token(http, hr, "goal:revise", "goal:read")
    assert await told(narrow, REVISE, goal) == OUTLIVED
    assert (await told(await with_token(http, hr, "goal:read"), REVISE, goal))["problem"] == "FORBIDDEN"
    await published(office.company.admin, matrix(hr=[grant("goal:revise"), grant("goal:read", fields=["Goal.title"])]))
    assert await told(caller, REVISE, goal) == OUTLIVED
    async with tenant_transaction(office.company.system):
        await execute("""update membership set roles = '["employee"]' where id = $1""", membership_of(hr))
    assert await told(caller, REVISE, goal) == {"problem": "FORBIDDEN", "field": None}
    async with tenant_transaction(office.company.system):
        await execute("""update membership set roles = '["hr"]' where id = $1""", membership_of(hr))
        assert await fetch_value("select max(number) from goal_version") == 2
    await published(office.company.admin, matrix())
    assert await told(caller, REVISE, goal) == first


async def test_an_answer_is_not_repeated_to_who_has_moved_to_another_unit(office: Office, signed_in: SignedIn) -> None:
    company, chief = office.company, office.chief
    await published(company.admin, matrix(employee=[grant("cycle:write"), grant("cycle:read", "COMPANY")]))
    caller = await signed_in(chief)
    first = await told(caller, CYCLE, YEAR)
    assert set(first) == {"id"}
    for unit, answer in ((office.below, OUTLIVED), (office.above, first)):
        async with tenant_transaction(company.system):
            await execute("update person set unit_id = $2 where id = $1", person_of(chief), unit)
        assert await told(caller, CYCLE, YEAR) == answer


async def test_a_key_is_of_one_member_and_of_one_company(office: Office, signed_in: SignedIn) -> None:
    first = await told(await signed_in(office.company.admin), CYCLE, YEAR)
    stranger = (await make_office()).company.admin
    other = await told(await signed_in(stranger), CYCLE, YEAR)
    assert (set(other), other == first) == ({"id"}, False)
    assert (await told(await signed_in(office.clerk), CYCLE, YEAR))["problem"] == "FORBIDDEN"


async def test_a_change_of_ones_own_rights_is_repeated_under_those_that_it_gave(office: Office, signed_in: SignedIn) -> None:
    assign = """mutation ($input: AssignRoleInput!) { assignRole(input: $input) {
      ... on RoleAssignment { id role } ... on Problem { problem: code field } } }"""
    chief = replace(office.chief, roles=frozenset({"employee", "company_admin"}))
    async with tenant_transaction(office.company.system):
        await execute(
            "update membership set roles = to_jsonb($2::text[]) where id = $1", membership_of(chief), sorted(chief.roles)
        )
    given = {"role": "company_admin", "target": {"unitId": encode_id("OrgUnit", office.above)}}
    await published(office.company.admin, matrix(helper=[grant("letter:read", "OWN")]))
    caller = await signed_in(chief)
    for role in ("company_admin", "helper"):
        first = await told(caller, assign, given | {"role": role}, key=role)
        assert first["role"] == role
        assert await told(caller, assign, given | {"role": role}, key=role) == first
