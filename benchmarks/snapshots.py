"""Measure a snapshot of 100,000 goals beside INSERT..SELECTs and the ORM, in turns.

The bare INSERT..SELECT and the ORM get the finished lines and only write them; a third writer does what a snapshot does, by one
statement: it joins, makes the texts, hashes them and writes a row for each.
"""

import statistics
from decimal import Decimal
from uuid import UUID

from benchmarks.ground.measuring import analyze, found, milliseconds, run
from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.snapshots.lines import pages
from plumb_tenants.snapshots.models import SnapshotRow
from plumb_tenants.snapshots.service import take_snapshot
from plumb_tenants.snapshots.statements import MEMORY, TAKE_LINES

GOALS, ROUNDS = 100_000, 5

SEED = (
    "insert into org_unit (tenant_id, id, created_at, code, name, ordinal, version) "
    "values ($1, $2, now(), 'GD', '广东省区', 0, 1)",
    "insert into cycle (tenant_id, id, created_at, code, name, starts_on, ends_on) "
    "values ($1, $2, now(), '2026', '2026 年度', '2026-01-01', '2026-12-31')",
    "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) values ($1, $2, $2, $2, 0)",
)
GOAL_ROWS = (
    "insert into goal (tenant_id, id, created_at, cycle_id, unit_id, title, metric, unit_of_measure, state, current_number, "
    "version) select $1, uuidv7(), now(), $2, $2, '华南区销售额 ' || n, '销售额', '元', 'CONFIRMED', 1, 1 "
    "from generate_series(1, $3) as n",
    "insert into goal_version (tenant_id, id, created_at, goal_id, number, target, weight, months, derivation, confirmed_at) "
    "select $1, gen_random_uuid(), now(), id, 1, $2::numeric, 100.00, "
    "to_jsonb(array_fill(($2::numeric / 12)::numeric(20,2)::text, array[12])), '{}', now() from goal",
    "insert into goal_progress (tenant_id, id, goal_id, source, actual, attainment, met, reported, as_of, counted_at) "
    "select $1, gen_random_uuid(), id, 'CHECK_IN', $2::numeric * 0.8, 80.00, false, 100, '2026-06-30', now() from goal",
)
ROWS = (
    "insert into snapshot_row (tenant_id, id, snapshot_id, ordinal, goal_id, content, hash) "
    "select $1, gen_random_uuid(), $2, $3 + l.place, l.goal_id, l.content, encode(l.hash, 'hex') "
    "from unnest($4::uuid[], $5::text[], $6::bytea[]) with ordinality as l(goal_id, content, hash, place)"
)
BARE = (
    "insert into snapshot_row (tenant_id, id, snapshot_id, ordinal, goal_id, content, hash) "
    "select tenant_id, gen_random_uuid(), $2, ordinal, goal_id, content, hash from snapshot_row where snapshot_id = $1"
)

WHOLE = (
    "insert into snapshot_row (tenant_id, id, snapshot_id, ordinal, goal_id, content, hash) "
    "select $9, gen_random_uuid(), $10, row_number() over (), l.goal_id, convert_from(l.content, 'UTF8'), "
    f"encode(sha256(l.content), 'hex') from ({TAKE_LINES}) l where l.goal_id is not null"
)


async def seed(actor: Actor) -> None:
    """Make a company with GOALS goals that were all reported on; their ids follow the time, as the product's do."""
    place = uuid7()
    async with tenant_transaction(actor):
        await found(actor)
        for statement in SEED:
            await execute(statement, actor.tenant_id, place)
        await execute(GOAL_ROWS[0], actor.tenant_id, place, GOALS)
        for statement in GOAL_ROWS[1:]:
            await execute(statement, actor.tenant_id, Decimal("1200000.00"))


async def as_rows(actor: Actor, source: UUID) -> None:
    """Write the lines of a snapshot as rows too, as they were kept before they were bundled."""
    async for page in pages(source):
        await execute(ROWS, actor.tenant_id, source, page.first - 1, page.goal_ids, page.contents, page.hashes)


async def whole(actor: Actor) -> None:
    """Take the lines by one statement that makes, hashes and writes them; neither head, chain nor counts."""
    await execute(MEMORY)
    await execute(WHOLE, None, [], [], [], False, True, Decimal(15), "EXPECTED", actor.tenant_id, uuid7())


async def by_orm(source: UUID) -> None:
    """Read the rows and write them through the model layer."""
    target = uuid7()
    rows = await fetch("select ordinal, goal_id, content, hash from snapshot_row where snapshot_id = $1", source)
    await SnapshotRow.bulk_create([SnapshotRow(snapshot_id=target, **row) for row in rows])


async def measure(settings: Settings) -> None:
    """Print medians and ratios."""
    actor = system_actor(uuid7(), channel="cli")
    await seed(actor)
    await analyze(settings)
    async with tenant_transaction(actor):
        source = (await take_snapshot(actor)).id
        await as_rows(actor, source)
    await analyze(settings)
    ours, bare, made = [], [], []
    for _ in range(ROUNDS):
        ours.append(await milliseconds(actor, lambda: take_snapshot(actor)))
        bare.append(await milliseconds(actor, lambda: execute(BARE, source, uuid7())))
        made.append(await milliseconds(actor, lambda: whole(actor)))
    orm = await milliseconds(actor, lambda: by_orm(source))
    limit, taken = statistics.median(bare), statistics.median(ours)
    print(f"snapshot of {GOALS:,} goals and how each stands, lines, hashes, chain and audit entry in one transaction")
    print(f"  bare INSERT..SELECT {limit:8.0f} ms  1.00 x")
    print(f"  made and written by one INSERT..SELECT {statistics.median(made):8.0f} ms  {statistics.median(made) / limit:4.2f} x")
    print(f"  take_snapshot       {taken:8.0f} ms  {taken / limit:4.2f} x   (goal D3: <= 1.1 x, <= 300 ms)")
    print(f"  ORM bulk_create     {orm:8.0f} ms  {orm / taken:4.1f} x of ours   (goal D3: >= 15 x)")


if __name__ == "__main__":
    run(measure)
