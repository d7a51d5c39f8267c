"""No statement, no wait for a lock and no silent transaction goes on without an end, and each is told as what it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_one, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.database.bounds import Bounds, BusyElsewhere, TimeOver, bound_passed, bounds_of
from plumb_platform.database.connect import read_door, url_credentials
from plumb_platform.settings import Settings
from plumb_server.cookies import SessionCookies
from support.api_process import api_process
from support.companies import make_company
from support.filled_company import new_session
from support.jobs_made import do, job_of, queued
from support.letters_made import make_office
from support.serving import Caller

SET = """select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
  current_setting('idle_in_transaction_session_timeout') as silent"""
CANCEL = """mutation ($input: CancelLetterInput!) { cancelLetter(input: $input) {
  __typename ... on Problem { code message } } }"""


@asynccontextmanager
async def somebody(address: str, settings: Settings, actor: Actor) -> AsyncIterator[Caller]:
    """Sign a member in at an address of their own."""
    cookies, credential = SessionCookies(settings), await new_session(actor)
    headers = {"accept-language": "en", "cookie": f"{cookies.name}={credential}"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=120) as http:
        yield Caller(http, csrf=cookies.csrf_of(credential))


async def test_every_door_to_the_database_has_its_bounds(database: Database, settings: Settings) -> None:
    company = await make_company()
    changing = {"statement": "5min", "lock": "20s", "silent": "2min"}
    async with tenant_transaction(company.system):
        assert await fetch_one(SET) == changing
    async with platform_transaction() as connection:
        assert dict(await connection.fetchrow(SET)) == changing
    reading = await read_door()._connections.fetchval(f"select to_jsonb(s)::text from ({SET}) s")
    assert reading == '{"lock": "20s", "silent": "2min", "statement": "5min"}'
    usual = Settings(home=settings.home)
    assert bounds_of(usual, "read") == Bounds(statement=30, lock=20, silent=120)
    assert bounds_of(usual, "change") == Bounds(statement=60, lock=20, silent=120)
    assert bounds_of(usual, "job") == Bounds(statement=600, lock=120, silent=720)


async def test_what_waits_too_long_or_works_too_long_is_told_so(database: Database, settings: Settings) -> None:
    office = await make_office()
    letter = await office.issued()
    given = {"letterId": f"Letter_{letter.id}", "version": 1, "reason": "岗位调整"}
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    async with api_process(settings, PLUMB_LOCK_SECONDS="1") as api, somebody(api.address, settings, office.company.hr) as hr:
        async with tenant_transaction(office.company.system):
            await execute("select id from letter where id = $1 for no key update", letter.id)
            refused = await hr.post(CANCEL, input=given)
        async with owner.transaction():
            await owner.execute("lock table cycle in access exclusive mode")
            asked = await hr.post("{ cycles { totalCount } }")
            await owner.execute("lock table letter in access exclusive mode")
            fetched = await hr.http.get(f"/letters/Letter_{letter.id}/audit.pdf")
        assert (await hr.ask("{ cycles { totalCount } }")) == {"totalCount": 1}
    busy = "Something that this needs is in use by another change; nothing was changed. Try again soon."
    told = {"__typename": "RefusedProblem", "code": "BUSY_ELSEWHERE", "message": busy}
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (503, "2", {"data": {"cancelLetter": told}})
    assert (asked.status_code, code_of(asked)) == (503, "BUSY_ELSEWHERE")
    assert (fetched.status_code, fetched.headers["retry-after"], code_of(fetched)) == (503, "2", "BUSY_ELSEWHERE")
    # Long enough for what else the process asks on a busy machine, which is bound alike.
    impatient = {"PLUMB_READ_SECONDS": "3", "PLUMB_CHANGE_SECONDS": "3"}
    async with api_process(settings, **impatient) as api, somebody(api.address, settings, office.company.hr) as hr:
        async with tenant_transaction(office.company.system):
            await execute("select id from letter where id = $1 for no key update", letter.id)
            refused = await hr.post(CANCEL, input=given)
        async with owner.transaction():
            await owner.execute("lock table cycle in access exclusive mode")
            asked = await hr.post("{ cycles { totalCount } }")
    await owner.close()
    assert (refused.status_code, refused.json()["data"]["cancelLetter"]["code"]) == (200, "TIME_OVER")
    assert (asked.status_code, code_of(asked)) == (400, "TIME_OVER")
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select state from letter where id = $1", letter.id) == "ISSUED"


def code_of(answer: httpx2.Response) -> Any:
    return answer.json()["errors"][0]["extensions"]["code"]


async def test_a_silent_transaction_is_ended_and_keeps_no_lock(settings: Settings) -> None:
    bounds = Bounds(statement=5, lock=5, silent=0.2)
    connection = await asyncpg.connect(**url_credentials(settings.database_url), server_settings=bounds.settings())
    await connection.execute("begin; select pg_advisory_xact_lock(7)")
    async with asyncio.timeout(60):
        while not connection.is_closed():  # noqa: ASYNC110 - the driver tells nobody
            await asyncio.sleep(0.01)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await connection.execute("select 1")
    other = await asyncpg.connect(**url_credentials(settings.database_url))
    await other.fetchval("select pg_advisory_lock(7)", timeout=60)
    await other.close()


async def test_a_job_that_passes_a_bound_is_tried_again(database: Database) -> None:
    company = await make_company()
    (job_id,) = await queued(company)

    async def slow(_: Actor, __: dict[str, Any]) -> None:
        await execute("select set_config('statement_timeout', '50ms', true)")
        await execute("select pg_sleep(5)")

    await do(company, job_id, slow)
    job = await job_of(company, job_id)
    assert (job.failures, job.sent_at, job.failed_at) == (1, None, None)


async def test_only_a_bound_that_was_passed_is_told_as_one() -> None:
    passed = {
        asyncpg.QueryCanceledError: TimeOver,
        asyncpg.LockNotAvailableError: BusyElsewhere,
        asyncpg.IdleInTransactionSessionTimeoutError: BusyElsewhere,
    }
    for error, told in passed.items():
        outer = RuntimeError()
        outer.__cause__ = error("")
        assert isinstance(bound_passed(outer), told)
    assert bound_passed(asyncpg.DeadlockDetectedError("")) is None
