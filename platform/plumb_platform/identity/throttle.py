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
        "select max(locked_until) from login_throttle where key = any($1) and locked_until > $2",
        [key for key, _ in keys],
        now(),
    )
    if until is not None:
        raise RateLimited(retry_after=max(1, int((until - now()).total_seconds()) + 1))


async def count_failure(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Count one failure; at the limit, and at each failure after it, lock for twice as long as before."""
    moment = now()
    for key, limit in keys:
        failures = await connection.fetchval(
            "insert into login_throttle (key, failures, window_started_at) values ($1, 1, $2) "
            "on conflict (key) do update set "
            "failures = case when login_throttle.window_started_at < $3 then 1 else login_throttle.failures + 1 end, "
            "window_started_at = case when login_throttle.window_started_at < $3 then $2 "
            "else login_throttle.window_started_at end returning failures",
            key,
            moment,
            moment - WINDOW,
        )
        if failures >= limit:
            lock = min(LONGEST_LOCK, timedelta(minutes=2 ** min(failures - limit, 10)))
            await connection.execute("update login_throttle set locked_until = $2 where key = $1", key, moment + lock)


async def forget_failures(connection: asyncpg.Connection, keys: list[tuple[str, int]]) -> None:
    """Clear the account's counter after a good sign-in; the address keeps its own."""
    await connection.execute("delete from login_throttle where key = $1", keys[0][0])
