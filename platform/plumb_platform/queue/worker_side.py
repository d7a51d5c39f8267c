"""Working on a job: its row is locked while the work runs, and whatever becomes of the worker it is done exactly once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch_one, tenant_transaction
from plumb_platform.errors import DomainError, Refused
from plumb_platform.observability import report_error, tell_failure
from plumb_platform.outages import is_away, outage_of
from plumb_platform.queue.models import Outbox
from plumb_platform.telling import Telling, in_languages

log = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 300
OUTAGE_PAUSE_SECONDS = 30
FORGIVEN = timedelta(days=1)
"""For so long after a job was made, or queued again, no outage counts against it: a disk full for an hour fails no letter."""
PATIENCE_SECONDS, KNOCK_SECONDS = 300, 0.5
"""How long a worker waits for a database that went away under a job, to put the job back, and how often it looks."""

# `failures` counts an attempt as failed before it begins: a job that kills its worker leaves no other trace.
BEGIN = """
update outbox set started_at = $2, failures = failures + 1
where id = (select id from outbox where id = $1 and done_at is null and failed_at is null for update skip locked)
returning topic, request_id, failures, tries, coalesce(queued_again_at, created_at) as queued_at
"""
PUT_BACK = """
update outbox set started_at = null, sent_at = null, failures = failures - $2,
  available_at = clock_timestamp() + make_interval(secs => $3)
where id = $1 and done_at is null and failed_at is null
"""


class JobGivenUp(Refused):
    """A job failed as often as it may, each time for a reason that nobody expected."""

    code = "JOB_GIVEN_UP"
    zh = "任务连续 {attempts} 次未能完成（{reason}），已停止重试。"
    en = "The job did not finish in {attempts} attempts ({reason}); it is not tried again."


@dataclass(frozen=True, slots=True)
class Work:
    """How to do the jobs of one topic: in how many seconds, which refusals may pass by themselves, and what follows a failure."""

    run: Callable[[Actor, dict[str, Any]], Awaitable[dict[str, Any] | None]]
    timeout: float
    transient: tuple[type[DomainError], ...] = ()
    failed: Callable[[Actor, dict[str, Any], DomainError], Awaitable[None]] | None = None
    """Tells people that a job failed for good, in the transaction that says so."""


FindWork = Callable[[str], Work]


class Keep(Protocol):
    """Makes of a text what is kept of it, for whoever reads it (`retold_from`)."""

    def __call__(self, actor: Actor, text: Telling) -> Awaitable[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, for whoever counts."""

    topic: str
    state: Literal["done", "failed", "retried"]
    outage: str = ""
    """The code of what was away or full, for an attempt that waits for its end."""


@dataclass(frozen=True, slots=True)
class _Again:
    """Another attempt, after a pause in seconds; whether the one that ended is `forgiven` (1) or counts (0), and the outage."""

    forgiven: int
    pause: float
    outage: str = ""


async def work_on(tenant_id: UUID, job_id: UUID, find_work: FindWork, *, keep: Keep | None = None) -> Outcome | None:
    """Do one job of one company; do nothing, and return None, when it is done or is being done by another worker.

    The work and the mark that it is done commit together. A DomainError fails the job at once with its code and text,
    unless the work names it transient; anything else is tried again with growing pauses, ATTEMPTS times in all. An outage
    of what we stand on is neither: the job waits until it is over (FORGIVEN). What is kept of the text is `keep`'s.
    """
    actor = system_actor(tenant_id)
    begun = await _begin(actor, job_id)
    if begun is None:
        return None
    actor = system_actor(tenant_id, request_id=begun["request_id"])
    if begun["failures"] > ATTEMPTS:
        await _fail(actor, job_id, JobGivenUp(attempts=ATTEMPTS, reason="worker lost"), find_work, keep)
        return Outcome(begun["topic"], "failed")
    work: Work | None = None
    try:
        work = find_work(begun["topic"])
        await _do(actor, job_id, work)
    except asyncio.CancelledError:
        await asyncio.shield(_put_back(actor, job_id, forgiven=1, pause=0, patience=0))
        raise
    except Exception as error:  # noqa: BLE001 - the verdict on it logs it
        verdict = _verdict(error, job_id, begun, work.transient if work else ())
        if isinstance(verdict, DomainError):
            await _fail(actor, job_id, verdict, find_work, keep)
            return Outcome(begun["topic"], "failed")
        await _put_back(actor, job_id, forgiven=verdict.forgiven, pause=verdict.pause)
        return Outcome(begun["topic"], "retried", verdict.outage)
    return Outcome(begun["topic"], "done")


def _verdict(
    error: Exception, job_id: UUID, begun: dict[str, Any], transient: tuple[type[DomainError], ...]
) -> _Again | DomainError:
    """Return when a job is tried again after what its attempt ended with, or what it failed of for good."""
    attempt: int = begun["failures"]
    known = {"job": str(job_id), "topic": begun["topic"], "attempt": attempt}
    outage = outage_of(error)
    if outage is not None and now() - begun["queued_at"] < FORGIVEN:
        tell_failure(log, "a job waits for its end", error, known)
        return _Again(1, min(pause_after(begun["tries"]), OUTAGE_PAUSE_SECONDS), outage.code)
    refusal = error if isinstance(error, DomainError) else None
    # Whatever it was, the job must not be lost and the worker must live on.
    if refusal is None and tell_failure(log, "job failed", error, known) is None:
        report_error(error, place=begun["topic"])
    if attempt < ATTEMPTS and (refusal is None or isinstance(refusal, transient)):
        return _Again(0, pause_after(attempt))
    return refusal or JobGivenUp(attempts=ATTEMPTS, reason=type(error).__name__)


def pause_after(attempt: int) -> float:
    """Return the seconds to wait after the given attempt: 1, 4, 16, 64, at most LONGEST_PAUSE_SECONDS."""
    # Bounded before the power is taken: a job in a long outage is sent thousands of times, and 4 to the 512 is no float.
    return min(4.0 ** min(attempt - 1, ATTEMPTS), LONGEST_PAUSE_SECONDS)


async def _begin(actor: Actor, job_id: UUID) -> dict[str, Any] | None:
    # In a transaction of its own, so that people see the job run.
    async with tenant_transaction(actor):
        return await fetch_one(BEGIN, job_id, now())


async def _do(actor: Actor, job_id: UUID, work: Work) -> None:
    async with asyncio.timeout(work.timeout), tenant_transaction(actor):
        waiting = Outbox.filter(id=job_id, done_at=None, failed_at=None)
        job = await waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return
        job.result = await work.run(actor, job.payload)
        job.done_at, job.failures = now(), job.failures - 1
        await job.save(update_fields=["result", "done_at", "failures"])


async def _put_back(actor: Actor, job_id: UUID, *, forgiven: int, pause: float, patience: float = PATIENCE_SECONDS) -> None:
    """Queue a job again, once the database takes that: until then its attempt would count, whatever ended it.

    A limit of time that passed here is the database's too: one that is cut off answers nothing, and says nothing.
    """
    ends = time.monotonic() + patience
    while True:
        try:
            async with tenant_transaction(actor):
                await execute(PUT_BACK, job_id, forgiven, pause)
            return
        except Exception as error:
            if not (is_away(error) or isinstance(error, TimeoutError)) or time.monotonic() > ends:
                raise
        await asyncio.sleep(KNOCK_SECONDS)


async def _fail(actor: Actor, job_id: UUID, refusal: DomainError, find_work: FindWork, keep: Keep | None) -> None:
    async with tenant_transaction(actor):
        job = await Outbox.filter(id=job_id, done_at=None).select_for_update().first()
        if job is None:
            return
        job.failed_at, job.error_code = now(), refusal.code
        job.error = await keep(actor, refusal) if keep else in_languages(refusal)
        await job.save(update_fields=["failed_at", "error_code", "error"])
        await _tell(actor, job, refusal, find_work)


async def _tell(actor: Actor, job: Outbox, refusal: DomainError, find_work: FindWork) -> None:
    """Do what follows a failure; whatever keeps that from being done does not keep the job from having failed."""
    try:
        failed = find_work(job.topic).failed
        if failed is not None:
            async with tenant_transaction(actor):
                await failed(actor, job.payload, refusal)
    except Exception as error:
        log.exception("nobody was told of a failed job", extra={"job": str(job.id), "topic": job.topic})
        report_error(error, place=job.topic)
