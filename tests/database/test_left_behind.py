"""Work that outlives its transaction reaches nothing: its connection may be at work for another company by then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, open_rows, tenant_transaction
from plumb_platform.database.transaction import TransactionOver
from support.companies import make_company


async def reads_rows() -> Any:
    return await (await open_rows("select name from company")).take(10)


async def reads() -> Any:
    return await fetch_value("select name from company")


async def outcome_beside(first: Actor, second: Actor, work: Callable[[asyncio.Event, asyncio.Event], Awaitable[Any]]) -> Any:
    """Begin work as one company, go on with it while another is at work on the same connection, and return what came of it."""
    begun, late, found = asyncio.Event(), asyncio.Event(), None
    async with tenant_transaction(first):
        before = await fetch_value("select pg_backend_pid()")
        left = asyncio.ensure_future(work(begun, late))
        await begun.wait()
    async with tenant_transaction(second):
        assert await fetch_value("select pg_backend_pid()") == before
        await execute("select 1")
        late.set()
        found = (await asyncio.gather(left, return_exceptions=True))[0]
        # Nor is the other disturbed.
        assert await fetch_value("select name from company") == "乙"
    return found


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("read", [reads, reads_rows])
async def test_what_is_asked_behind_its_transaction_is_answered_by_no_other(read: Callable[[], Awaitable[Any]]) -> None:
    async def work(begun: asyncio.Event, late: asyncio.Event) -> Any:
        begun.set()
        await late.wait()
        return await read()

    first, second = await make_company("甲"), await make_company("乙")
    assert isinstance(await outcome_beside(first.system, second.system, work), TransactionOver)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("fails", [False, True])
async def test_a_savepoint_that_ends_behind_its_transaction_touches_no_other(fails: bool) -> None:
    first, second = await make_company("甲"), await make_company("乙")

    async def work(begun: asyncio.Event, late: asyncio.Event) -> Any:
        async with tenant_transaction(first.system):
            await fetch_value("select 1")
            begun.set()
            await late.wait()
            if fails:
                raise ValueError

    assert isinstance(await outcome_beside(first.system, second.system, work), TransactionOver)
