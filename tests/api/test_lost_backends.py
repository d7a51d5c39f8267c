"""A change whose connection is lost says that it may be asked again, and nothing of it is kept."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings
from plumb_schema.ground.answers import is_outage
from support.letters_made import make_office
from support.serving import Caller

CANCEL = """mutation ($input: CancelLetterInput!) { cancelLetter(input: $input) { __typename ... on Problem { code } } }"""
WAITING = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and application_name = 'plumb' and wait_event_type = 'Lock'"""


async def test_a_change_that_loses_its_connection_may_be_asked_again(
    database: Database, settings: Settings, signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    office = await make_office()
    letter = await office.issued()
    given = {"letterId": f"Letter_{letter.id}", "version": 1, "reason": "岗位调整"}
    caller = await signed_in(office.company.hr)
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        async with owner.transaction():
            await owner.execute("lock table letter in access exclusive mode")
            asking = asyncio.create_task(caller.post(CANCEL, input=given))
            while not await owner.fetch(WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody who waits
                await asyncio.sleep(0.05)
            answer = await asking
    finally:
        await owner.close()
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2"), answer.text
    assert (await caller.ask(CANCEL, input=given))["__typename"] == "Letter"


async def test_a_transaction_whose_connection_was_lost_while_it_was_silent_says_so(
    database: Database, settings: Settings
) -> None:
    office = await make_office()
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    for is_kept in (True, False):
        with pytest.raises(ConnectionError if is_kept else RuntimeError):
            async with tenant_transaction(office.company.system):
                lost = await fetch_value("select pg_backend_pid()")
                assert await owner.fetchval("select pg_terminate_backend($1)", lost)
                await asyncio.sleep(0.2)
                if not is_kept:
                    raise RuntimeError
    await owner.close()
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select 1") == 1


async def test_a_transaction_that_was_silent_for_too_long_is_told_as_an_outage(database: Database) -> None:
    office = await make_office()
    with pytest.raises(ConnectionError) as raised:
        async with tenant_transaction(office.company.system):
            await fetch_value("select set_config('idle_in_transaction_session_timeout', '100ms', true)")
            await asyncio.sleep(0.5)
            await fetch_value("select 1")
    assert is_outage(raised.value)
