"""Jobs in an outage of what they stand on: it counts against none of them, so that they go on by themselves afterwards."""

import asyncio
import errno
import logging
import socket
from typing import Any

import asyncpg
import pytest
from tortoise.connection import get_connections

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.database.transaction import CONNECTION
from plumb_platform.observability import tell_failure
from plumb_platform.outages import is_away
from plumb_platform.queue.service import state_of
from plumb_platform.queue.worker_side import ATTEMPTS
from plumb_platform.storage import StorageUnavailable
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import CompanyFixture, make_company
from support.jobs_made import age, do, job_of, queued

OUTLASTING = 3 * ATTEMPTS
RETRY = "mutation ($input: RetryJobInput!) { retryJob(input: $input) { ... on Job { state failures } ... on Problem { code } } }"
LEFT = "select extract(epoch from available_at - clock_timestamp()) from outbox where id = $1"


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def store_is_away(_: Actor, __: dict[str, Any]) -> None:
    raise StorageUnavailable(reason="GenericError")


async def database_is_full(_: Actor, __: dict[str, Any]) -> None:
    await execute("do $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$")


async def folder_is_full(_: Actor, __: dict[str, Any]) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def connection_is_lost(_: Actor, __: dict[str, Any]) -> None:
    await fetch_value("select pg_terminate_backend(pg_backend_pid())")


async def is_over(_: Actor, __: dict[str, Any]) -> dict[str, Any]:
    return {"done": True}


@pytest.mark.parametrize("outage", [store_is_away, database_is_full, folder_is_full, connection_is_lost])
async def test_a_job_outlasts_an_outage_and_is_done_after_it(company: CompanyFixture, outage: Any) -> None:
    (job_id,) = await queued(company)
    for _ in range(OUTLASTING):
        await do(company, job_id, outage)
        job = await job_of(company, job_id)
        assert (state_of(job), job.failures, job.sent_at) == ("QUEUED", 0, None)
    await do(company, job_id, is_over)
    job = await job_of(company, job_id)
    assert (state_of(job), job.failures, job.result) == ("DONE", 0, {"done": True})


async def test_the_pauses_of_an_outage_grow_to_half_a_minute(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    for tries, pause in ((1, 1), (2, 4), (3, 16), (4, 30), (40, 30), (5000, 30)):
        await age(company, tries=str(tries), available_at="clock_timestamp()")
        await do(company, job_id, store_is_away)
        async with tenant_transaction(company.system):
            assert pause / 2 < await fetch_value(LEFT, job_id) <= pause


async def test_an_outage_without_an_end_fails_a_job_a_day_after_it_was_made(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    await age(company, created_at="now() - interval '25 hours'")
    await do(company, job_id, store_is_away, transient=(StorageUnavailable,))
    assert (await job_of(company, job_id)).failures == 1
    for _ in range(ATTEMPTS - 1):
        await do(company, job_id, store_is_away, transient=(StorageUnavailable,))
    job = await job_of(company, job_id)
    assert (state_of(job), job.error_code, job.failures) == ("FAILED", "STORAGE_UNAVAILABLE", ATTEMPTS)


async def test_a_job_that_is_retried_outlasts_an_outage_from_then_on_however_old_it_is(company: CompanyFixture, ask: Ask) -> None:
    (job_id,) = await queued(company)
    await age(company, created_at="now() - interval '25 hours'", failures="5", failed_at="now()")
    retried = await ask(company.hr, RETRY, input={"jobId": encode_id("Job", job_id)})
    assert retried == {"state": "QUEUED", "failures": 0}
    for _ in range(OUTLASTING):
        await do(company, job_id, store_is_away, transient=(StorageUnavailable,))
        assert (await job_of(company, job_id)).failures == 0
    await age(company, queued_again_at="now() - interval '25 hours'")
    await do(company, job_id, store_is_away, transient=(StorageUnavailable,))
    assert (await job_of(company, job_id)).failures == 1


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EHOSTUNREACH, "No route to host"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        OSError(errno.ETIMEDOUT, "Connection timed out"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
)
def test_a_machine_that_is_gone_is_an_outage(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.TooManyConnectionsError("too many clients already"), "DATABASE_CROWDED"),
        (asyncpg.DiskFullError("could not extend file"), "DATABASE_FULL"),
        (asyncpg.OutOfMemoryError("out of memory"), "DATABASE_FULL"),
        (asyncpg.CannotConnectNowError("the database system is starting up"), "DATABASE_AWAY"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "DATABASE_AWAY"),
        # The socket of a server on this machine that was stopped: what has no name is no file.
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "DATABASE_AWAY"),
        (OSError(errno.EROFS, "Read-only file system"), "DISK_FULL"),
        (OSError(errno.EMFILE, "Too many open files"), "FILES_EXHAUSTED"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "NETWORK_AWAY"),
        (StorageUnavailable(reason="GenericError"), "STORAGE_UNAVAILABLE"),
    ],
)
def test_each_outage_has_a_code_and_says_what_to_do(error: Exception, code: str, caplog: pytest.LogCaptureFixture) -> None:
    caused = RuntimeError("a change failed")
    caused.__cause__ = error
    for each in (error, caused):
        found = tell_failure(logging.getLogger("plumb.test"), "a change failed", each)
        assert found is not None
        assert (found.code, len(found.remedy) > 30) == (code, True)
    assert [(line.levelname, line.exc_info) for line in caplog.records] == [("WARNING", None)] * 2
    assert {line.code for line in caplog.records} == {code}  # type: ignore[attr-defined]  # given as extra


def test_what_is_no_outage_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    assert tell_failure(logging.getLogger("plumb.test"), "a change failed", ValueError("x")) is None
    assert [(line.levelname, line.exc_info is not None) for line in caplog.records] == [("ERROR", True)]


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "x", "/a/file"), PermissionError(13, "x"), OSError("image file is truncated")]
)
def test_what_is_wrong_with_a_file_is_none(error: OSError) -> None:
    assert not is_away(error)


async def test_a_name_of_several_addresses_none_of_which_answers_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port)) for last in (1, 2)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(OSError, match="Multiple exceptions") as raised:
        await asyncpg.connect(host="database", port=port, user="plumb", database="plumb", password="-", timeout=60)
    assert is_away(raised.value)


async def test_a_job_is_put_back_once_there_is_a_connection_however_long_none_was_had(
    company: CompanyFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job_id,) = await queued(company)
    lender: Any = get_connections().get(CONNECTION)._pool
    monkeypatch.setattr(lender, "_seconds", 0.2)
    lent: list[Any] = []
    taking: list[asyncio.Task[Any]] = []

    def give_back() -> None:
        for connection in (*lent, *(each.result() for each in taking)):
            lender.give_back(connection)

    async def is_cut_off(_: Actor, __: dict[str, Any]) -> None:
        while lender._free_places or lender._idle:
            lent.append(await lender.borrow())
        taking.append(asyncio.create_task(lender.borrow()))  # the job's own goes to whoever waits first
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(1, give_back)
        raise ConnectionResetError

    await do(company, job_id, is_cut_off)
    job = await job_of(company, job_id)
    assert (state_of(job), job.failures, job.sent_at) == ("QUEUED", 0, None)
