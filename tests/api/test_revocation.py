"""What ends a sign-in ends it at the next request, in every process that remembers it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_server.app import make_app
from plumb_server.assembly import product_resources
from support.serving import Caller, browser, served

PASSWORD = "correct horse battery"
COMPANY = "{ company { name } }"
MEMBERS = "{ members { totalCount } }"
NAMED = {"name": "测试医疗器械有限公司"}
NOBODY = (401, "UNAUTHENTICATED")
LOGOUT = "mutation ($input: LogoutInput!) { logout(input: $input) { __typename } }"
CREATE = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  ... on NewApiToken { credential token { id } } } }"""
REVOKE = "mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) { __typename } }"
INVITE = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { ... on InvitationSuccess { credential } } }"
INVITED = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename } }"
ACCEPT = """mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
  ... on LoginSuccess { csrfToken } ... on Problem { code } } }"""
CLOSE = "mutation ($input: CloseMembershipInput!) { closeMembership(input: $input) { __typename } }"
Someone = Callable[[], Awaitable[Caller]]
Ending = Callable[[Caller, Any, Actor], Awaitable[None]]


@pytest.fixture(scope="module")
async def second_address(settings: Settings, database: Database) -> AsyncIterator[str]:
    """Serve the product by a second process' own objects: its own memory of callers, its own kept answers."""
    async with served(settings, lambda own: make_app(own, product_resources)) as url:
        yield url


class Everywhere:
    """One credential at two processes, both of which know it."""

    def __init__(self, callers: list[Caller]) -> None:
        self.callers = callers

    async def remembered(self) -> None:
        """Ask twice, so that the second time nothing is looked up anew."""
        for caller in self.callers:
            for _ in range(2):
                assert await caller.ask(COMPANY) == NAMED

    async def refused(self) -> None:
        """Both refuse at once, and go on refusing; nothing that was kept is told."""
        for _ in range(2):
            for caller in self.callers:
                assert await caller.refusal(COMPANY) == NOBODY


@pytest.fixture
async def elsewhere(second_address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(second_address) as client:
        yield client


@pytest.fixture
async def colleague(admin: Caller, someone: Someone, elsewhere: httpx2.AsyncClient) -> Everywhere:
    """Return an invited colleague who signed in once and is known to two processes."""
    caller = await someone()
    made = await admin.ask(INVITE, input={"email": f"{id(caller)}@example.test", "roles": ["company_admin"]})
    joined = await caller.ask(ACCEPT, input={"credential": made["credential"], "password": PASSWORD})
    caller.csrf = joined["csrfToken"]
    elsewhere.cookies.update(caller.http.cookies)
    everywhere = Everywhere([caller, Caller(elsewhere, csrf=caller.csrf)])
    await everywhere.remembered()
    return everywhere


async def newest_membership(system: Actor) -> UUID:
    async with tenant_transaction(system):
        found: UUID = await fetch_value("select id from membership order by created_at desc, id desc limit 1")
    return found


async def test_signing_out_is_known_everywhere(colleague: Everywhere) -> None:
    await colleague.callers[0].ask(LOGOUT, input={})
    await colleague.refused()


async def test_a_revoked_session_row_is_known_everywhere(colleague: Everywhere, company: Any) -> None:
    membership = await newest_membership(company.system)
    async with platform_transaction() as connection:
        await connection.execute("update session set revoked_at = now() where membership_id = $1", membership)
    await colleague.refused()


async def test_a_closed_membership_is_known_everywhere(colleague: Everywhere, admin: Caller, company: Any) -> None:
    membership = await newest_membership(company.system)
    answer = await admin.ask(CLOSE, input={"id": encode_id("Member", membership)})
    assert answer == {"__typename": "Member"}
    await colleague.refused()


async def test_a_deactivated_account_is_known_everywhere(colleague: Everywhere, company: Any) -> None:
    membership = await newest_membership(company.system)
    async with tenant_transaction(company.system):
        account = await fetch_value("select account_id from membership where id = $1", membership)
    async with platform_transaction() as connection:
        await connection.execute("update account set active = false where id = $1", account)
    await colleague.refused()


async def test_a_deactivated_company_is_known_everywhere(colleague: Everywhere, company: Any) -> None:
    async with tenant_transaction(company.system):
        await execute("update company set active = false")
    await colleague.refused()


async def test_changed_roles_hold_from_the_next_request_everywhere(colleague: Everywhere, company: Any) -> None:
    for caller in colleague.callers:
        assert (await caller.ask(MEMBERS))["totalCount"] == 2
    membership = await newest_membership(company.system)
    async with tenant_transaction(company.system):
        await execute("""update membership set roles = '["employee"]' where id = $1""", membership)
    for caller in colleague.callers:
        body = (await caller.post(MEMBERS)).json()
        assert (body["data"], body["errors"][0]["extensions"]["code"]) == ({"members": None}, "FORBIDDEN")
        assert await caller.ask(COMPANY) == NAMED
    async with tenant_transaction(company.system):
        await execute("""update membership set roles = '["auditor"]' where id = $1""", membership)
    for caller in colleague.callers:
        assert (await caller.ask(MEMBERS))["totalCount"] == 2


@pytest.fixture
async def program(admin: Caller, someone: Someone, elsewhere: httpx2.AsyncClient) -> tuple[Everywhere, str]:
    """Return a program with a token of the admin, known to two processes, and the token's id."""
    made = await admin.ask(CREATE, input={"name": "报表", "scopes": ["company:read", "member:read"], "days": 1})
    caller = await someone()
    caller.token = made["credential"]
    everywhere = Everywhere([caller, Caller(elsewhere, token=made["credential"])])
    await everywhere.remembered()
    return everywhere, made["token"]["id"]


async def test_a_revoked_token_is_known_everywhere(program: tuple[Everywhere, str], admin: Caller) -> None:
    everywhere, token = program
    await admin.ask(REVOKE, input={"id": token})
    await everywhere.refused()
    assert await admin.ask(COMPANY) == NAMED


async def test_an_expired_token_is_known_everywhere(program: tuple[Everywhere, str], company: Any) -> None:
    async with tenant_transaction(company.system):
        await execute("update api_token set expires_at = now() - interval '1 second'")
    await program[0].refused()


async def test_the_token_of_a_closed_account_is_known_everywhere(program: tuple[Everywhere, str], company: Any) -> None:
    async with platform_transaction() as connection:
        await connection.execute("update account set active = false where email = $1", company.email)
    await program[0].refused()


async def test_a_mutation_of_a_remembered_caller_is_refused_alike(colleague: Everywhere, company: Any) -> None:
    membership = await newest_membership(company.system)
    async with tenant_transaction(company.system):
        await execute("update membership set active = false where id = $1", membership)
    for caller in colleague.callers:
        assert await caller.refusal(CREATE, input={"name": "晚了", "scopes": ["company:read"], "days": 1}) == NOBODY
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from api_token") == 0


async def test_a_change_under_a_session_that_ended_is_refused_by_its_own_transaction(colleague: Everywhere, company: Any) -> None:
    membership = await newest_membership(company.system)
    async with platform_transaction() as connection:
        await connection.execute("update session set revoked_at = now() where membership_id = $1", membership)
    for caller in colleague.callers:
        assert await caller.refusal(CREATE, input={"name": "晚了", "scopes": ["company:read"], "days": 1}) == NOBODY
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from api_token") == 0


async def test_changed_roles_hold_for_the_next_change_everywhere(colleague: Everywhere, company: Any) -> None:
    membership = await newest_membership(company.system)
    for role, answers in (("employee", "ForbiddenProblem"), ("company_admin", "InvitationSuccess")):
        async with tenant_transaction(company.system):
            await execute("update membership set roles = jsonb_build_array($2::text) where id = $1", membership, role)
        for place, caller in enumerate(colleague.callers):
            given = {"email": f"{role}{place}{id(caller)}@example.test", "roles": ["employee"]}
            assert await caller.ask(INVITED, input=given) == {"__typename": answers}
    async with tenant_transaction(company.system):
        # One is that of the colleague.
        assert await fetch_value("select count(*) from invitation") == 1 + len(colleague.callers)
