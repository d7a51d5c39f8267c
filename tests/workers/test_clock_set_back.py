"""A clock that was set back, by which everything that waits would wait for a day: jobs, retries, timers and locks of sign-in."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database, platform_transaction
from plumb_platform.errors import RateLimited
from plumb_platform.identity.throttle import ACCOUNT_LIMIT, claim_attempt
from plumb_platform.queue.relay import RelayLimits, send_due
from plumb_workers.schedule import Timer, Timers
from support.companies import CompanyFixture, make_company
from support.jobs_made import Hand, age, mine, queued, send_everything

AHEAD = datetime(2027, 3, 2, 8, 0, tzinfo=UTC)
BEHIND = AHEAD - timedelta(days=1)
LIMITS = RelayLimits(in_flight=10_000)


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def test_a_job_that_was_sent_in_a_time_to_come_is_sent_again_and_takes_no_place(company: CompanyFixture) -> None:
    ids, hand = await queued(company, 2), Hand()
    await send_due(Hand(), LIMITS)
    # A few seconds ahead is another relay's send of this very moment.
    await age(company, sent_at="clock_timestamp() + interval '10 seconds'")
    await send_due(hand, LIMITS)
    assert mine(hand, company) == []
    await age(company, sent_at="clock_timestamp() + interval '1 day'")
    # Counted now: jobs that other tests left become due at any moment, and whatever was due has just been sent.
    others = await send_everything() - len(ids)
    await send_due(hand, RelayLimits(in_flight=others + 2, per_company=2))
    assert sorted(mine(hand, company)) == sorted(ids)


async def test_a_retry_waits_no_longer_than_retries_do(company: CompanyFixture) -> None:
    (job_id,) = await queued(company)
    hand = Hand()
    await age(company, tries="1", available_at="clock_timestamp() + interval '290 seconds'")
    await send_due(hand, LIMITS)
    assert mine(hand, company) == []
    await age(company, available_at="clock_timestamp() + interval '1 day'")
    await send_due(hand, LIMITS)
    assert mine(hand, company) == [job_id]


async def test_a_timer_goes_on_by_the_clock_that_was_set_right(database: Database) -> None:
    ran: list[int] = []

    async def run(_: asyncpg.Connection) -> None:
        ran.append(len(ran))

    timers = Timers((Timer("test", timedelta(minutes=5), run),))
    for moment in (AHEAD, BEHIND, BEHIND + timedelta(minutes=4), BEHIND + timedelta(minutes=5)):
        with clock_at(moment):
            await timers.beat()
    assert ran == [0, 1, 2]


async def test_an_account_is_locked_for_an_hour_at_most_by_any_clock(database: Database) -> None:
    counter = [(f"account:{uuid4().hex}", ACCOUNT_LIMIT)]

    async def attempts(count: int) -> None:
        for _ in range(count):
            async with platform_transaction() as connection:
                await claim_attempt(connection, counter)

    for moment in (AHEAD, BEHIND):
        with clock_at(moment):
            await attempts(ACCOUNT_LIMIT)
            with pytest.raises(RateLimited):
                await attempts(1)
