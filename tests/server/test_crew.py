"""Forked workers: how they are watched, started again and ended."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from plumb_server import crew, processes
from plumb_server.api import GRACE_SECONDS
from plumb_server.crew import FIRST_PAUSE, LONGEST_PAUSE, NOT_STARTED, SILENT_LOOKS, STARTING_LOOKS, STEADY_SECONDS, Seat
from support.patience import until

TESTS = Path(__file__).parents[1]
Process = asyncio.subprocess.Process
IGNORE = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
UNHEARD = (sys.executable, "-c", IGNORE)
"""Starts a command that has the death of its children ignored, as some that start others leave it."""


@asynccontextmanager
async def small_crew(word: str, size: int = 2, *, before: Sequence[str] = ()) -> AsyncIterator[Process]:
    """Run a crew whose workers do what the word says, by a command before it if there is one."""
    process = await asyncio.create_subprocess_exec(
        *(*before, sys.executable, "-m", "support.small_crew", word, str(size)),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: Process) -> tuple[str, int]:
    """Return the next line: its word, and the pid that it names or 0."""
    assert process.stdout is not None
    word, _, pid = (await process.stdout.readline()).decode().strip().partition(" ")
    return word, int(pid or -1)


def runs(pid: int) -> bool:
    """Return whether there is such a process."""
    return Path(f"/proc/{pid}").exists()


def test_who_does_not_stay_is_replaced_after_longer_and_longer_and_at_once_after_having_stayed() -> None:
    seat, now, pauses = Seat(), 100.0, []
    for _ in range(8):
        seat.pid, seat.since = 1, now
        pauses.append(seat.fell(now + 0.1))
        now = seat.due
    assert pauses == [FIRST_PAUSE * 2**times for times in range(5)] + [LONGEST_PAUSE] * 3
    seat.since = now
    assert seat.fell(now + STEADY_SECONDS) == 0.0
    assert (seat.pid, seat.due, seat.falls) == (0, now + STEADY_SECONDS, 0)


def test_a_worker_is_silent_when_it_has_not_beaten_between_so_many_looks() -> None:
    seat = Seat()
    assert [seat.looked(0) for _ in range(STARTING_LOOKS)] == [False] * (STARTING_LOOKS - 1) + [True]
    assert not seat.looked(1)
    assert [seat.looked(1) for _ in range(SILENT_LOOKS)] == [False] * (SILENT_LOOKS - 1) + [True]
    assert not seat.looked(2)


async def test_workers_that_fail_at_once_are_not_started_again_and_again_without_a_pause() -> None:
    async with small_crew("fail", 1) as process:
        first, begun = await said(process), asyncio.get_running_loop().time()
        others = [await said(process) for _ in range(3)]
        # 0.5, 1 and 2 seconds between the four: a machine under load makes it longer.
        assert asyncio.get_running_loop().time() - begun > 3.0
        assert {word for word, _ in (first, *others)} == {"worker"}
        assert len({pid for _, pid in (first, *others)}) == 4
        process.terminate()
        assert await process.wait() == -signal.SIGTERM


async def test_a_crew_none_of_which_ever_served_ends_with_the_code_of_what_did_not_start() -> None:
    async with small_crew("never") as process:
        assert await process.wait() == NOT_STARTED


@pytest.mark.parametrize("before", [(), UNHEARD], ids=["heard", "unheard"])
async def test_one_that_is_killed_is_replaced_and_the_others_stay(before: Sequence[str]) -> None:
    async with small_crew("beat", before=before) as process:
        pids = {(await said(process))[1], (await said(process))[1]}
        gone = min(pids)
        assert gone > 1
        os.kill(gone, signal.SIGKILL)
        word, new = await said(process)
        assert (word, new in pids) == ("worker", False)
        assert all(runs(pid) for pid in pids - {gone})


async def test_one_that_stands_still_is_ended_and_replaced() -> None:
    async with small_crew("still", 1) as process:
        _, still = await said(process)
        word, new = await said(process)
        assert (word, new != still) == ("worker", True)
        await until(lambda: not runs(still))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_end_takes_no_more_work_and_waits_for_what_is_under_way(number: signal.Signals) -> None:
    async with small_crew("beat") as process:
        pids = {(await said(process))[1], (await said(process))[1]}
        await asyncio.sleep(0.3)  # until both have their handlers
        process.send_signal(number)
        assert await said(process) == ("closed", -1)
        assert {await said(process), await said(process)} == {("ended", pid) for pid in pids}
        assert await process.wait() == -number


async def test_the_workers_of_a_killed_parent_end_as_when_they_are_told_to() -> None:
    async with small_crew("beat") as process:
        pids = {(await said(process))[1], (await said(process))[1]}
        await asyncio.sleep(0.3)
        process.kill()
        assert {await said(process), await said(process)} == {("ended", pid) for pid in pids}


async def test_one_that_does_not_end_is_killed_before_the_parent_would_be() -> None:
    async with small_crew("deaf", 1) as process:
        _, deaf = await said(process)
        await asyncio.sleep(0.3)
        process.terminate()
        assert await process.wait() == -signal.SIGTERM
        await until(lambda: not runs(deaf))
    assert GRACE_SECONDS < crew.STOP_SECONDS < processes.STOP_SECONDS
