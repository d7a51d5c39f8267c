"""Waiting until a moment: a timer only where there is something to wait for, and cancellation goes through."""

import asyncio

import pytest

from plumb_server.waiting import until


def passed() -> float:
    return asyncio.get_running_loop().time() - 1


def far() -> float:
    return asyncio.get_running_loop().time() + 60


async def test_work_that_never_ends_is_ended_at_the_moment_and_told_so() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(TimeoutError):
        await until(passed(), work())
    assert ended == ["cancelled"]


async def test_what_is_there_at_once_is_returned_even_behind_the_moment() -> None:
    event = asyncio.Event()
    event.set()
    assert await until(passed(), event.wait()) is True


async def test_work_that_waits_several_times_returns_what_it_returns_and_raises_what_it_raises() -> None:
    async def work(*, fails: bool) -> int:
        for _ in range(3):
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, int)
        if fails:
            raise KeyError("late")
        return 7

    assert await until(far(), work(fails=False)) == 7
    with pytest.raises(KeyError, match="late"):
        await until(far(), work(fails=True))


async def test_a_cancelled_caller_cancels_the_work_which_may_still_have_the_last_word() -> None:
    started = asyncio.Event()

    async def work() -> str:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "tidied up"
        return ""

    task = asyncio.create_task(until(far(), work()))
    await started.wait()
    task.cancel()
    assert await task == "tidied up"
