"""Every timer on one page: what runs by the clock, how often, and that only one process runs it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from plumb_platform.actor import system_actor
from plumb_platform.clock import now, today
from plumb_platform.database import platform_transaction, tenant_transaction
from plumb_platform.queue.idempotency import forget_old_answers
from plumb_platform.queue.service import enqueue, retry
from plumb_tenants.alignment.service import keep_all_up
from plumb_tenants.company.service import count_key_alarms
from plumb_tenants.letters.service import queue_stamps, requeue_unsealed
from plumb_tenants.snapshots.rules import due_periods
from plumb_tenants.snapshots.service import SNAPSHOT_TOPIC, monthly_due
from plumb_tenants.surveys.service import close_due_surveys

log = logging.getLogger(__name__)

LOCK = 0x706C756D62_01
"""The advisory lock of the timers, held while one process runs what is due."""
LAST_DAY = 5
"""Day of the month by whose end its snapshot must stand (C67)."""
RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timer:
    """A duty that comes round; it must bear being run twice and being run late."""

    name: str
    every: timedelta
    run: Callable[[asyncpg.Connection], Awaitable[None]]


async def requeue_letters(connection: asyncpg.Connection) -> None:
    """Give a job to every signed letter that has none, in all companies; no letter is too old (N5)."""
    rows = await connection.fetch("select distinct tenant_id from letter where state = 'SIGNED'")
    for row in rows:
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await requeue_unsealed(actor)


async def renew_stamps(connection: asyncpg.Connection) -> None:
    """Queue a new time stamp for every B-LTA letter whose last one ends soon, in all companies (A26)."""
    for row in await connection.fetch(
        "select distinct tenant_id from letter where seal_level = 'B-LTA' and stamps_end_at is not null"
    ):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await queue_stamps(actor)


async def watch_keys(_: asyncpg.Connection) -> None:
    """Log an error while a company has no sealing key that holds, or one that ends within 30 days (A26)."""
    counts = await count_key_alarms()
    if counts.missing or counts.ending:
        log.error("sealing keys need renewal", extra={"missing": counts.missing, "ending": counts.ending})


async def take_monthly_snapshots(connection: asyncpg.Connection) -> None:
    """Queue the snapshot of the month in each company that owes it, from day 1 in its own time zone (C67).

    A job that failed is tried again each day; a month without its snapshot after day LAST_DAY is logged as an error.
    """
    rows = await connection.fetch(
        "select c.tenant_id, c.time_zone, c.created_at, coalesce((select array_agg(s.period) from snapshot s "
        "where s.tenant_id = c.tenant_id and s.kind = 'MONTHLY'), '{}') as taken from company c where c.active"
    )
    for row in rows:
        if due_periods(now(), row["time_zone"], founded_at=row["created_at"], taken=row["taken"]):
            await _queue_snapshots(row["tenant_id"])
            if today(row["time_zone"]).day > LAST_DAY:
                log.error("monthly snapshot is overdue", extra={"tenant_id": str(row["tenant_id"])})


async def _queue_snapshots(tenant_id: UUID) -> None:
    actor = system_actor(tenant_id, request_id="timer")
    async with tenant_transaction(actor):
        for period in await monthly_due(actor):
            job = await enqueue(actor, SNAPSHOT_TOPIC, {"period": period}, dedupe_key=period)
            if job.failed_at is not None and job.failed_at <= now() - RETRY_AFTER:
                await retry(job)


async def forget_answers(connection: asyncpg.Connection) -> None:
    """Delete, in every company, the answers kept for repeated changes beyond their 48 hours."""
    for row in await connection.fetch("select tenant_id from company"):
        async with tenant_transaction(system_actor(row["tenant_id"], request_id="timer")):
            await forget_old_answers()


async def keep_alignments_up(connection: asyncpg.Connection) -> None:
    """Open, in every company, the rounds of goal setting whose day has come in its own time zone (C5 to C8)."""
    for row in await connection.fetch("select tenant_id from company where active"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await keep_all_up(actor)


async def close_surveys(connection: asyncpg.Connection) -> None:
    """Close, in every company, the surveys whose last day is over in its own time zone (C64, C90)."""
    for row in await connection.fetch("select tenant_id from company where active"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await close_due_surveys(actor)


TIMERS = (
    Timer("surveys.close", timedelta(minutes=30), close_surveys),
    Timer("alignments.rounds", timedelta(minutes=5), keep_alignments_up),
    Timer("letters.requeue", timedelta(minutes=1), requeue_letters),
    Timer("letters.stamp", timedelta(hours=6), renew_stamps),
    Timer("keys.watch", timedelta(hours=6), watch_keys),
    Timer("snapshots.monthly", timedelta(minutes=5), take_monthly_snapshots),
    Timer("answers.forget", timedelta(hours=12), forget_answers),
)


@dataclass(slots=True)
class Timers:
    """The timers of one process; `beat` is called often and does what is due."""

    timers: tuple[Timer, ...] = TIMERS
    _next: dict[str, datetime] = field(default_factory=dict)

    async def beat(self) -> None:
        """Run the timers that are due, unless another process is at it."""
        due = [each for each in self.timers if self._next.get(each.name, now()) <= now()]
        if not due:
            return
        for each in due:
            self._next[each.name] = now() + each.every
        async with platform_transaction() as connection:
            if await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
                for each in due:
                    await each.run(connection)
                    log.debug("timer ran", extra={"timer": each.name})
