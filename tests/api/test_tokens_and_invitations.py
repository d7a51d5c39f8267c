"""API tokens and invitations over HTTP: shown once, limited, ended at once (A32)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.serving import Caller

PASSWORD = "correct horse battery"
PROBLEM = "... on Problem { code message field }"
CREATE_TOKEN = f"""mutation ($input: CreateApiTokenInput!) {{ createApiToken(input: $input) {{
  ... on NewApiToken {{ credential token {{ id prefix scopes expiresAt revokedAt lastUsedAt }} }} {PROBLEM} }} }}"""
REVOKE_TOKEN = f"""mutation ($input: RevokeApiTokenInput!) {{ revokeApiToken(input: $input) {{
  ... on ApiToken {{ id revokedAt }} {PROBLEM} }} }}"""
INVITE = f"""mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{
  ... on InvitationSuccess {{ credential email roles }} {PROBLEM} }} }}"""
ACCEPT = f"""mutation ($input: AcceptInvitationInput!) {{ acceptInvitation(input: $input) {{
  ... on LoginSuccess {{ csrfToken }} {PROBLEM} }} }}"""
COMPANY = "{ company { name } }"
VIEWER = "{ viewer { roles permissions { permission scope } } }"
Someone = Callable[[], Awaitable[Caller]]


async def new_token(admin: Caller, *scopes: str) -> Any:
    return await admin.ask(CREATE_TOKEN, input={"name": "报表", "scopes": list(scopes), "days": 1})


async def invited(admin: Caller, *roles: str, email: str = "") -> Any:
    return await admin.ask(INVITE, input={"email": email or f"{uuid4().hex[:12]}@example.test", "roles": list(roles)})


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"scopes": ["goal:burn"]}, "SCOPE_NOT_HELD", "scopes"),
        ({"scopes": ["company:read"], "days": 0}, "TOKEN_LIFETIME_INVALID", "days"),
        ({"scopes": ["company:read"], "days": 367}, "TOKEN_LIFETIME_INVALID", "days"),
    ],
)
async def test_an_unfit_token_is_not_made(admin: Caller, company: Any, asked: dict[str, Any], code: str, field: str) -> None:
    answer = await admin.ask(CREATE_TOKEN, input={"name": "报表"} | asked)
    assert (answer["code"], answer["field"]) == (code, field)
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from api_token") == 0


async def test_a_token_does_what_its_scopes_say_and_no_more(admin: Caller, someone: Someone, company: Any) -> None:
    made = await new_token(admin, "company:read")
    program = await someone()
    program.token = made["credential"]
    assert await program.ask(COMPANY) == {"name": "测试医疗器械有限公司"}
    assert await program.ask(VIEWER) == {
        "roles": ["company_admin"],
        "permissions": [{"permission": "company:read", "scope": "COMPANY"}],
    }
    refused = (await program.post("{ units { totalCount } }")).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await new_token(program, "company:read"))["code"] == "FORBIDDEN"


async def test_a_token_is_stored_as_a_hash_alone(admin: Caller, company: Any) -> None:
    made = await new_token(admin, "company:read")
    assert (made["credential"][:6], made["token"]["prefix"]) == ("plumb_", made["credential"][:12])
    assert len(made["credential"]) >= 49
    async with tenant_transaction(company.system):
        (row,) = await fetch("select to_jsonb(t)::text as text from api_token t")
        (entry,) = await fetch("select to_jsonb(e)::text as text from audit_entry e where action = 'api_token.create'")
    assert made["credential"] not in row["text"] + entry["text"]


async def test_a_revoked_token_is_nobody_from_the_next_request_on(admin: Caller, someone: Someone) -> None:
    made = await new_token(admin, "company:read")
    program = await someone()
    program.token = made["credential"]
    await program.ask(COMPANY)
    revoked = await admin.ask(REVOKE_TOKEN, input={"id": made["token"]["id"]})
    assert (revoked["id"], revoked["revokedAt"] is None) == (made["token"]["id"], False)
    assert await program.refusal(COMPANY) == (401, "UNAUTHENTICATED")


async def test_an_expired_token_is_nobody(admin: Caller, someone: Someone, company: Any) -> None:
    program = await someone()
    program.token = (await new_token(admin, "company:read"))["credential"]
    async with tenant_transaction(company.system):
        await execute("update api_token set expires_at = $1", now() - timedelta(seconds=1))
    assert await program.refusal(COMPANY) == (401, "UNAUTHENTICATED")


async def test_a_token_that_its_owner_s_role_outlived_shrinks_with_the_role(
    admin: Caller, someone: Someone, company: Any
) -> None:
    program = await someone()
    program.token = (await new_token(admin, "audit:read", "company:read"))["credential"]
    async with tenant_transaction(company.system):
        await execute("update membership set roles = '[\"employee\"]'")
    refused = (await program.post("{ verifyAuditChain { valid } }")).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await program.ask(COMPANY) == {"name": "测试医疗器械有限公司"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "no address"}, "EMAIL_INVALID", "email"),
        ({"roles": ["emperor"]}, "ROLE_NOT_GRANTABLE", "roles"),
        ({"personId": encode_id("Person", uuid4())}, "NOT_FOUND", "personId"),
    ],
)
async def test_an_unfit_invitation_is_not_made(
    admin: Caller, company: Any, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = await admin.ask(INVITE, input={"email": "new@example.test", "roles": ["employee"]} | changes)
    assert (answer["code"], answer["field"]) == (code, field)
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from invitation") == 0


async def test_an_employee_is_invited_only_at_the_address_of_their_record(admin: Caller, company: Any) -> None:
    person_id = uuid4()
    async with tenant_transaction(company.system):
        unit = await fetch_value(
            "insert into org_unit (tenant_id, id, code, name, ordinal, version, created_at) "
            "values ($1, $2, 'U', '部门', 0, 1, now()) returning id",
            *(company.tenant_id, uuid4()),
        )
        await execute(
            "insert into person (tenant_id, id, number, name, email, unit_id, grade, position, skills, active, version, "
            "created_at) values ($1, $2, '1', '张伟', 'zhang@example.test', $3, '', '', '[]', true, 1, now())",
            *(company.tenant_id, person_id, unit),
        )
    asked = {"roles": ["employee"], "personId": encode_id("Person", person_id)}
    refused = await admin.ask(INVITE, input=asked | {"email": "somebody.else@example.test"})
    assert (refused["code"], refused["field"]) == ("INVITATION_NOT_THEIRS", "email")
    assert (await admin.ask(INVITE, input=asked | {"email": "Zhang@example.test"}))["email"] == "zhang@example.test"


async def test_an_unknown_a_used_and_an_expired_invitation_are_refused_alike(
    admin: Caller, someone: Someone, company: Any
) -> None:
    used, expired = await invited(admin, "employee"), await invited(admin, "employee")
    assert "csrfToken" in await (await someone()).ask(ACCEPT, input={"credential": used["credential"], "password": PASSWORD})
    async with tenant_transaction(company.system):
        await execute("update invitation set expires_at = $1 where email = $2", now(), expired["email"])
    guest = await someone()
    for credential in ("pi_unknown", used["credential"], expired["credential"]):
        assert await guest.ask(ACCEPT, input={"credential": credential, "password": PASSWORD}) == {
            "code": "INVITATION_INVALID",
            "message": "The invitation is not valid, was used, or has expired.",
            "field": None,
        }
    assert dict(guest.http.cookies) == {}


async def test_a_short_password_leaves_the_invitation_open(admin: Caller, someone: Someone) -> None:
    credential = (await invited(admin, "employee"))["credential"]
    guest = await someone()
    refused = await guest.ask(ACCEPT, input={"credential": credential, "password": "short"})
    assert refused == {
        "code": "PASSWORD_TOO_WEAK",
        "message": "A password must have 10 to 200 characters.",
        "field": "password",
    }
    assert "csrfToken" in await guest.ask(ACCEPT, input={"credential": credential, "password": PASSWORD})


async def test_an_intercepted_invitation_is_no_way_into_a_known_account(admin: Caller, someone: Someone, company: Any) -> None:
    credential = (await invited(admin, "employee", email=company.email))["credential"]
    thief = await someone()
    refused = await thief.ask(ACCEPT, input={"credential": credential, "password": "another password!"})
    assert (refused["code"], dict(thief.http.cookies)) == ("LOGIN_REFUSED", {})


async def test_who_accepts_is_signed_in_and_can_sign_in_again(admin: Caller, someone: Someone) -> None:
    name = f"new.person.{uuid4().hex[:12]}"  # nobody who was invited before has a password of their own
    made = await invited(admin, "hr", email=f"  {name.title()}@Example.Test ")
    assert (made["email"], made["roles"]) == (f"{name}@example.test", ["hr"])
    guest = await someone()
    guest.csrf = (await guest.ask(ACCEPT, input={"credential": made["credential"], "password": PASSWORD}))["csrfToken"]
    assert (await guest.ask(VIEWER))["roles"] == ["hr"]
    later = await someone()
    assert (await later.sign_in(f"{name}@example.test", PASSWORD))["__typename"] == "LoginSuccess"


async def test_twenty_at_once_use_an_invitation_once(admin: Caller, someone: Someone, company: Any) -> None:

    credential = (await invited(admin, "employee"))["credential"]
    guests = [await someone() for _ in range(20)]
    answers = await asyncio.gather(
        *(guest.ask(ACCEPT, input={"credential": credential, "password": PASSWORD}) for guest in guests)
    )
    assert sorted(answer.get("code", "") for answer in answers) == ["", *["INVITATION_INVALID"] * 19]
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from membership") == 2
