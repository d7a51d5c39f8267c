"""Signing in and out over HTTP: throttled, proven by cookie and CSRF word, ended at once."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.identity.service import authenticate
from plumb_platform.settings import Settings
from plumb_server import assembly
from plumb_server.app import make_app
from plumb_server.assembly import product_resources
from plumb_server.founding import AccountTaken, found_company
from support.serving import SIGN_IN, Caller, served

PASSWORD = "correct horse battery"
VIEWER = "{ viewer { roles csrfToken } }"
COMPANY = "{ company { name } }"
LOGOUT = """mutation ($input: LogoutInput!) { logout(input: $input) {
  __typename ... on LogoutSuccess { closedSessions } ... on Problem { code } } }"""
REFUSED = {
    "__typename": "RefusedProblem",
    "code": "LOGIN_REFUSED",
    "message": "The e-mail or the password is not right.",
    "field": None,
}
Someone = Callable[[], Awaitable[Caller]]


async def sessions_of(tenant_id: UUID) -> int:
    async with platform_transaction() as connection:
        return int(await connection.fetchval("select count(*) from session where tenant_id = $1", tenant_id))


async def test_a_wrong_password_and_an_unknown_account_are_refused_alike(nobody: Caller, company: Any) -> None:
    assert await nobody.sign_in(company.email, "wrong password!") == REFUSED
    assert await nobody.sign_in(f"x{company.email}", PASSWORD) == REFUSED
    assert await nobody.sign_in(company.email, PASSWORD, company="no-such-company") == REFUSED
    assert dict(nobody.http.cookies) == {}
    assert await sessions_of(company.tenant_id) == 0


async def test_five_failures_make_even_the_right_password_wait(nobody: Caller, company: Any) -> None:
    for _ in range(5):
        assert await nobody.sign_in(company.email, "wrong password!") == REFUSED
    waiting = await nobody.post(SIGN_IN, input={"email": company.email, "password": PASSWORD})
    problem = waiting.json()["data"]["login"]
    seconds = problem["retryAfter"]
    assert 1 <= seconds <= 61
    assert problem == {
        "__typename": "RateLimitedProblem",
        "code": "RATE_LIMITED",
        "message": f"Too many attempts; try again in {seconds} seconds.",
        "field": None,
        "retryAfter": seconds,
    }
    assert waiting.headers["retry-after"] == str(seconds)
    assert "set-cookie" not in waiting.headers
    assert await sessions_of(company.tenant_id) == 0


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
async def test_another_site_can_neither_sign_in_nor_use_a_session(
    someone: Someone, admin: Caller, company: Any, headers: dict[str, str]
) -> None:
    stranger = await someone()
    account = {"email": company.email, "password": PASSWORD}
    assert await stranger.refusal(SIGN_IN, headers, input=account) == (403, "CROSS_SITE_REFUSED")
    assert dict(stranger.http.cookies) == {}
    assert await admin.refusal(COMPANY, headers) == (403, "CROSS_SITE_REFUSED")


async def test_a_session_without_its_own_csrf_word_is_nobody(admin: Caller, someone: Someone, company: Any) -> None:
    other = await someone()
    await other.sign_in(company.email, PASSWORD)
    assert other.csrf != admin.csrf
    for word in ("", "wrong", other.csrf):
        assert await admin.refusal(COMPANY, {"x-plumb-csrf": word}) == (403, "CSRF_INVALID")
        assert await admin.refusal(LOGOUT, {"x-plumb-csrf": word}, input={}) == (403, "CSRF_INVALID")
    assert await admin.ask(COMPANY) == {"name": "测试医疗器械有限公司"}


async def test_the_cookie_is_kept_from_scripts_and_lasts_as_long_as_the_session(nobody: Caller, company: Any) -> None:
    response = await nobody.post(SIGN_IN, input={"email": company.email.upper(), "password": PASSWORD})
    success = response.json()["data"]["login"]
    assert (success["__typename"], success["expiresInSeconds"], len(success["csrfToken"])) == ("LoginSuccess", 43_200, 64)
    credential = nobody.http.cookies["plumb_session"]
    assert response.headers["set-cookie"] == f"plumb_session={credential}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax"
    assert credential not in response.text
    async with platform_transaction() as connection:
        stored = await connection.fetchrow("select * from session where tenant_id = $1", company.tenant_id)
    assert credential.encode() not in b"".join(value for value in stored.values() if isinstance(value, bytes))


async def test_behind_https_the_cookie_is_bound_to_the_host(settings: Settings, company: Any) -> None:
    secure = served(settings, lambda own: make_app(own, product_resources), public_url="https://plumb.example.test")
    async with secure as address, httpx2.AsyncClient(base_url=address) as client:
        response = await Caller(client).post(SIGN_IN, input={"email": company.email, "password": PASSWORD})
    name, _, rest = response.headers["set-cookie"].partition("=")
    assert (name, rest.partition("; ")[2]) == ("__Host-plumb_session", "HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure")
    assert response.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_csrf_word_is_the_same_at_every_look(admin: Caller) -> None:
    assert await admin.ask(VIEWER) == {"roles": ["company_admin"], "csrfToken": admin.csrf}


async def test_signing_out_ends_the_session_at_once(admin: Caller) -> None:
    credential = admin.http.cookies["plumb_session"]
    response = await admin.post(LOGOUT, input={})
    assert response.json()["data"]["logout"] == {"__typename": "LogoutSuccess", "closedSessions": 1}
    assert response.headers["set-cookie"] == 'plumb_session=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax'
    assert await admin.refusal(COMPANY, {"cookie": f"plumb_session={credential}"}) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "later",
    [
        """changePassword(input: {currentPassword: "wrong password!", newPassword: "another horse battery"}) {
          ... on Problem { code } }""",
        """createApiToken(input: {name: "", scopes: []}) { ... on Problem { code } }""",
    ],
    ids=["by_plan", "by_core"],
)
async def test_signing_out_holds_though_a_later_change_of_the_same_request_is_refused(admin: Caller, later: str) -> None:
    answer = await admin.post(f"mutation {{ logout(input: {{}}) {{ __typename }} later: {later} }}")
    data = answer.json()["data"]
    assert (data["logout"], list(data["later"])) == ({"__typename": "LogoutSuccess"}, ["code"])
    assert answer.headers["set-cookie"] == 'plumb_session=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax'


async def test_who_takes_events_and_asks_something_else_is_looked_up_once(
    settings: Settings, company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def counted(credential: str, **named: Any) -> Actor:
        looked.append(named["kind"])
        return await authenticate(credential, **named)

    monkeypatch.setattr(assembly, "authenticate", counted)
    serving = served(settings, lambda own: make_app(own, product_resources))
    async with serving as address, httpx2.AsyncClient(base_url=address) as client:
        caller = Caller(client)
        await caller.sign_in(company.email, PASSWORD)
        answer = await caller.post(COMPANY, {"accept": "text/event-stream"})
    assert (looked, "测试医疗器械有限公司" in answer.text) == (["session"], True)


async def test_signing_out_everywhere_ends_the_sessions_of_other_devices_too(
    admin: Caller, someone: Someone, company: Any
) -> None:
    phone = await someone()
    await phone.sign_in(company.email, PASSWORD)
    assert (await phone.ask(LOGOUT, input={"everywhere": True}))["closedSessions"] == 2
    assert await admin.refusal(COMPANY) == (401, "UNAUTHENTICATED")


async def test_an_expired_session_and_a_closed_membership_are_nobody(admin: Caller, someone: Someone, company: Any) -> None:
    other = await someone()
    await other.sign_in(company.email, PASSWORD)
    async with platform_transaction() as connection:
        await connection.execute(
            "update session set expires_at = now() - interval '1 second' where tenant_id = $1 "
            "and created_at = (select max(created_at) from session where tenant_id = $1)",
            company.tenant_id,
        )
    assert await other.refusal(COMPANY) == (401, "UNAUTHENTICATED")
    assert await admin.ask(COMPANY) == {"name": "测试医疗器械有限公司"}
    async with tenant_transaction(company.system):
        await execute("update membership set active = false")
    assert await admin.refusal(COMPANY) == (401, "UNAUTHENTICATED")


async def test_a_member_of_two_companies_says_which(settings: Settings, nobody: Caller, company: Any) -> None:
    second = f"{company.key}-b"
    new = {"key": second, "name": "第二家公司", "admin_email": company.email}
    with pytest.raises(AccountTaken):
        await found_company(settings, **new, admin_password="another password!")
    await found_company(settings, **new, admin_password=PASSWORD)
    undecided = await nobody.sign_in(company.email, PASSWORD)
    assert (undecided["code"], undecided["field"]) == ("COMPANY_CHOICE_NEEDED", "company")
    assert undecided["message"] == f"This account belongs to several companies; name one of: {company.key}, {second}."
    assert (await nobody.sign_in(company.email, PASSWORD, company=second))["__typename"] == "LoginSuccess"
    assert await nobody.ask(COMPANY) == {"name": "第二家公司"}
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from session") == 0


async def test_a_page_that_lost_its_csrf_word_gets_it_again_and_another_site_never(nobody: Caller, company: Any) -> None:
    assert (await nobody.http.get("/session")).status_code == 401
    await nobody.sign_in(company.email, PASSWORD)
    word, nobody.csrf = nobody.csrf, ""
    assert await nobody.refusal(COMPANY) == (403, "CSRF_INVALID")
    told = await nobody.http.get("/session")
    assert (told.status_code, told.json(), told.headers["cache-control"]) == (200, {"csrfToken": word}, "no-store")
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        refused = await nobody.http.get("/session", headers=headers)
        assert (refused.status_code, word in refused.text) == (403, False)
    assert (await nobody.http.get("/session", headers={"authorization": "Bearer x"})).status_code == 401
    nobody.csrf = word
    assert (await nobody.ask(LOGOUT, input={}))["__typename"] == "LogoutSuccess"
    assert (await nobody.http.get("/session")).status_code == 401
