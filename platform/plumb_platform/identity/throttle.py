"""Limits on failed sign-ins, per account and per address, kept in PostgreSQL so that they hold when Redis is away."""

from datetime import timedelta

import asyncpg

from plumb_platform.clock import now
from plumb_platform.errors import RateLimited
from plumb_platform.numbers.canonical import sha256_hex

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT, ADDRESS_LIMIT = 5, 50
LONGEST_LOCK = timedelta(hours=1)


def throttle_keys(email: str, address: str) -> list[tuple[str, int]]:
    """Return the two counters that a sign-in touches, with their limits; e-mails are kept as hashes."""
    digest = sha256_hex(email.encode("utf-8", "surrogatepass"))
    return [(f"account:{digest}", ACCOUNT_LIMIT), (f"address:{address}", ADDRESS_LIMIT)]


async def refuse_if_locked(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Raise RateLimited with the seconds to wait while one of the counters is locked."""
    until = await connection.fetchval(
        "select max(locked_until) from login_throttle where key = any($1) and locked_until > $2 and locked_until <= $3",
        [key for key, _ in keys],
        now(),
        now() + LONGEST_LOCK + WINDOW,  # one that ends later is from before the clock was set back
    )
    if until is not None:
        raise RateLimited(retry_after=max(1, int((until - now()).total_seconds()) + 1))


async def claim_attempt(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Count an attempt on the account, the first key, as failed before its password is looked at; RateLimited while locked.

    Of many at the same moment only as many are looked at as the limit says: each waits for those before it to be counted.
    Who succeeds has it forgotten; who fails counts against the other keys as well.
    """
    await refuse_if_locked(connection, keys)
    key, limit = keys[0]
    failures = await _counted(connection, key)
    await refuse_if_locked(connection, keys[:1])
    await _lock_from(connection, key, failures - limit)


async def count_failure(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Count one failure; at the limit, and at each failure after it, lock for twice as long as before."""
    for key, limit in keys:
        await _lock_from(connection, key, await _counted(connection, key) - limit)


async def _counted(connection: asyncpg.Connection, key: str) -> int:
    """Count one failure of the window and return how many there are.

    A window may have begun in a time to come: attempts at once come in any order, and clocks differ. One that begins later
    than another window from now is from before the clock was set back.
    """
    moment = now()
    failures: int = await connection.fetchval(
        "insert into login_throttle (key, failures, window_started_at) values ($1, 1, $2) "
        "on conflict (key) do update set "
        "failures = case when login_throttle.window_started_at between $3 and $4 then login_throttle.failures + 1 else 1 end, "
        "window_started_at = case when login_throttle.window_started_at between $3 and $4 "
        "then login_throttle.window_started_at else $2 end returning failures",
        *(key, moment, moment - WINDOW, moment + WINDOW),
    )
    return failures


async def _lock_from(connection: asyncpg.Connection, key: str, beyond: int) -> None:
    """Lock a counter that is so many beyond its limit; one below it stays open."""
    if beyond >= 0:
        lock = min(LONGEST_LOCK, timedelta(minutes=2 ** min(beyond, 10)))
        await connection.execute("update login_throttle set locked_until = $2 where key = $1", key, now() + lock)


async def forget_failures(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Clear the account's counter after a good sign-in; the address keeps its own."""
    await connection.execute("delete from login_throttle where key = $1", keys[0][0])
