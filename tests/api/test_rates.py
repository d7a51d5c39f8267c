"""A company that asks too often is told when to come again, at every door, and its neighbour is answered meanwhile (C57)."""

from collections.abc import AsyncIterator

import pytest

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_server.app import make_app
from plumb_server.assembly import product_resources, product_routes
from plumb_server.cookies import SessionCookies
from support.companies import make_company
from support.filled_company import new_session
from support.serving import Caller, browser, served

TOKEN = """mutation { createApiToken(input: {name: "报表", scopes: ["company:read"]}) { ... on NewApiToken { credential } } }"""
COMPANY = "{ company { name } }"


@pytest.fixture
async def strict(settings: Settings, database: Database) -> AsyncIterator[str]:
    """Serve the product, with one request of programs in ten seconds, and some more of people."""
    own = settings.model_copy(update={"token_rate": 6, "company_rate": 120})
    async with served(own, lambda each: make_app(each, product_resources, product_routes(each))) as url:
        yield url


async def test_programs_of_a_company_are_told_when_to_come_again(strict: str, settings: Settings) -> None:
    company, other = await make_company(), await make_company("乙方医疗器械有限公司")
    cookies = SessionCookies(settings)
    callers = []
    for actor in (company.admin, other.admin):
        credential = await new_session(actor)
        callers.append(Caller(browser(strict, cookie=f"{cookies.name}={credential}"), csrf=cookies.csrf_of(credential)))
    people, neighbour = callers
    async with people.http, neighbour.http, browser(strict) as http:
        program = Caller(http, token=(await people.ask(TOKEN))["credential"])
        bearer = {"authorization": f"Bearer {program.token}"}
        answers = [await program.post(COMPANY) for _ in range(4)] + [await http.get("/audit/chain.jsonl", headers=bearer)]
        late = [each for each in answers if each.status_code == 429]
        assert len(late) >= 2
        for each in late:
            assert 1 <= int(each.headers["retry-after"]) <= 10
            (error,) = each.json()["errors"]
            assert error["extensions"]["code"] == "COMPANY_RATE_LIMITED"
            assert error["message"].startswith("Your company asks too often (at most 6 requests a minute); try again in ")
        assert (await people.ask(COMPANY)) == {"name": company.name}
        flood = [await people.post(COMPANY) for _ in range(45)]
        assert 429 in {each.status_code for each in flood}
        assert (await neighbour.ask(COMPANY)) == {"name": other.name}
