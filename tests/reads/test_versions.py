"""Counters of versions: many writers of one company at once neither wait for each other for ever nor lose a count."""

import asyncio
from random import Random

from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE

WRITES = (
    "update goal set version = version + 1 where title = $1",
    "update person set version = version + 1 where name = $1",
    "update org_unit set version = version + 1 where name = $1",
    "update definition set name = name where name = $1",
    "update plan set version = version + 1 where title = $1",
    "update letter set version = version + 1 where number = $1",
)
"""Changes of no row: the counters are taken all the same, and nothing else can make two writers wait."""
TOTAL = "select coalesce(sum(value), 0)::bigint from data_version where name = $1"


async def written(company: CompanyFixture, source: Random, gate: asyncio.Barrier | None = None) -> None:
    """Change several tables in a random order in one transaction, and commit."""
    async with tenant_transaction(company.system):
        for statement in source.sample(WRITES, len(WRITES)):
            await execute(statement, "nobody")
            await asyncio.sleep(source.random() / 200)
        if gate is not None:
            await gate.wait()


async def test_twenty_transactions_over_tables_in_any_order_all_commit(database: Database) -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        before = await fetch_value(TOTAL, "goal")
    async with asyncio.timeout(120):
        await asyncio.gather(*(written(company, Random(seed)) for seed in range(20)))
    async with tenant_transaction(company.system):
        assert await fetch_value(TOTAL, "goal") == before + 20


async def test_transactions_that_are_all_open_at_once_all_commit_and_are_all_counted(database: Database) -> None:
    company = await make_company()
    # As many as the pool has connections, each with every counter taken before any commits.
    gate = asyncio.Barrier(8)
    async with asyncio.timeout(120):
        await asyncio.gather(*(written(company, Random(seed), gate) for seed in range(8)))
        await asyncio.gather(*(written(company, Random(seed)) for seed in range(20, 40)))
    async with tenant_transaction(company.system):
        for table in ("goal", "person", "org_unit", "definition", "plan", "letter"):
            assert await fetch_value(TOTAL, table) >= 28, table
        stripes = await fetch_value("select count(*) from data_version where name = 'plan'")
    assert stripes <= 28


async def test_a_reader_beside_writers_never_sees_an_older_answer_again(
    database: Database, ground: Ground, product_engine: Engine
) -> None:
    company = await make_company()
    unit = await add_unit(company, "GD", "广东省区")
    await add_person(company, "1", "张三", unit=unit)
    await add_goals(company, await add_cycle(company), [(unit, company.hr)])
    engines = [Engine(product_engine.schema, WIDE) for _ in range(2)]
    writing = True

    async def write() -> None:
        for _ in range(60):
            async with tenant_transaction(company.system):
                await execute("update goal set version = version + 1")

    async def shown(engine: Engine) -> int:
        context = Context(ground=ground, actor=company.hr)
        body = (await engine.answer(Operation("{ goals { edges { node { version } } } }"), context)).body
        version: int = body["data"]["goals"]["edges"][0]["node"]["version"]
        return version

    async def read(engine: Engine) -> list[int]:
        seen = []
        while writing:
            seen.append(await shown(engine))
        # What was asked while all was written may have looked before the last change; who asks now sees it.
        return [*seen, await shown(engine)]

    reading = [asyncio.create_task(read(engine)) for engine in engines for _ in range(2)]
    await write()
    writing = False
    for seen in await asyncio.gather(*reading):
        assert seen == sorted(seen)
        assert seen[-1] == 62
