"""The relay on the real database: nothing twice in flight, nothing lost on the way, nothing that stops it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, platform_transaction, tenant_transaction
from plumb_platform.queue.relay import CLAIM, RelayLimits, Undelivered, relay_until, send_due
from plumb_platform.queue.service import state_of
from plumb_platform.queue.worker_side import LONGEST_PAUSE_SECONDS
from plumb_platform.settings import Settings
from support.background import Background
from support.companies import CompanyFixture, make_company
from support.jobs_made import Hand, age, do, job_of, mine, queued, send_everything


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def test_a_job_in_flight_is_not_sent_again_before_its_lease_ends(company: CompanyFixture) -> None:
    ids, hand = await queued(company, 3), Hand()
    limits = RelayLimits(in_flight=10_000)
    await send_due(hand, limits)
    await send_due(hand, limits)
    assert sorted(mine(hand, company)) == sorted(ids)
    await age(company, sent_at="now() - interval '16 seconds'")
    await send_due(hand, limits)
    assert len(mine(hand, company)) == 6
    assert len({each.delivery_id for each in hand.sent}) == len(hand.sent)


async def test_what_is_in_flight_is_bounded_and_two_relays_share_it(company: CompanyFixture) -> None:
    await send_due(Hand(), RelayLimits(in_flight=10_000))
    in_flight = (await send_everything()) + 5
    await queued(company, 20)
    one, two = Hand(), Hand()
    await asyncio.gather(send_due(one, RelayLimits(in_flight=in_flight)), send_due(two, RelayLimits(in_flight=in_flight)))
    await send_due(one, RelayLimits(in_flight=in_flight))
    both = mine(one, company) + mine(two, company)
    assert len(both) == len(set(both))
    assert 5 <= len(both) <= 10


async def test_a_job_is_due_at_once_again_when_the_queue_is_away(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    with pytest.raises(Undelivered):
        await send_due(Hand(away=True), RelayLimits(in_flight=10_000))
    hand = Hand()
    await send_due(hand, RelayLimits(in_flight=10_000))
    assert mine(hand, company) == [job_id]
    assert (await job_of(company, job_id)).tries == 2


async def test_a_job_that_a_worker_holds_is_passed_over_however_old_its_lease(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    await age(company, sent_at="now() - interval '1 day'")
    hand = Hand()

    async def look(_: Actor, __: dict[str, Any]) -> None:
        await send_due(hand, RelayLimits(in_flight=10_000))

    await do(company, job_id, look)
    assert mine(hand, company) == []
    assert state_of(await job_of(company, job_id)) == "DONE"


async def test_a_retry_waits_for_its_pause(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    await send_due(Hand(), RelayLimits(in_flight=10_000))

    async def crash(_: Actor, __: dict[str, Any]) -> None:
        raise ZeroDivisionError

    await do(company, job_id, crash)
    hand = Hand()
    await send_due(hand, RelayLimits(in_flight=10_000))
    assert mine(hand, company) == []
    await age(company, available_at="now()")
    await send_due(hand, RelayLimits(in_flight=10_000))
    assert mine(hand, company) == [job_id]


async def test_the_relay_lives_on_when_a_timer_fails(company: CompanyFixture) -> None:
    stopped, hand = asyncio.Event(), Hand()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            await queued(company)
        if beats == 4:
            stopped.set()
        raise ZeroDivisionError

    (job_id,) = await queued(company)
    quick = RelayLimits(in_flight=10_000, poll_seconds=0.01, pause_seconds=0.01)
    await asyncio.wait_for(relay_until(stopped, hand, quick, beat=beat), timeout=60)
    assert beats == 4
    assert len(mine(hand, company)) == 2
    assert job_id in mine(hand, company)


async def test_the_relay_lives_on_while_the_queue_is_away(company: CompanyFixture) -> None:
    stopped, hand = asyncio.Event(), Hand(away=True)
    (job_id,) = await queued(company)
    quick = RelayLimits(in_flight=10_000, poll_seconds=0.01, pause_seconds=0.01)
    relay = asyncio.create_task(relay_until(stopped, hand, quick))
    await asyncio.sleep(0.2)
    assert not relay.done()
    hand.away = False
    while not mine(hand, company):  # noqa: ASYNC110 - the relay tells nobody
        await asyncio.sleep(0.01)
    stopped.set()
    await asyncio.wait_for(relay, timeout=60)
    assert mine(hand, company) == [job_id]


async def test_jobs_are_sent_while_a_timer_waits_in_some_company(
    company: CompanyFixture, settings: Settings, background: Background
) -> None:
    background.start("valkey")
    owner = await asyncpg.connect(settings.database_url)
    waits = "select exists (select from pg_locks where relation = 'survey'::regclass and not granted)"
    async with owner.transaction():
        await owner.execute("lock table survey in access exclusive mode")
        background.start("relay")
        async with asyncio.timeout(60):
            while not await owner.fetchval(waits):  # noqa: ASYNC110 - nor does a lock
                await asyncio.sleep(0.05)
            (job_id,) = await queued(company)
            while (await job_of(company, job_id)).sent_at is None:  # noqa: ASYNC110 - the relay tells nobody
                await asyncio.sleep(0.05)
    await owner.close()
    assert background.end("relay") == 0


async def as_owner(settings: Settings, *statements: str) -> None:
    """Run statements as whoever owns the tables."""
    owner = await asyncpg.connect(settings.database_url)
    try:
        for statement in statements:
            await owner.execute(statement)
    finally:
        await owner.close()


async def waiting(company: CompanyFixture, count: int) -> None:
    """Have so many jobs wait since an hour."""
    async with tenant_transaction(company.system):
        await execute(
            "insert into outbox (tenant_id, id, topic, payload, request_id, available_at, tries, failures, created_at) "
            "select $1, gen_random_uuid(), 'tests.work', '{}', '', now() - interval '1 hour', 0, 0, now() "
            "from generate_series(1, $2)",
            company.tenant_id,
            count,
        )


class TakenBack(Exception):
    """Ends a transaction that was only to be looked at."""


async def rows_touched(limits: RelayLimits) -> float:
    """Return how many rows PostgreSQL goes through to find what is due, those included that it finds and leaves; none is sent."""
    limited = (limits.lease_seconds, limits.in_flight, limits.per_company, LONGEST_PAUSE_SECONDS)
    with suppress(TakenBack):
        async with platform_transaction() as connection:
            plan = json.loads(await connection.fetchval(f"explain (analyze, timing off, format json) {CLAIM}", *limited))
            raise TakenBack
    return sum(rows_of(plan[0]["Plan"]))


def rows_of(node: dict[str, Any]) -> Iterator[float]:
    """Yield the rows that each node of a plan gave and dropped, in all its loops."""
    dropped = [rows for name, rows in node.items() if name.startswith("Rows Removed by")]
    yield (node["Actual Rows"] + sum(dropped)) * node["Actual Loops"]
    for each in node.get("Plans", ()):
        yield from rows_of(each)


async def test_ten_thousand_jobs_of_one_company_leave_the_single_job_of_another_its_turn(
    company: CompanyFixture, settings: Settings
) -> None:
    busy = await make_company()
    await as_owner(settings, "update outbox set failed_at = now() where done_at is null and failed_at is null")
    await waiting(busy, 10_000)
    (single,) = await queued(company)
    hand, limits = Hand(), RelayLimits(in_flight=10_000, per_company=24)
    # At the worst all jobs are gone through for each of the 25 that are due, and not for each that waits.
    assert await rows_touched(limits) < 1_000_000
    await send_due(hand, limits)
    assert mine(hand, company) == [single]
    assert len(mine(hand, busy)) == 24
    await send_due(hand, limits)
    assert len(mine(hand, busy)) == 24
    async with tenant_transaction(busy.system):
        await execute("update outbox set failed_at = now()")


async def test_each_job_is_looked_at_once_however_few_postgresql_believes_to_wait(
    company: CompanyFixture, settings: Settings
) -> None:
    """It counted the table when few jobs lay far apart in it, most of them done; then each was looked for among all others."""
    for _ in range(4):
        await waiting(await make_company(), 400)
    await as_owner(
        settings,
        "delete from outbox where topic = 'tests.work' and hashtext(id::text) % 8 <> 0",
        "update outbox set done_at = now() where hashtext(id::text) % 3 <> 0",
        "vacuum analyze outbox",
    )
    await waiting(company, 10_000)
    hand, limits = Hand(), RelayLimits(in_flight=10_000, per_company=5_000)
    # Some ninety thousand; each looked for among all others would be fifty millions.
    assert await rows_touched(limits) < 1_000_000
    await send_due(hand, limits)
    assert len(mine(hand, company)) == 5_000
    await as_owner(settings, "update outbox set failed_at = now() where done_at is null", "analyze outbox")
