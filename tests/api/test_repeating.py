"""Idempotency keys over HTTP: repeated changes answer alike and happen once (A52)."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import orjson
import pytest

from plumb_platform.database import fetch_value, tenant_transaction
from support.serving import Caller

PASSWORD = "correct horse battery"
CYCLE = """mutation ($input: CreateCycleInput!) { createCycle(input: $input) {
  __typename ... on Cycle { id code } ... on Problem { problem: code field } } }"""
TOKEN = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  __typename ... on NewApiToken { credential } ... on Problem { problem: code field } } }"""
ENROL = """mutation ($input: EnrolTotpInput!) { enrolTotp(input: $input) {
  __typename ... on TotpEnrolment { secret } ... on Problem { problem: code field } } }"""
YEAR = {"code": "2027", "name": "2027 年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}
Someone = Callable[[], Awaitable[Caller]]


def under(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def refusal(response: httpx2.Response) -> tuple[str, str]:
    """Return code and field of a change that was refused, in its answer or as its error."""
    body = response.json()
    (found,) = body["data"].values()
    refused = found or body["errors"][0]["extensions"] | {"problem": body["errors"][0]["extensions"]["code"]}
    return refused["problem"], refused["field"]


async def cycles_of(company: Any) -> int:
    async with tenant_transaction(company.system):
        return int(await fetch_value("select count(*) from cycle"))


@pytest.mark.parametrize("key", ["x" * 101, "with space"])
async def test_an_unfit_key_is_refused(admin: Caller, company: Any, key: str) -> None:
    assert await admin.refusal(CYCLE, under(key), input=YEAR) == (400, "REQUEST_INVALID")
    assert await cycles_of(company) == 0


async def test_a_key_used_for_another_change_is_refused(admin: Caller, company: Any) -> None:
    await admin.ask(CYCLE, under("k-1"), input=YEAR)
    answer = await admin.post(CYCLE, under("k-1"), input=YEAR | {"code": "2028"})
    assert refusal(answer) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert await cycles_of(company) == 1


async def test_a_credential_is_not_shown_again(admin: Caller, company: Any) -> None:
    asked = {"name": "报表", "scopes": ["company:read"]}
    first = await admin.ask(TOKEN, under("t-1"), input=asked)
    again = await admin.post(TOKEN, under("t-1"), input=asked)
    assert refusal(again) == ("ANSWER_SHOWN_ONCE", "idempotencyKey")
    assert first["credential"] not in again.text
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from api_token") == 1
        assert first["credential"] not in await fetch_value("select string_agg(to_jsonb(a)::text, '') from idempotent_answer a")


async def test_a_refused_change_may_be_mended_under_its_key(admin: Caller, company: Any) -> None:
    backwards = YEAR | {"startsOn": "2028-01-01"}
    first = await admin.ask(CYCLE, under("m-1"), input=backwards)
    assert (first["__typename"], await cycles_of(company)) == ("InvalidInputProblem", 0)
    assert (await admin.ask(CYCLE, under("m-1"), input=YEAR))["code"] == "2027"


async def test_a_repeated_change_answers_as_the_first_did_and_happens_once(admin: Caller, company: Any) -> None:
    first = await admin.post(CYCLE, under("r-1"), input=YEAR)
    again = await admin.post(CYCLE, under("r-1"), input=YEAR)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert first.json()["data"]["createCycle"]["code"] == "2027"
    assert await cycles_of(company) == 1


async def test_without_a_key_the_second_is_a_change_of_its_own(admin: Caller, company: Any) -> None:
    await admin.ask(CYCLE, input=YEAR)
    assert (await admin.ask(CYCLE, input=YEAR))["problem"] == "CYCLE_EXISTS"


async def test_twenty_at_once_have_one_effect_and_one_answer(admin: Caller, company: Any) -> None:
    answers = await asyncio.gather(*(admin.post(CYCLE, under("c-1"), input=YEAR) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    first = answers[0].json()
    assert (first["data"]["createCycle"]["code"], [answer.json() for answer in answers]) == ("2027", [first] * 20)
    assert await cycles_of(company) == 1
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'cycle.create'") == 1


async def test_two_members_may_choose_the_same_key(admin: Caller, someone: Someone, company: Any) -> None:
    invite = """mutation ($input: InviteMemberInput!) {
      inviteMember(input: $input) { ... on InvitationSuccess { credential } } }"""
    accept = """mutation ($input: AcceptInvitationInput!) {
      acceptInvitation(input: $input) { ... on LoginSuccess { csrfToken } } }"""
    invitation = await admin.ask(invite, input={"email": f"hr-{company.email}", "roles": ["hr"]})
    colleague = await someone()
    colleague.csrf = (await colleague.ask(accept, input=invitation | {"password": PASSWORD}))["csrfToken"]
    await admin.ask(CYCLE, under("same"), input=YEAR)
    assert (await colleague.ask(CYCLE, under("same"), input=YEAR | {"code": "2028"}))["code"] == "2028"


async def test_of_an_authenticators_secret_and_of_a_password_that_was_sent_nothing_is_kept(admin: Caller, company: Any) -> None:
    asked = {"input": {"password": "correct horse battery"}}
    first = await admin.ask(ENROL, under("e-1"), **asked)
    assert refusal(await admin.post(ENROL, under("e-1"), **asked)) == ("ANSWER_SHOWN_ONCE", "idempotencyKey")
    guessed = hashlib.sha256(orjson.dumps([ENROL, asked, None], option=orjson.OPT_SORT_KEYS)).hexdigest()
    async with tenant_transaction(company.system):
        kept = await fetch_value("select string_agg(to_jsonb(a)::text, '') from idempotent_answer a")
    assert (first["secret"] in kept, guessed in kept) == (False, False)
