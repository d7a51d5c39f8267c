"""What the version counters cost a writer: one-row updates a second with their trigger and without it."""

import asyncio
import random
import statistics
import time

import asyncpg

from benchmarks.reads.world import World, connect
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE

TRIGGER = "goal_version"
"""The trigger of the table `goal`, named `<table>_version`."""
EXISTS = "select true from pg_trigger where tgrelid = 'goal'::regclass and tgname = $1"
UPDATE = "update goal set version = version + 1 where id = $1"
SECONDS = 1.5


async def write_cost(world: World, *, clients: int, rounds: int) -> float | None:
    """Return the share of updates a second that the trigger costs, all in one company; None when it does not exist.

    The world is a scratch one: its goals are changed, and its trigger is switched off and on.
    """
    owner = await connect(world.settings)
    credentials = url_credentials(world.settings.role_url(APP_ROLE))
    try:
        if not await owner.fetchval(EXISTS, TRIGGER):
            return None
        async with asyncpg.create_pool(**credentials, min_size=clients, max_size=clients) as pool:
            await _updates(pool, world, clients)
            costs = []
            for _ in range(rounds):
                counted = await _updates(pool, world, clients)
                await owner.execute(f"alter table goal disable trigger {TRIGGER}")
                bare = await _updates(pool, world, clients)
                await owner.execute(f"alter table goal enable trigger {TRIGGER}")
                costs.append(1 - counted / bare)
    finally:
        await owner.close()
    return statistics.median(costs)


async def _updates(pool: asyncpg.Pool, world: World, clients: int) -> float:
    """Return updates a second, each in a transaction that names its tenant."""
    company, done = world.companies[0], 0
    deadline = time.perf_counter() + SECONDS

    async def client() -> None:
        nonlocal done
        async with pool.acquire() as connection:
            while time.perf_counter() < deadline:
                async with connection.transaction():
                    await connection.execute("select set_config('app.tenant', $1, true)", str(company.tenant_id))
                    await connection.execute(UPDATE, random.choice(company.goals))
                done += 1

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (time.perf_counter() - start)
