"""A company whose requests wait for each other keeps nobody else's waiting (A59)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, take_lock, tenant_transaction
from plumb_platform.database.connect import share_connections
from plumb_platform.database.shares import share_of
from plumb_platform.settings import Settings
from plumb_platform.sheets import gate
from plumb_schema.ground.ids import encode_id
from support.letters_made import make_office
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
CANCEL = "mutation ($input: CancelLetterInput!) { cancelLetter(input: $input) { __typename } }"
NEW_CYCLE = "mutation ($input: CreateCycleInput!) { createCycle(input: $input) { __typename } }"
CYCLE = {"code": "2031", "name": "2031 年度", "startsOn": "2031-01-01", "endsOn": "2031-12-31"}
IMPORT = "mutation ($input: ImportPeopleInput!) { importPeople(input: $input) { __typename ... on Problem { code } } }"
LOGOUT = "mutation ($input: LogoutInput!) { logout(input: $input) { __typename } }"
PERSON = {"csv": "工号,姓名,部门编码\nZ1,赵一,GD\n"}
WAITING = "select count(*) from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
LOCKED = "select count(*) from pg_locks where not granted and locktype = 'advisory'"


@pytest.fixture
def shared(database: Database, settings: Settings) -> Iterator[int]:
    """Share the connections between companies as a serving process does; return a company's share."""
    share = share_of(settings.pool_size)
    share_connections(share)
    yield share
    share_connections(None)


async def test_requests_that_wait_for_a_lock_leave_others_their_connections(
    shared: int, settings: Settings, signed_in: SignedIn
) -> None:
    office, other = await make_office(), await make_office("乙方医疗器械有限公司")
    letter = await office.issued()
    hr, neighbour = await signed_in(office.company.hr), await signed_in(other.company.hr)
    given = {"letterId": encode_id("Letter", letter.id), "version": 1, "reason": "岗位调整"}
    async with tenant_transaction(office.company.system):
        # As a worker does while it seals.
        await execute("select id from letter where id = $1 for no key update", letter.id)
        flood = [asyncio.create_task(hr.ask(CANCEL, input=given)) for _ in range(2 * settings.pool_size)]
        while await fetch_value(WAITING) < shared - 1:  # noqa: ASYNC110 - a lock tells nobody
            await asyncio.sleep(0.01)
        assert await neighbour.ask(NEW_CYCLE, input=CYCLE) == {"__typename": "Cycle"}
        assert await neighbour.ask("{ cycles { totalCount } }") == {"totalCount": 2}
        assert not any(each.done() for each in flood)
    told = [each["__typename"] for each in await asyncio.gather(*flood)]
    assert told.count("Letter") == 1


async def test_whose_session_ends_while_their_import_waits_imports_nothing(signed_in: SignedIn) -> None:
    office = await make_office()
    hr = await signed_in(office.company.hr)
    async with gate.import_turn(office.company.hr.tenant_id):
        waiting = asyncio.create_task(hr.ask(IMPORT, input=PERSON))
        places = gate._places[asyncio.get_running_loop()]
        while not places.of_companies._waiting:  # noqa: ASYNC110 - a line tells nobody
            await asyncio.sleep(0.01)
        assert (await hr.ask(LOGOUT, input={}))["__typename"] == "LogoutSuccess"
    assert await waiting == {"__typename": "UnauthenticatedProblem", "code": "UNAUTHENTICATED"}


async def test_a_public_question_beside_others_takes_no_second_place(shared: int, signed_in: SignedIn) -> None:
    office = await make_office()
    letter = await office.issued()
    hr = await signed_in(office.company.hr)
    share_connections(1)
    asked = f'{{ viewer {{ roles }} verifyLetter(code: "{letter.verify_code}") {{ status }} }}'
    answers = await asyncio.gather(*(hr.post(asked) for _ in range(3)))
    assert [set(each.json()["data"]) for each in answers] == [{"viewer", "verifyLetter"}] * 3


async def test_imports_that_wait_for_their_turn_hold_no_connection(shared: int, signed_in: SignedIn) -> None:
    office, other = await make_office(), await make_office("乙方医疗器械有限公司")
    hr, neighbour = await signed_in(office.company.hr), await signed_in(other.company.hr)
    async with tenant_transaction(office.company.system):
        # As an import does that writes in another process.
        await take_lock("people.import")
        flood = [asyncio.create_task(hr.ask(IMPORT, input=PERSON)) for _ in range(2 * shared)]
        while not await fetch_value(LOCKED):  # noqa: ASYNC110 - a lock tells nobody
            await asyncio.sleep(0.01)
        assert await neighbour.ask(IMPORT, input=PERSON) == {"__typename": "ImportReport"}
        assert await hr.ask(NEW_CYCLE, input=CYCLE) == {"__typename": "Cycle"}
        assert not any(each.done() for each in flood)
    told = [each["__typename"] for each in await asyncio.gather(*flood)]
    assert set(told) == {"ImportReport"}
