"""Every timer on one page: what runs by the clock, how often, and that only one process runs it."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from plumb_platform.actor import system_actor
from plumb_platform.clock import now
from plumb_platform.database import platform_transaction, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.queue.idempotency import forget_old_answers
from plumb_platform.queue.service import enqueue, retry
from plumb_tenants.alignment.service import keep_all_up
from plumb_tenants.approvals.service import due_approvals, expire_approval
from plumb_tenants.company.service import count_key_alarms
from plumb_tenants.goals.service import follow_metrics, remind_check_ins
from plumb_tenants.letters.service import (
    addenda_owed,
    expire_letters,
    issue_addendum,
    queue_stamps,
    remind_signers,
    requeue_maps,
    requeue_unsealed,
)
from plumb_tenants.negotiations.service import escalate_tickets
from plumb_tenants.revisions.service import late_publications
from plumb_tenants.snapshots.alarms import tell_overdue
from plumb_tenants.snapshots.rules import due_periods, is_overdue
from plumb_tenants.snapshots.service import SNAPSHOT_TOPIC, monthly_due
from plumb_tenants.surveys.service import close_due_surveys

log = logging.getLogger(__name__)

LOCK = 0x706C756D62_01
"""The advisory lock of the timers, held while one process runs what is due."""
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


async def remind_of_letters(connection: asyncpg.Connection) -> None:
    """End the letters whose time is over, then remind those whose signature is due, in all companies (A23, A24)."""
    rows = await connection.fetch("select distinct tenant_id from letter where state in ('ISSUED', 'PARTLY_SIGNED')")
    for row in rows:
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await expire_letters(actor)
            await remind_signers(actor)


async def requeue_battle_maps(connection: asyncpg.Connection) -> None:
    """Give a job to every battle map that is lacking, in all companies (C10)."""
    for row in await connection.fetch("select distinct tenant_id from letter where state in ('SIGNED', 'SEALED')"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await requeue_maps(actor)


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


_SNAPSHOTS = """select c.tenant_id, c.time_zone, c.created_at, coalesce((select array_agg(s.period) from snapshot s
  where s.tenant_id = c.tenant_id and s.kind = 'MONTHLY'), '{}') as taken from company c where c.active"""


async def take_monthly_snapshots(connection: asyncpg.Connection) -> None:
    """Queue the snapshot of the month in each company that owes it, from day 1 in its own time zone (C67).

    A job that failed is tried again each day. A month without its snapshot after day 5 is an alarm: a message to whoever may
    take one, an error in the log, and the gauge that `overdue_snapshots` feeds.
    """
    for row in await connection.fetch(_SNAPSHOTS):
        due = _due(row)
        if due:
            await _queue_snapshots(row["tenant_id"])
        if is_overdue(now(), row["time_zone"], due):
            log.error("monthly snapshot is overdue", extra={"tenant_id": str(row["tenant_id"])})
            actor = system_actor(row["tenant_id"], request_id="timer")
            async with tenant_transaction(actor):
                for period in due:
                    await tell_overdue(actor, period)


async def overdue_snapshots() -> int:
    """Return in how many companies the snapshot of the month is overdue."""
    async with platform_transaction() as connection:
        rows = await connection.fetch(_SNAPSHOTS)
    return sum(is_overdue(now(), row["time_zone"], _due(row)) for row in rows)


def _due(row: asyncpg.Record) -> list[str]:
    return due_periods(now(), row["time_zone"], founded_at=row["created_at"], taken=row["taken"])


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


async def expire_approvals(connection: asyncpg.Connection) -> None:
    """Do what clocks have to do in every company's approvals, each in a transaction of its own, so that none holds up others."""
    for row in await connection.fetch("select distinct tenant_id from approval where state = 'RUNNING'"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            due = await due_approvals(actor)
        for approval_id in due:
            try:
                async with tenant_transaction(actor):
                    await expire_approval(actor, approval_id)
            except DomainError:
                log.exception("an approval could not be moved by its clock", extra={"approval_id": str(approval_id)})


async def remind_of_check_ins(connection: asyncpg.Connection) -> None:
    """Tell, in every company, the owners of goals whose progress is due; each once in a term (A14)."""
    for row in await connection.fetch("select tenant_id from company where active"):
        async with tenant_transaction(actor := system_actor(row["tenant_id"], request_id="timer")):
            await remind_check_ins(actor)


async def follow_observations(connection: asyncpg.Connection) -> None:
    """Count, in every company, the goals that follow a metric by what was observed meanwhile."""
    for row in await connection.fetch("select tenant_id from company where active"):
        async with tenant_transaction(actor := system_actor(row["tenant_id"], request_id="timer")):
            await follow_metrics(actor)


async def keep_alignments_up(connection: asyncpg.Connection) -> None:
    """Open, in every company, the rounds of goal setting whose day has come in its own time zone (C5 to C8)."""
    for row in await connection.fetch("select tenant_id from company where active"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await keep_all_up(actor)


async def escalate_negotiations(connection: asyncpg.Connection) -> None:
    """Give tickets that nobody answered within 48 hours to the next level, in every company (C59)."""
    for row in await connection.fetch("select distinct tenant_id from negotiation_ticket where state = 'OPEN'"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            await escalate_tickets(actor)


async def follow_revisions(connection: asyncpg.Connection) -> None:
    """Issue the addendum letters that confirmed revisions owe (N3), and raise an alarm for one not told of in time (C73)."""
    for row in await connection.fetch("select distinct tenant_id from revision where state = 'APPROVED'"):
        actor = system_actor(row["tenant_id"], request_id="timer")
        async with tenant_transaction(actor):
            owed, late = await addenda_owed(), await late_publications()
        for revision_id in late:
            log.error("an approved revision was not published within 24 hours", extra={"revision_id": str(revision_id)})
        for letter_id in owed:
            try:
                async with tenant_transaction(actor):
                    await issue_addendum(actor, letter_id)
            except DomainError:
                log.exception("an addendum letter could not be issued", extra={"letter_id": str(letter_id)})


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
    Timer("approvals.expire", timedelta(minutes=1), expire_approvals),
    Timer("letters.remind", timedelta(hours=1), remind_of_letters),
    Timer("letters.maps", timedelta(minutes=10), requeue_battle_maps),
    Timer("letters.stamp", timedelta(hours=6), renew_stamps),
    Timer("keys.watch", timedelta(hours=6), watch_keys),
    Timer("negotiations.escalate", timedelta(minutes=1), escalate_negotiations),
    Timer("revisions.follow", timedelta(minutes=5), follow_revisions),
    Timer("snapshots.monthly", timedelta(minutes=5), take_monthly_snapshots),
    Timer("goals.remind", timedelta(hours=6), remind_of_check_ins),
    Timer("goals.follow", timedelta(minutes=10), follow_observations),
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
