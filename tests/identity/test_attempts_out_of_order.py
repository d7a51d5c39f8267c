"""Failed attempts that are counted in another order than they came, as those of one moment or of two machines are."""

from datetime import timedelta
from uuid import uuid4

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import platform_transaction
from plumb_platform.errors import RateLimited
from plumb_platform.identity.throttle import LONGEST_LOCK, claim_attempt, count_failure

pytestmark = pytest.mark.usefixtures("database")


async def test_an_attempt_that_came_before_the_first_counted_one_counts_all_the_same() -> None:
    keys, moment = [(f"account:{uuid4().hex}", 5)], now()
    for place in range(5):
        with clock_at(moment - timedelta(milliseconds=place)):
            async with platform_transaction() as connection:
                await claim_attempt(connection, keys)
    with clock_at(moment - timedelta(milliseconds=9)), pytest.raises(RateLimited):
        async with platform_transaction() as connection:
            await claim_attempt(connection, keys)


async def test_the_longest_lock_holds_for_who_came_a_little_before_it_was_set() -> None:
    keys, moment = [(f"account:{uuid4().hex}", 1)], now()
    with clock_at(moment):
        async with platform_transaction() as connection:
            for _ in range(8):
                await count_failure(connection, keys)
            until = await connection.fetchval("select locked_until from login_throttle where key = $1", keys[0][0])
    assert until - moment == LONGEST_LOCK
    with clock_at(moment - timedelta(milliseconds=1)), pytest.raises(RateLimited):
        async with platform_transaction() as connection:
            await claim_attempt(connection, keys)
