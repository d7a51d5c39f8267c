"""What the version counters cost a writer: one-row updates a second with their trigger and without it, by pgbench."""

import asyncio
import re
import statistics
import subprocess
from pathlib import Path

import asyncpg

from benchmarks.reads.credentials import connection_of
from benchmarks.reads.world import World, connect
from plumb_platform.embedded.places import postgres_binaries
from plumb_platform.settings import APP_ROLE

TRIGGER = "goal_version"
"""The trigger of the table `goal`, named `<table>_version`."""
EXISTS = "select true from pg_trigger where tgrelid = 'goal'::regclass and tgname = $1"
PLACES = (
    "create table if not exists bench_place (n int primary key, id uuid)",
    "truncate bench_place",
    f"grant select on bench_place to {APP_ROLE}",
)
SCRIPT = """\\set n random(1, {goals})
begin;
select set_config('app.tenant', :tenant, true);
update goal set version = version + 1 where id = (select id from bench_place where n = :n);
commit;
"""
SECONDS = 2
RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


async def write_cost(world: World, folder: Path, *, clients: int, rounds: int) -> float | None:
    """Return the share of updates a second that the trigger costs, all in one company; None when it does not exist.

    The world is a scratch one: its goals are changed, and its trigger is switched off and on.
    """
    owner = await connect(world.settings)
    try:
        if not await owner.fetchval(EXISTS, TRIGGER):
            return None
        await _number_goals(owner, world)
        path = folder / "update.sql"
        path.write_text(SCRIPT.format(goals=len(world.companies[0].goals)), encoding="ascii")
        await _updates(world, path, clients)
        costs = []
        for _ in range(rounds):
            # With, without, without, with: what drifts within a round hits both alike.
            counted = await _updates(world, path, clients)
            await owner.execute(f"alter table goal disable trigger {TRIGGER}")
            bare = await _updates(world, path, clients) + await _updates(world, path, clients)
            await owner.execute(f"alter table goal enable trigger {TRIGGER}")
            counted += await _updates(world, path, clients)
            costs.append(1 - counted / bare)
    finally:
        await owner.close()
    return statistics.median(costs)


async def _number_goals(owner: asyncpg.Connection, world: World) -> None:
    for sql in PLACES:
        await owner.execute(sql)
    await owner.copy_records_to_table("bench_place", records=enumerate(world.companies[0].goals, start=1))
    await owner.execute("vacuum analyze bench_place")


async def _updates(world: World, path: Path, clients: int) -> float:
    """Return updates a second, each in a transaction that names its tenant."""
    place = connection_of(world.settings.role_url(APP_ROLE))
    how = ["-n", "-M", "prepared", "-T", str(SECONDS), "-c", str(clients), "-j", "1", "-f", str(path)]
    where = ["-D", f"tenant={world.companies[0].tenant_id}", "-h", place["host"], "-U", place["user"], place["database"]]
    ran = await asyncio.to_thread(
        subprocess.run,
        [str(postgres_binaries() / "pgbench"), *how, *where],
        capture_output=True,
        text=True,
        check=True,
        env={"PGPASSWORD": place["password"]},
    )
    found = RATE.search(ran.stdout)
    if found is None:
        raise ValueError(f"pgbench names no rate:\n{ran.stdout}")
    return float(found[1])
