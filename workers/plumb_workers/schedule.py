"""Every timer on one page: what runs by the clock, how often, and that only one process runs it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from plumb_platform.actor import Actor, system_actor
from plumb_platform.clock import now
from plumb_platform.database import platform_transaction, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.observability import tell_failure
from plumb_platform.queue.idempotency import forget_old_answers
from plumb_platform.queue.relay import wait
from plumb_platform.queue.service import enqueue, retry
from plumb_tenants.access.service import tell_gaps
from plumb_tenants.actions.service import dispatch_weeks
from plumb_tenants.alignment.service import keep_all_up
from plumb_tenants.approvals.service import due_approvals, expire_approval
from plumb_tenants.company.service import count_key_alarms
from plumb_tenants.decomposition.service import open_due_rounds
from plumb_tenants.files.service import queue_rescan, queue_sweep
from plumb_tenants.goals.service import follow_metrics, remind_check_ins, watch_progress
from plumb_tenants.letters.run_audits import requeue_run_audits
from plumb_tenants.letters.run_failures import keep_runs_going
from plumb_tenants.letters.service import (
    addenda_owed,
    expire_letters,
    issue_addendum,
    queue_stamps,
    remind_signers,
    requeue_maps,
    requeue_unsealed,
)
from plumb_tenants.metrics.service import record_usage
from plumb_tenants.negotiations.service import close_left_tickets, escalate_tickets
from plumb_tenants.retention.service import destroy_at_night
from plumb_tenants.revisions.service import raise_late_alarms
from plumb_tenants.snapshots.alarms import tell_overdue
from plumb_tenants.snapshots.anchoring import requeue_anchors
from plumb_tenants.snapshots.rules import due_periods, is_overdue
from plumb_tenants.snapshots.service import SNAPSHOT_TOPIC, monthly_due
from plumb_tenants.surveys.service import close_due_surveys

log = logging.getLogger(__name__)

LOCK = 0x706C756D62_01
"""The advisory lock of the timers, held while one process runs what is due."""
RETRY_AFTER = timedelta(days=1)
LOOK_SECONDS, PAUSE_SECONDS = 0.5, 5


Work = Callable[[Actor], Awaitable[object]]
Run = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timer:
    """A duty that comes round; it must bear being run twice and being run late."""

    name: str
    every: timedelta
    run: Run


ACTIVE = "select tenant_id from company where active"


def for_each(companies: str, work: Work) -> Run:
    """Return a duty that is done for each company that a statement names; what fails in one is logged and holds up no other."""

    async def run(connection: asyncpg.Connection) -> None:
        for row in await connection.fetch(companies):
            try:
                await work(system_actor(row["tenant_id"], request_id="timer"))
            except Exception as error:  # noqa: BLE001 - told of, the others go on
                tell_failure(log, "a timer failed in a company", error, {"tenant_id": str(row["tenant_id"])})

    return run


def in_each(companies: str, *works: Work) -> Run:
    """Return a duty of one transaction in each company that a statement names."""

    async def work(actor: Actor) -> None:
        async with tenant_transaction(actor):
            for each in works:
                await each(actor)

    return for_each(companies, work)


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
    standing = {row["tenant_id"]: row for row in await connection.fetch(_SNAPSHOTS)}

    async def work(actor: Actor) -> None:
        row = standing.get(actor.tenant_id)
        due = _due(row) if row else []
        if not row or not due:
            return
        await _queue_snapshots(actor)
        if is_overdue(now(), row["time_zone"], due):
            log.error("monthly snapshot is overdue", extra={"tenant_id": str(actor.tenant_id)})
            async with tenant_transaction(actor):
                for period in due:
                    await tell_overdue(actor, period)

    await for_each(ACTIVE, work)(connection)


async def overdue_snapshots() -> int:
    """Return in how many companies the snapshot of the month is overdue."""
    async with platform_transaction() as connection:
        rows = await connection.fetch(_SNAPSHOTS)
    return sum(is_overdue(now(), row["time_zone"], _due(row)) for row in rows)


def _due(row: asyncpg.Record) -> list[str]:
    return due_periods(now(), row["time_zone"], founded_at=row["created_at"], taken=row["taken"])


async def _queue_snapshots(actor: Actor) -> None:
    async with tenant_transaction(actor):
        for period in await monthly_due(actor):
            job = await enqueue(actor, SNAPSHOT_TOPIC, {"period": period}, dedupe_key=period)
            if job.failed_at is not None and job.failed_at <= now() - RETRY_AFTER:
                await retry(job)


async def expire_approvals(actor: Actor) -> None:
    """Do what clocks have to do in a company's approvals, each in a transaction of its own, so that none holds up others."""
    async with tenant_transaction(actor):
        due = await due_approvals(actor)
    for approval_id in due:
        try:
            async with tenant_transaction(actor):
                await expire_approval(actor, approval_id)
        except DomainError:
            log.exception("an approval could not be moved by its clock", extra={"approval_id": str(approval_id)})


async def follow_revisions(actor: Actor) -> None:
    """Issue the addendum letters that confirmed revisions owe (N3), and tell those responsible of one that is late (C73)."""
    async with tenant_transaction(actor):
        owed, late = await addenda_owed(), await raise_late_alarms(actor)
    for revision_id in late:
        log.error("an approved revision did not reach everybody within 24 hours", extra={"revision_id": str(revision_id)})
    for letter_id in owed:
        try:
            async with tenant_transaction(actor):
                await issue_addendum(actor, letter_id)
        except DomainError:
            log.exception("an addendum letter could not be issued", extra={"letter_id": str(letter_id)})


async def start_weeks(actor: Actor) -> None:
    """Dispatch the tasks that the weekly plans of published plans are due for, and log which are refused (C34, C35)."""
    done = await dispatch_weeks(actor)
    if done.refused:
        log.warning("weekly plans could not be dispatched", extra={"refused": dict(done.refused)})


async def open_feedback(actor: Actor) -> None:
    """Open this quarter's feedback on weights where a company's rules say so, and log which cannot be (C44)."""
    refused = await open_due_rounds(actor)
    if refused:
        log.warning("feedback rounds could not be opened", extra={"refused": refused})


async def forget_answers(_: Actor) -> None:
    """Delete the answers kept for repeated changes beyond their 48 hours."""
    await forget_old_answers()


# What was signed is sealed, and its seal kept, in suspended companies too: a stamp that ended could not be renewed later.
_SIGNED = "select distinct tenant_id from letter where state = 'SIGNED'"
_COMPLETE = "select distinct tenant_id from letter where state in ('SIGNED', 'SEALED')"
_STAMPED = """select tenant_id from letter where seal_level = 'B-LTA' and stamps_end_at is not null
  union select tenant_id from letter where seal_note is not null and stamped_at is null"""
# Nobody is held to a deadline while nobody is let in: what has passed is acted on once the company goes on.
_OPEN = f"{ACTIVE} and tenant_id in (select tenant_id from letter where state in ('ISSUED', 'PARTLY_SIGNED'))"
_IN_APPROVAL = f"{ACTIVE} and tenant_id in (select tenant_id from approval where state = 'RUNNING')"
_IN_NEGOTIATION = f"{ACTIVE} and tenant_id in (select tenant_id from negotiation_ticket where state in ('OPEN', 'COUNTERED'))"
_REVISED = f"{ACTIVE} and tenant_id in (select tenant_id from revision where state = 'APPROVED')"

TIMERS = (
    # Surveys and rounds whose day has come in the company's own time zone (C5 to C8, C64, C90).
    Timer("surveys.close", timedelta(minutes=30), in_each(ACTIVE, close_due_surveys)),
    Timer("feedback.rounds", timedelta(minutes=30), in_each(ACTIVE, open_feedback)),
    Timer("alignments.rounds", timedelta(minutes=5), in_each(ACTIVE, keep_all_up)),
    # A job for every signed letter that has none; no letter is too old (N5).
    Timer("letters.requeue", timedelta(minutes=1), in_each(_SIGNED, requeue_unsealed)),
    Timer("approvals.expire", timedelta(minutes=1), for_each(_IN_APPROVAL, expire_approvals)),
    # Letters whose time is over end before anybody is reminded of them (A23, A24).
    Timer("letters.remind", timedelta(hours=1), in_each(_OPEN, expire_letters, remind_signers)),
    Timer("letters.maps", timedelta(minutes=10), in_each(_COMPLETE, requeue_maps, requeue_run_audits)),
    # A run whose job was given up rests and says so; one whose job is gone has another (A29).
    Timer("letters.runs", timedelta(minutes=5), in_each(ACTIVE, keep_runs_going)),
    Timer("letters.stamp", timedelta(hours=1), in_each(_STAMPED, queue_stamps)),
    Timer("keys.watch", timedelta(hours=6), watch_keys),
    # Companies whose own matrix lacks a permission that the product has got since (C56).
    Timer("matrices.gaps", timedelta(hours=6), in_each(ACTIVE, tell_gaps)),
    # Tickets that nobody answered within 48 hours go to the next level, unless their goal is gone (C59).
    Timer("negotiations.escalate", timedelta(minutes=1), in_each(_IN_NEGOTIATION, close_left_tickets, escalate_tickets)),
    Timer("revisions.follow", timedelta(minutes=5), for_each(_REVISED, follow_revisions)),
    Timer("snapshots.monthly", timedelta(minutes=5), take_monthly_snapshots),
    # An anchor for every snapshot that has none; none is too old (N6).
    Timer("snapshots.anchor", timedelta(minutes=30), in_each(ACTIVE, requeue_anchors)),
    # The owners of goals whose progress is due, each once in a term (A14); goals that follow a metric.
    Timer("goals.remind", timedelta(hours=6), in_each(ACTIVE, remind_check_ins)),
    # Goals that fell more than 15 points behind what is expected, each told of once until it has caught up (C53).
    Timer("goals.watch", timedelta(hours=1), in_each(ACTIVE, watch_progress)),
    Timer("goals.follow", timedelta(minutes=10), in_each(ACTIVE, follow_metrics)),
    # The days on which people signed in, as usage data, which nothing scores (C62).
    Timer("usage.record", timedelta(hours=1), in_each(ACTIVE, record_usage)),
    # What is due by a company's rules of retention goes at its night; a held thing never does.
    Timer("retention.destroy", timedelta(hours=1), in_each(ACTIVE, destroy_at_night)),
    # What people brought is scanned again under the newest signatures, once a day (C92).
    Timer("files.rescan", timedelta(hours=6), in_each(ACTIVE, queue_rescan)),
    # What was left half-written is swept in suspended companies too: they are sealed for as well.
    Timer("files.sweep", timedelta(hours=6), in_each("select tenant_id from company", queue_sweep)),
    Timer("tasks.weeks", timedelta(hours=1), in_each(ACTIVE, start_weeks)),
    Timer("answers.forget", timedelta(hours=12), in_each("select tenant_id from company", forget_answers)),
)


@dataclass(slots=True)
class Timers:
    """The timers of one process; `beat` is called often and does what is due."""

    timers: tuple[Timer, ...] = TIMERS
    _next: dict[str, datetime] = field(default_factory=dict)

    async def beat(self) -> None:
        """Run the timers that are due, unless another process is at it."""
        due = [each for each in self.timers if self._is_due(each)]
        if not due:
            return
        async with platform_transaction() as connection:
            free = await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK)
            for each in due:
                self._next[each.name] = now() + each.every
            if free:
                for each in due:
                    await _run(each, connection)

    def _is_due(self, timer: Timer) -> bool:
        """Return whether a timer's moment has come, or is further away than it can be: the clock was set back."""
        moment, following = now(), self._next.get(timer.name)
        return following is None or not moment < following <= moment + timer.every


async def keep_time(stopped: asyncio.Event, timers: Timers) -> None:
    """Run what is due until `stopped` is set, however often PostgreSQL goes away meanwhile.

    It may be cancelled at any moment: a duty that was under way is undone, and bears being done by the next process.
    """
    while not stopped.is_set():
        pause = LOOK_SECONDS
        try:
            await timers.beat()
        except Exception as error:  # noqa: BLE001 - told of, and looked again
            tell_failure(log, "timers pause", error)
            pause = PAUSE_SECONDS
        await wait(stopped, pause)


async def _run(timer: Timer, connection: asyncpg.Connection) -> None:
    """Run one timer within a savepoint, so that one that fails leaves the others their transaction."""
    try:
        async with connection.transaction():
            await timer.run(connection)
    except Exception as error:  # noqa: BLE001 - told of, the others go on
        tell_failure(log, "a timer failed", error, {"timer": timer.name})
    else:
        log.debug("timer ran", extra={"timer": timer.name})
