"""Measure values of a metric over 1,000,000 observations beside one bare SQL aggregate over the same rows, in one run."""

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

from benchmarks.ground.measuring import analyze, found, milliseconds, run
from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.metrics.service import (
    NewObservation,
    SubjectKind,
    monthly_values,
    record_observations,
    roll_up,
    value_between,
    values_between,
)

OBSERVATIONS, PEOPLE, UNITS, ROUNDS, BATCH = 1_000_000, 430, 28, 3, 10_000
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
METRIC = {"type": "MONEY", "unit_of_measure": "元", "currency": "CNY", "indicator": "LAGGING"}
COMPANY = (
    "insert into org_unit (tenant_id, id, created_at, parent_id, code, name, ordinal, version) "
    "select $1, u.id, now(), case when u.n > 1 then ($2::uuid[])[1] end, 'U' || u.n, '大区' || u.n, u.n, 1 "
    "from unnest($2::uuid[]) with ordinality as u (id, n)",
    "insert into org_unit_closure (tenant_id, id, ancestor_id, descendant_id, depth) "
    "select $1::uuid, gen_random_uuid(), u.id, u.id, 0 from unnest($2::uuid[]) as u (id) union all "
    "select $1::uuid, gen_random_uuid(), ($2::uuid[])[1], u.id, 1 from unnest(($2::uuid[])[2:]) as u (id)",
)
SELLERS = (
    "insert into person (tenant_id, id, created_at, number, name, unit_id, grade, position, skills, active, version) "
    "select $1, s.id, now(), 'S' || s.n, '代表' || s.n, ($2::uuid[])[2 + s.n % $4::int], 'P5', '', '[]', true, 1 "
    "from unnest($3::uuid[]) with ordinality as s (id, n)"
)
SAID = (
    "insert into observation (tenant_id, id, created_at, source, external_id, revision, metric_key, subject_kind, subject_id, "
    "unit_id, day, value, object_code, deleted, definition_version_id) "
    "select $1, gen_random_uuid(), now(), 'crm', 'C' || n, 1, 'revenue', 'PERSON', p.id, p.unit_id, $2::date + n % 365, "
    "(n % 100000)::numeric / 100, 'H' || n % 2000, false, $3 from generate_series(1, $4::int) as n "
    "join (select id, unit_id, row_number() over (order by id) as place from person) p on p.place = 1 + n % $5::int"
)
BARE = "select sum(value) from observation"


async def median(actor: Actor, work: Callable[[], Awaitable[object]]) -> float:
    """Return the median of some runs, each a transaction of its own."""
    return statistics.median([await milliseconds(actor, work) for _ in range(ROUNDS)])


async def made(settings: Settings) -> Actor:
    """Make a company whose 430 people have a million observations, and let PostgreSQL look at them."""
    actor, units = system_actor(uuid7(), channel="cli"), [uuid7() for _ in range(UNITS + 1)]
    people = [uuid7() for _ in range(PEOPLE)]
    async with tenant_transaction(actor):
        await found(actor)
        for sql in COMPANY:
            await execute(sql, actor.tenant_id, units)
        await execute(SELLERS, actor.tenant_id, units, people, UNITS)
        draft = await create_definition(actor, kind="metric", key="revenue", name="销售额", body=METRIC)
        version = await publish_version(actor, draft.id, version=draft.version)
        await execute(SAID, actor.tenant_id, FIRST, version.id, OBSERVATIONS, PEOPLE)
    await analyze(settings)
    return actor


async def recording(actor: Actor) -> float:
    """Return the milliseconds that a batch takes that a source delivers, every row of it new."""
    batch = [
        NewObservation(
            external_id=f"N{number}",
            metric="revenue",
            subject_kind=SubjectKind.PERSON,
            subject_code=f"S{1 + number % PEOPLE}",
            day=LAST,
            value=Decimal(number),
        )
        for number in range(BATCH)
    ]
    start = time.perf_counter()
    async with tenant_transaction(actor):
        await record_observations(actor, source="erp", observations=batch)
    return (time.perf_counter() - start) * 1000


async def measure(settings: Settings) -> None:
    """Print medians and ratios."""
    actor = await made(settings)
    async with tenant_transaction(actor):
        people = [row["id"] for row in await execute("select id from person")]
        total = await fetch_value(BARE)
    period = {"starts_on": FIRST, "ends_on": LAST}
    company = {"metric_key": "revenue", "subject_id": actor.tenant_id}
    async with tenant_transaction(actor):
        value = await value_between(actor, **company, **period)  # type: ignore[arg-type] # mixed
    if value is None or value.value != total:
        raise SystemExit("the value of the company is not the sum of its observations")
    bare = await median(actor, lambda: fetch_value(BARE))
    year = await median(actor, lambda: value_between(actor, **company, **period))  # type: ignore[arg-type] # mixed
    months = await median(actor, lambda: monthly_values(actor, **company, first=FIRST, last=LAST))  # type: ignore[arg-type] # mixed
    units = await median(actor, lambda: roll_up(actor, metric_key="revenue", starts_on=FIRST, ends_on=LAST))
    each = await median(actor, lambda: values_between(actor, metric_key="revenue", subject_ids=people, **period))  # type: ignore[arg-type] # mixed
    batch = await recording(actor)
    print(f"{OBSERVATIONS:,} observations of {PEOPLE} people in {UNITS + 1} units over a year, rolled up")
    print(f"  bare select sum     {bare:8.0f} ms  1.00 x")
    for name, taken in (("company", year), ("12 months", months), ("each unit", units), ("each person", each)):
        print(f"  {name:<19} {taken:8.0f} ms  {taken / bare:4.2f} x")
    print(f"  {BATCH:,} new observations recorded in {batch:.0f} ms, {batch / BATCH * 1000:.0f} us each")


if __name__ == "__main__":
    run(measure)
