"""One `plumb api` of several workers: requests, metrics, deaths and the end, as whoever asks it sees them."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_server.crew import NOT_STARTED
from plumb_server.demo.run import free_port
from plumb_server.resources import child_environment
from support.api_process import ApiProcess, api_process
from support.patience import until

WORKERS, MANY = 3, 40
"""Of 40 connections none comes to one of three workers once in ten million times."""
COUNTED = re.compile(r'^plumb_requests_total\{route="/healthz",status="200"\} (\S+)$', re.MULTILINE)
ANONYMOUS = b'{"query": "{ company { name } }"}'


@pytest.fixture(scope="module")
def metrics() -> str:
    return f"http://127.0.0.1:{free_port()}/metrics"


@pytest.fixture(scope="module")
async def api(settings: Settings, database: Database, metrics: str) -> AsyncIterator[ApiProcess]:
    """Run an API of three workers, and wait until all have answered."""
    port = metrics.rpartition(":")[2].partition("/")[0]
    async with api_process(settings, PLUMB_API_WORKERS=str(WORKERS), PLUMB_METRICS_PORT=port) as running:
        await ids_of_many(running)
        yield running


async def alive(api: ApiProcess) -> str:
    """Ask by a connection of its own whether a worker lives; return the id of the request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    try:
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        status, *headers = (await reader.read()).decode().partition("\r\n\r\n")[0].split("\r\n")
    finally:
        writer.close()
    assert status == "HTTP/1.1 200 OK"
    return next(line.partition(": ")[2] for line in headers if line.lower().startswith("x-request-id"))


async def ids_of_many(api: ApiProcess) -> list[str]:
    return await asyncio.gather(*(alive(api) for _ in range(MANY)))


async def counted(metrics: str) -> int:
    """Return how many such requests all workers have answered, by whichever tells."""
    async with httpx2.AsyncClient(timeout=60) as http:
        (found,) = COUNTED.findall((await http.get(metrics)).text)
    return int(float(found))


async def until_there_are(api: ApiProcess, workers: int, *, without: int) -> None:
    await until(lambda: len(left := api.workers()) == workers and without not in left)


async def test_every_worker_answers_with_ids_of_its_own_and_each_tells_the_metrics_of_all(api: ApiProcess, metrics: str) -> None:
    before = await counted(metrics)
    ids = await ids_of_many(api)
    assert len(set(ids)) == MANY
    assert len({each.partition("-")[0] for each in ids}) == WORKERS
    assert [await counted(metrics) for _ in range(6)] == [before + MANY] * 6
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{api.address}/readyz")).json()["ready"] is True
        assert (await http.get(f"{api.address}/metrics")).status_code == 404


async def test_a_killed_worker_costs_its_own_requests_alone_and_is_replaced_with_its_counts(
    api: ApiProcess, metrics: str
) -> None:
    gone, *_ = api.workers()
    before, statuses = await counted(metrics), []

    async def ask_on() -> None:
        async with httpx2.AsyncClient(timeout=60) as http:
            for _ in range(20):
                try:
                    statuses.append((await http.get(f"{api.address}/healthz")).status_code)
                except httpx2.TransportError:
                    statuses.append(0)

    asking = [asyncio.create_task(ask_on()) for _ in range(12)]
    await asyncio.sleep(0.1)
    os.kill(gone, signal.SIGKILL)
    await asyncio.gather(*asking)
    answered, broken = statuses.count(200), statuses.count(0)
    assert (answered + broken, broken <= 12) == (240, True), "each of twelve connections breaks once at most"
    await until_there_are(api, WORKERS, without=gone)
    ids = await ids_of_many(api)
    assert len({each.partition("-")[0] for each in ids}) == WORKERS
    # What broke may have been answered, and counted, before it was sent.
    assert before + answered + MANY <= await counted(metrics) <= before + answered + broken + MANY


async def test_who_waits_for_a_worker_that_dies_is_answered_by_the_one_that_takes_its_place(api: ApiProcess) -> None:
    stopped, *_ = api.workers()
    os.kill(stopped, signal.SIGSTOP)
    asking = [asyncio.create_task(alive(api)) for _ in range(MANY)]
    await until(lambda: any(each.done() for each in asking))
    await asyncio.sleep(0.5)
    waiting = sum(not each.done() for each in asking)
    os.kill(stopped, signal.SIGKILL)
    await asyncio.gather(*asking)
    assert waiting > 0, "those that came to who stood still"


async def test_the_end_finishes_what_is_under_way_takes_nothing_more_and_leaves_no_file(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with api_process(settings, PLUMB_API_WORKERS="2", TMPDIR=str(tmp_path)) as api:
        assert [each.name.rpartition("-")[0] for each in left_in(tmp_path)] == ["plumb-metrics"]
        await finishes(api)
        assert await api.process.wait() == -signal.SIGTERM
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def finishes(api: ApiProcess) -> None:
    """Let eight requests be under way while the API is told to end, and send the rest of them once it takes no more."""
    head = b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    open_now = [await asyncio.open_connection("127.0.0.1", api.port) for _ in range(8)]
    for _, writer in open_now:
        writer.write(head % len(ANONYMOUS) + ANONYMOUS[:10])
    await asyncio.sleep(0.5)
    api.process.terminate()
    await until(lambda: not _is_taken(api.port))
    api.process.terminate()  # once more: it ends nothing sooner
    for _, writer in open_now:
        writer.write(ANONYMOUS[10:])
    answers = [await reader.read() for reader, _ in open_now]
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 401 Unauthorized"}
    for _, writer in open_now:
        writer.close()


def _is_taken(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def code_of(settings: Settings, *, port: int, **extra: str) -> int:
    """Return the code that an API ends with."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "plumb_server.cli", "api", "--port", str(port)),
        env=os.environ | child_environment(settings) | {"PLUMB_LOG_LEVEL": "ERROR"} | extra,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(100):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


@pytest.mark.timeout(120)
async def test_an_api_that_cannot_start_ends_with_the_code_of_one_process(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        codes = await asyncio.gather(
            code_of(settings, port=port, PLUMB_API_WORKERS="2"),
            code_of(settings, port=free_port(), PLUMB_API_WORKERS="2", PLUMB_METRICS_PORT=str(port)),
            code_of(settings, port=free_port(), PLUMB_API_WORKERS="2", PLUMB_STORAGE_URL="nowhere://at-all"),
        )
    assert set(codes) == {NOT_STARTED}, codes
