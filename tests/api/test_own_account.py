"""One's own account over HTTP: another password, open sessions seen and ended; invitations seen and taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from plumb_platform.audit.service import ChainMissing
from plumb_platform.database import fetch, platform_transaction, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.identity import credentials, service
from plumb_platform.identity.passwords import reset_password
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_server.founding import found_company
from support.serving import Caller

PASSWORD, OTHER = "correct horse battery", "another horse battery"
PROBLEM = "... on Problem { code message field }"
CHANGE = f"""mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{
  ... on PasswordChanged {{ closedSessions revokedTokens tokensLeft }} {PROBLEM} }} }}"""
SESSIONS = "{ sessions { id current createdAt expiresAt address agent companyKey companyName } }"
END = f"mutation ($input: EndSessionInput!) {{ endSession(input: $input) {{ ... on SessionEnded {{ id }} {PROBLEM} }} }}"
INVITE = f"""mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{
  ... on InvitationSuccess {{ credential invitation {{ id email usedAt }} }} {PROBLEM} }} }}"""
CANCEL = f"""mutation ($input: CancelInvitationInput!) {{ cancelInvitation(input: $input) {{
  ... on Invitation {{ id email usedAt }} {PROBLEM} }} }}"""
ACCEPT = f"""mutation ($input: AcceptInvitationInput!) {{ acceptInvitation(input: $input) {{
  ... on LoginSuccess {{ csrfToken }} {PROBLEM} }} }}"""
INVITATIONS = "{ invitations { edges { node { id usedAt } } } }"
VIEWER = "{ viewer { roles } }"
TOKEN = """mutation { createApiToken(input: {name: "报表", scopes: ["company:read"]}) { ... on NewApiToken { credential } } }"""
Someone = Callable[[], Awaitable[Caller]]


def passwords(current: str, new: str) -> dict[str, str]:
    return {"currentPassword": current, "newPassword": new}


def ended(*, sessions: int = 0, tokens: int = 0, left: int = 0) -> dict[str, int]:
    return {"closedSessions": sessions, "revokedTokens": tokens, "tokensLeft": left}


async def signed_in(someone: Someone, email: str, password: str = PASSWORD, company: str | None = None) -> Caller:
    caller = await someone()
    assert (await caller.sign_in(email, password, company=company))["__typename"] == "LoginSuccess"
    return caller


async def actions_of(company: Any, *names: str) -> list[str]:
    async with tenant_transaction(company.system):
        rows = await fetch("select action, after::text from audit_entry where action = any($1) order by number", list(names))
    return [f"{row['action']} {row['after']}" for row in rows]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (passwords("wrong password!", OTHER), ("PASSWORD_WRONG", "currentPassword")),
        (passwords(PASSWORD, "short"), ("PASSWORD_TOO_WEAK", "newPassword")),
        (passwords(PASSWORD, "长" * 201), ("PASSWORD_TOO_WEAK", "newPassword")),
    ],
)
async def test_an_unfit_change_leaves_the_password_and_every_session(
    admin: Caller, someone: Someone, company: Any, given: dict[str, str], refused: tuple[str, str]
) -> None:
    elsewhere = await signed_in(someone, company.email)
    answer = await admin.ask(CHANGE, input=given)
    assert (answer["code"], answer["field"]) == refused
    await elsewhere.ask(VIEWER)
    await signed_in(someone, company.email)


async def test_another_password_ends_all_other_sessions_and_keeps_this_one(admin: Caller, someone: Someone, company: Any) -> None:
    elsewhere = await signed_in(someone, company.email)
    assert await admin.ask(CHANGE, input=passwords(PASSWORD, OTHER)) == ended(sessions=1)
    assert await elsewhere.refusal(VIEWER) == (401, "UNAUTHENTICATED")
    assert await admin.ask(VIEWER) == {"roles": ["company_admin"]}
    assert (await (await someone()).sign_in(company.email, PASSWORD))["code"] == "LOGIN_REFUSED"
    await signed_in(someone, company.email, OTHER)
    assert await actions_of(company, "account.password") == ['account.password {"tokens_revoked": 0, "sessions_closed": 1}']


async def test_a_sign_in_under_way_with_the_old_password_opens_nothing_after_the_change(
    admin: Caller, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches, changed = credentials.password_matches, asyncio.Event()

    async def slow(password: str, stored: str | None) -> bool:
        fits = await matches(password, stored)
        await changed.wait()
        return fits

    monkeypatch.setattr(service, "password_matches", slow)
    signing_in = asyncio.create_task(
        service.login(company.email, PASSWORD, company_key=None, hours=1, address=f"late-{uuid4().hex[:8]}")
    )
    assert "closedSessions" in await admin.ask(CHANGE, input=passwords(PASSWORD, OTHER))
    changed.set()
    with pytest.raises(service.LoginRefused):
        await signing_in
    assert [each["current"] for each in await admin.ask(SESSIONS)] == [True]


async def test_five_wrong_guesses_at_the_present_password_make_the_right_one_wait(admin: Caller) -> None:
    for _ in range(5):
        assert (await admin.ask(CHANGE, input=passwords("wrong password!", OTHER)))["code"] == "PASSWORD_WRONG"
    assert (await admin.ask(CHANGE, input=passwords(PASSWORD, OTHER)))["code"] == "RATE_LIMITED"


async def test_a_token_changes_no_password_and_sees_no_sessions(admin: Caller, someone: Someone) -> None:
    program = await someone()
    program.token = (await admin.ask(TOKEN))["credential"]
    assert (await program.ask(CHANGE, input=passwords(PASSWORD, OTHER)))["code"] == "SESSION_NEEDED"
    refused = (await program.post(SESSIONS)).json()
    assert refused["errors"][0]["extensions"]["code"] == "SESSION_NEEDED"


async def test_tokens_outlive_another_password_unless_they_are_to_end_too(
    admin: Caller, someone: Someone, settings: Settings, company: Any
) -> None:
    second = f"second-{uuid4().hex[:8]}"
    await found_company(settings, key=second, name="第二公司", admin_email=company.email, admin_password=PASSWORD)
    elsewhere = await signed_in(someone, company.email, company=second)
    programs = [await someone(), await someone()]
    for program, owner in zip(programs, (admin, elsewhere), strict=True):
        program.token = (await owner.ask(TOKEN))["credential"]
    assert await admin.ask(CHANGE, input=passwords(PASSWORD, OTHER)) == ended(sessions=1, left=2)
    await programs[0].ask("{ company { name } }")
    told = await admin.ask(CHANGE, input=passwords(OTHER, PASSWORD) | {"revokeTokens": True})
    assert told == ended(tokens=2)
    assert [await each.refusal("{ company { name } }") for each in programs] == [(401, "UNAUTHENTICATED")] * 2


async def test_a_change_without_its_audit_entry_is_none(
    admin: Caller, someone: Someone, settings: Settings, company: Any
) -> None:
    elsewhere = await signed_in(someone, company.email)
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    await owner.execute("set session_replication_role = replica")
    await owner.execute("delete from audit_head where tenant_id = $1", company.tenant_id)
    await owner.close()
    answer = (await admin.post(CHANGE, input=passwords(PASSWORD, OTHER))).json()
    assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == ({"changePassword": None}, "INTERNAL")
    with pytest.raises(ChainMissing):
        await reset_password(company.email, OTHER)
    await elsewhere.ask(VIEWER)
    async with platform_transaction() as connection:
        known = await connection.fetchval("select password_hash from account where email = $1", company.email)
    assert await credentials.password_matches(PASSWORD, known)


async def test_sessions_are_one_s_own_in_all_companies_newest_first_and_each_can_be_ended(
    admin: Caller, someone: Someone, company: Any, settings: Settings
) -> None:
    second = f"second-{uuid4().hex[:8]}"
    await found_company(settings, key=second, name="第二公司", admin_email=company.email, admin_password=PASSWORD)
    elsewhere = await signed_in(someone, company.email, company=second)
    found = await admin.ask(SESSIONS)
    assert [(each["companyName"], each["companyKey"], each["current"]) for each in found] == [
        ("第二公司", second, False),
        ("测试医疗器械有限公司", company.key, True),
    ]
    assert [each["current"] for each in await elsewhere.ask(SESSIONS)] == [True, False]
    assert await admin.ask(END, input={"id": found[0]["id"]}) == {"id": found[0]["id"]}
    assert await elsewhere.refusal(VIEWER) == (401, "UNAUTHENTICATED")
    assert [each["id"] for each in await admin.ask(SESSIONS)] == [found[1]["id"]]
    again = await admin.ask(END, input={"id": found[0]["id"]})
    assert (again["code"], again["field"]) == ("NOT_FOUND", "id")


async def test_nobody_ends_the_session_of_another_account(admin: Caller, someone: Someone, company: Any) -> None:
    made = await admin.ask(INVITE, input={"email": f"{uuid4().hex[:8]}@example.test", "roles": ["company_admin"]})
    guest = await someone()
    guest.csrf = (await guest.ask(ACCEPT, input={"credential": made["credential"], "password": OTHER}))["csrfToken"]
    (theirs,) = await guest.ask(SESSIONS)
    assert (await admin.ask(END, input={"id": theirs["id"]}))["code"] == "NOT_FOUND"
    assert (await admin.ask(END, input={"id": encode_id("Session", uuid4())}))["code"] == "NOT_FOUND"
    assert await guest.ask(VIEWER) == {"roles": ["company_admin"]}


async def test_invitations_are_seen_and_one_that_was_taken_back_makes_nobody_a_member(
    admin: Caller, someone: Someone, company: Any
) -> None:
    kept, taken = [
        await admin.ask(INVITE, input={"email": f"{name}-{uuid4().hex[:6]}@example.test", "roles": ["employee"]})
        for name in ("kept", "taken")
    ]
    listed = await admin.ask(INVITATIONS)
    assert [each["node"]["id"] for each in listed["edges"]] == [taken["invitation"]["id"], kept["invitation"]["id"]]
    cancelled = {"input": {"id": taken["invitation"]["id"]}}
    for _ in range(2):
        assert (await admin.ask(CANCEL, **cancelled))["id"] == taken["invitation"]["id"]
    guest = await someone()
    assert (await guest.ask(ACCEPT, input={"credential": taken["credential"], "password": OTHER}))["code"] == (
        "INVITATION_INVALID"
    )
    assert "csrfToken" in await guest.ask(ACCEPT, input={"credential": kept["credential"], "password": OTHER})
    assert [each["node"]["usedAt"] is None for each in (await admin.ask(INVITATIONS))["edges"]] == [True, False]
    assert (await admin.ask(CANCEL, input={"id": kept["invitation"]["id"]}))["code"] == "INVITATION_INVALID"
    assert len(await actions_of(company, "member.uninvite")) == 1
