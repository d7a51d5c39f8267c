"""Texts that look alike are alike: however a keyboard or a copied page spells them, they name one address and one password."""

from collections.abc import Awaitable, Callable
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest

from support.serving import Caller

PASSWORD = "mot de passe très long"
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  ... on InvitationSuccess { credential email } ... on Problem { code field } } }"""
ACCEPT = """mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
  ... on LoginSuccess { csrfToken } ... on Problem { code field } } }"""
CREATE_TOKEN = """mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  ... on NewApiToken { token { name } } ... on Problem { code field } } }"""
CREATE_CYCLE = """mutation ($input: CreateCycleInput!) { createCycle(input: $input) {
  ... on Cycle { name } ... on Problem { code field } } }"""
Someone = Callable[[], Awaitable[Caller]]


@pytest.mark.parametrize("email", ["a b@example.test", "a\u200bb@example.test", "a@b@c.test", "@"])
async def test_an_address_that_nobody_can_write_to_is_not_invited(admin: Caller, email: str) -> None:
    answer = await admin.ask(INVITE, input={"email": email, "roles": ["employee"]})
    assert answer == {"code": "EMAIL_INVALID", "field": "email"}


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\ufeff \u2060"])
async def test_a_token_without_a_name_that_can_be_seen_is_not_made(admin: Caller, name: str) -> None:
    answer = await admin.ask(CREATE_TOKEN, input={"name": name, "scopes": ["company:read"], "days": 1})
    assert answer == {"code": "TOKEN_NAME_INVALID", "field": "name"}


async def test_a_name_that_shows_nothing_is_no_name(admin: Caller) -> None:
    given = {"code": "2031", "startsOn": "2031-01-01", "endsOn": "2031-12-31"}
    refused = await admin.ask(CREATE_CYCLE, input=given | {"name": "\u200b"})
    assert set(refused) == {"code", "field"}
    assert await admin.ask(CREATE_CYCLE, input=given | {"name": "\ufeff2031 年度\u200b"}) == {"name": "2031 年度"}


async def test_one_address_and_one_password_in_either_spelling(admin: Caller, someone: Someone) -> None:
    email = f"renée.{uuid4().hex[:12]}@example.test"
    made = await admin.ask(INVITE, input={"email": f"{normalize('NFD', email).upper()}\u200b", "roles": ["employee"]})
    assert made["email"] == email
    guest = await someone()
    joined = await guest.ask(ACCEPT, input={"credential": made["credential"], "password": normalize("NFD", PASSWORD)})
    assert list(joined) == ["csrfToken"]
    for form in ("NFC", "NFD"):
        answer: Any = await (await someone()).sign_in(normalize(form, email), normalize(form, PASSWORD))
        assert answer["__typename"] == "LoginSuccess", form


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"name": "2033 \u202e年度"}, "variables.input.name"),
        ({"name": "2033", "\u2066code": "A"}, "variables.input"),
        ({"name": ["2033", "\u2069"]}, "variables.input.name[1]"),
    ],
)
async def test_a_text_that_turns_the_writing_direction_is_refused_wherever_it_stands(
    admin: Caller, given: dict[str, Any], place: str
) -> None:
    year = {"code": "2033", "startsOn": "2033-01-01", "endsOn": "2033-12-31"}
    response = await admin.post(CREATE_CYCLE, input=year | given)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"], error["extensions"]["field"]) == (400, "TEXT_TURNED", place)


@pytest.mark.parametrize("written", ["\u202e", "\\u202E", "\\u{202e}", "\\u2067"])
async def test_a_literal_that_turns_the_writing_direction_is_refused_as_a_variable_is(admin: Caller, written: str) -> None:
    literal = f'input: {{code: "2034", name: "2034{written}", startsOn: "2034-01-01", endsOn: "2034-12-31"}}'
    asked = await admin.refusal(f"mutation {{ createCycle({literal}) {{ __typename }} }}")
    assert asked == (400, "TEXT_TURNED")


async def test_an_escape_inside_of_a_literal_is_read_as_a_variable_is(admin: Caller) -> None:
    literal = 'input: {code: "2035", name: "Anne\\u0301e 2035\\u200B", startsOn: "2035-01-01", endsOn: "2035-12-31"}'
    made = await admin.ask(f"mutation {{ createCycle({literal}) {{ ... on Cycle {{ name }} ... on Problem {{ code }} }} }}")
    assert made == {"name": "Ann\u00e9e 2035"}


async def test_a_literal_inside_of_a_document_is_read_as_a_variable_is(admin: Caller) -> None:
    literal = 'input: {code: "2032", name: "Anne\u0301e 2032", startsOn: "2032-01-01", endsOn: "2032-12-31"}'
    made = await admin.ask(f"mutation {{ createCycle({literal}) {{ ... on Cycle {{ name }} ... on Problem {{ code }} }} }}")
    assert made == {"name": "Ann\u00e9e 2032"}
