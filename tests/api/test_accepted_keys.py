"""What was made under a former secret key holds while that is accepted, and no longer: pages, repetitions, links, CSRF words."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from plumb_platform.clock import now
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.errors import Unauthenticated
from plumb_platform.identity.links import new_link, opened_link, sealed_link
from plumb_platform.settings import LINKS, Settings
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.cursors import Cursors
from plumb_schema.ground.engine import Engine, Operation
from plumb_server.cookies import CSRF_HEADER, SessionCookies
from support.companies import CompanyFixture, add_unit, make_company
from support.factors import PASSWORD, authenticator, with_password

FORMER, PRESENT, OTHER = (letter.encode() * 32 for letter in "fpo")
UNITS = """query ($after: String) { units(first: 1, after: $after, orderBy: [{field: CODE}]) {
  edges { node { code } } pageInfo { endCursor } } }"""
CYCLE = """mutation ($input: CreateCycleInput!) { createCycle(input: $input) {
  __typename ... on Cycle { code } ... on Problem { code } } }"""
REMOVE = """mutation ($input: RemoveTotpInput!) { removeTotp(input: $input) { __typename ... on Problem { code } } }"""
YEAR = {"code": "2027", "name": "2027 年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


def under(ground: Ground, *keys: bytes) -> Ground:
    return replace(ground, cursors=Cursors(keys), link_keys=keys, factor_keys=keys)


async def asked(engine: Engine, ground: Ground, actor: Any, text: str, key: str = "", **variables: Any) -> dict[str, Any]:
    context = Context(ground=ground, actor=actor, request_id="r", locale="en", idempotency_key=key)
    return (await engine.answer(Operation(text, variables), context)).body


async def test_pages_go_on_behind_a_cursor_of_before(company: CompanyFixture, product_engine: Engine, ground: Ground) -> None:
    for code in ("A1", "B1"):
        await add_unit(company, code, code)
    first = await asked(product_engine, under(ground, FORMER), company.admin, UNITS)
    cursor = first["data"]["units"]["pageInfo"]["endCursor"]
    for keys, goes_on in (((FORMER,), True), ((PRESENT, FORMER), True), ((FORMER, PRESENT), True), ((PRESENT, OTHER), False)):
        body = await asked(product_engine, under(ground, *keys), company.admin, UNITS, after=cursor)
        codes = [error["extensions"]["code"] for error in body.get("errors", [])]
        assert codes == ([] if goes_on else ["CURSOR_INVALID"])
        if goes_on:
            # What is made now is made under the present key alone.
            again = body["data"]["units"]["pageInfo"]["endCursor"]
            own = await asked(product_engine, under(ground, keys[0]), company.admin, UNITS, after=again)
            assert "errors" not in own


async def test_a_change_of_before_is_repeated_and_not_done_twice(
    company: CompanyFixture, product_engine: Engine, ground: Ground
) -> None:
    told = []
    for keys in ((FORMER,), (PRESENT, FORMER), (FORMER, PRESENT), (PRESENT,)):
        body = await asked(product_engine, under(ground, *keys), company.admin, CYCLE, "once", input=YEAR)
        told.append(body["data"]["createCycle"]["code"])
    assert told == ["2027", "2027", "2027", "IDEMPOTENCY_KEY_REUSED"]
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from cycle where code = '2027'") == 1


async def test_an_authenticator_of_before_goes_on(company: CompanyFixture, product_engine: Engine, ground: Ground) -> None:
    person = await with_password(company.hr)
    app = await authenticator(person, at=now() - timedelta(minutes=5))
    given = {"password": PASSWORD, "code": app.code()}
    known = ground.factor_keys
    refused = await asked(product_engine, under(ground, PRESENT), person, REMOVE, input=given)
    assert refused["data"]["removeTotp"]["code"] == "FACTOR_LOCKED"
    done = await asked(product_engine, under(ground, PRESENT, *known), person, REMOVE, input=given)
    assert "code" not in done["data"]["removeTotp"]


def test_a_link_of_before_opens(company: CompanyFixture) -> None:
    link = new_link(company.hr, act="letter:download", object_id=company.tenant_id)
    word = sealed_link(link, (FORMER, PRESENT))
    assert opened_link(word, (PRESENT, FORMER)) == opened_link(word, (FORMER,)) == link
    with pytest.raises(Unauthenticated):
        opened_link(word, (PRESENT, OTHER))


class Asking:
    """A request with a CSRF word."""

    def __init__(self, word: str) -> None:
        self.headers, self.scope = {CSRF_HEADER: word}, dict[str, Any]()


def test_a_page_of_before_may_send_its_csrf_word(tmp_path: Path) -> None:
    def cookies(*secrets: bytes) -> SessionCookies:
        first, *rest = (SecretStr(secret.decode()) for secret in secrets)
        return SessionCookies(Settings(home=tmp_path, secret_key=first, accepted_secret_keys=rest))

    word = cookies(FORMER, PRESENT).csrf_of("a credential")
    assert cookies(PRESENT, FORMER).is_proven(Asking(word), "a credential")
    assert cookies(PRESENT, FORMER).csrf_of("a credential") != word
    assert not cookies(PRESENT, OTHER).is_proven(Asking(word), "a credential")
    assert not cookies(PRESENT, FORMER).is_proven(Asking(word), "another")
    one = Settings(home=tmp_path, secret_key=SecretStr(PRESENT.decode()), accepted_secret_keys=[SecretStr(FORMER.decode())])
    assert len(set(one.derived_keys(LINKS))) == 2
