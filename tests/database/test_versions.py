"""The version counters: each commit shows, nobody waits for a counter, and a company's counters are its own."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE, Settings

TABLES = ("goal", "goal_version", "person", "letter", "plan")
WRITERS = 20
Counted = dict[str, int]


@asynccontextmanager
async def connections(settings: Settings, count: int = 1, *, role: str = APP_ROLE) -> AsyncIterator[Sequence[asyncpg.Connection]]:
    """Open connections of their own, none of which waits for another's end (a file that grows may take a millisecond)."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            each = await asyncpg.connect(**url_credentials(settings.role_url(role)), server_settings={"lock_timeout": "1s"})
            stack.push_async_callback(each.close)
            opened.append(each)
        yield opened


async def begin(connection: asyncpg.Connection, tenant: UUID) -> asyncpg.transaction.Transaction:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("select set_config('app.tenant', $1, true)", str(tenant))
    return transaction


async def touch(connection: asyncpg.Connection, *tables: str) -> None:
    """Write to tables without changing a row: what counts is that a statement ran."""
    for table in tables:
        await connection.execute(f'update "{table}" set id = id where false')


async def counted(connection: asyncpg.Connection, tenant: UUID) -> Counted:
    async with connection.transaction():
        await connection.execute("select set_config('app.tenant', $1, true)", str(tenant))
        rows = await connection.fetch("select name, sum(value)::int as value from data_version group by name")
    return {row["name"]: row["value"] for row in rows}


async def write(connection: asyncpg.Connection, tenant: UUID, *tables: str) -> None:
    transaction = await begin(connection, tenant)
    await touch(connection, *tables)
    await transaction.commit()


@pytest.mark.parametrize("seed", range(5))
async def test_twenty_transactions_in_any_order_never_wait_and_each_commit_shows(settings: Settings, seed: int) -> None:
    chance, tenant = random.Random(seed), uuid4()
    async with connections(settings, WRITERS) as writers, connections(settings) as (reader,):
        started = {writer: await begin(writer, tenant) for writer in writers}
        orders = [chance.sample(TABLES, len(TABLES)) * 2 for _ in writers]
        for step in zip(*orders, strict=True):
            # Each at its own table at the same time; none has ended yet.
            await asyncio.gather(*map(touch, writers, step))
        assert await counted(reader, tenant) == {}
        for done, writer in enumerate(chance.sample(writers, WRITERS), start=1):
            await started[writer].commit()
            assert await counted(reader, tenant) == dict.fromkeys(TABLES, done)


async def test_writers_that_come_and_go_share_few_counters(settings: Settings) -> None:
    tenant = uuid4()
    for _ in range(4):
        async with connections(settings, WRITERS) as writers:
            for _ in range(3):
                await asyncio.gather(*(write(writer, tenant, "goal") for writer in writers))
    async with connections(settings) as (reader,):
        assert await counted(reader, tenant) == {"goal": 4 * 3 * WRITERS}
        await begin(reader, tenant)
        assert await reader.fetchval("select count(*) from data_version") <= 15 + WRITERS


async def test_a_transaction_counts_once_and_a_savepoint_takes_its_count_back(settings: Settings) -> None:
    tenant = uuid4()
    async with connections(settings, 2) as (writer, reader):
        await write(writer, tenant, *["goal"] * 3)
        assert await counted(reader, tenant) == {"goal": 1}
        outer, inner = await begin(writer, tenant), writer.transaction()
        await inner.start()
        await touch(writer, "goal", "plan")
        await inner.rollback()
        await touch(writer, "goal")
        await outer.commit()
        assert await counted(reader, tenant) == {"goal": 2}
        undone = await begin(writer, tenant)
        await touch(writer, "goal")
        await undone.rollback()
        assert await counted(reader, tenant) == {"goal": 2}


async def test_a_repair_that_names_no_company_counts_in_every_company_that_has_ever_counted(settings: Settings) -> None:
    ours, theirs = uuid4(), uuid4()
    async with connections(settings, 2) as (writer, reader):
        await write(writer, ours, "goal")
        await write(writer, theirs, "plan")
        owner = await asyncpg.connect(**url_credentials(settings.database_url))
        try:
            await owner.execute("update goal set id = id where false")
        finally:
            await owner.close()
        assert await counted(reader, ours) == {"goal": 2}
        assert await counted(reader, theirs) == {"goal": 1, "plan": 1}


async def test_the_product_reads_its_own_counters_and_writes_none(settings: Settings) -> None:
    ours, theirs = uuid4(), uuid4()
    async with connections(settings) as (writer,):
        await write(writer, ours, "goal")
        assert await counted(writer, theirs) == {}
        for sql in (
            "update data_version set value = 0",
            "delete from data_version",
            f"insert into data_version values ('{ours}', 'goal', 1, 1, 1)",
            f"select sec.count_apart('{theirs}', 'goal', 1)",
        ):
            transaction = await begin(writer, ours)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await writer.execute(sql)
            await transaction.rollback()
