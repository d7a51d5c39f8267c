"""Working on a job: its row is locked while the work runs, and whatever becomes of the worker it is done exactly once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch_one, tenant_transaction
from plumb_platform.errors import DomainError, Refused
from plumb_platform.observability import report_error
from plumb_platform.queue.models import Outbox

log = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 300

# `failures` counts an attempt as failed before it begins: a job that kills its worker leaves no other trace.
BEGIN = """
update outbox set started_at = $2, failures = failures + 1
where id = (select id from outbox where id = $1 and done_at is null and failed_at is null for update skip locked)
returning topic, request_id, failures
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, for whoever counts."""

    topic: str
    state: Literal["done", "failed", "retried"]


async def work_on(tenant_id: UUID, job_id: UUID, find_work: FindWork) -> Outcome | None:
    """Do one job of one company; do nothing, and return None, when it is done or is being done by another worker.

    The work and the mark that it is done commit together. A DomainError fails the job at once with its code and text,
    unless the work names it transient; anything else is tried again with growing pauses, ATTEMPTS times in all.
    """
    actor = system_actor(tenant_id)
    begun = await _begin(actor, job_id)
    if begun is None:
        return None
    topic: str = begun["topic"]
    actor = system_actor(tenant_id, request_id=begun["request_id"])
    attempt: int = begun["failures"]
    if attempt > ATTEMPTS:
        await _fail(actor, job_id, JobGivenUp(attempts=ATTEMPTS, reason="worker lost"), find_work)
        return Outcome(topic, "failed")
    transient: tuple[type[DomainError], ...] = ()
    try:
        work = find_work(topic)
        transient = work.transient
        await _do(actor, job_id, work)
    except asyncio.CancelledError:
        await asyncio.shield(_put_back(actor, job_id, forgiven=1, pause=0))
        raise
    except DomainError as refusal:
        if not isinstance(refusal, transient) or attempt >= ATTEMPTS:
            await _fail(actor, job_id, refusal, find_work)
            return Outcome(topic, "failed")
        await _put_back(actor, job_id, forgiven=0, pause=pause_after(attempt))
        return Outcome(topic, "retried")
    except Exception as error:
        # Whatever it was, the job must not be lost and the worker must live on.
        log.exception("job failed", extra={"job": str(job_id), "topic": topic, "attempt": attempt})
        report_error(error, place=topic)
        if attempt >= ATTEMPTS:
            await _fail(actor, job_id, JobGivenUp(attempts=ATTEMPTS, reason=type(error).__name__), find_work)
            return Outcome(topic, "failed")
        await _put_back(actor, job_id, forgiven=0, pause=pause_after(attempt))
        return Outcome(topic, "retried")
    return Outcome(topic, "done")


def pause_after(attempt: int) -> float:
    """Return the seconds to wait after the given attempt: 1, 4, 16, 64, at most LONGEST_PAUSE_SECONDS."""
    return min(4.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS)


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


async def _put_back(actor: Actor, job_id: UUID, *, forgiven: int, pause: float) -> None:
    async with tenant_transaction(actor):
        await execute(PUT_BACK, job_id, forgiven, pause)


async def _fail(actor: Actor, job_id: UUID, refusal: DomainError, find_work: FindWork) -> None:
    async with tenant_transaction(actor):
        job = await Outbox.filter(id=job_id, done_at=None).select_for_update().first()
        if job is None:
            return
        job.failed_at, job.error_code = now(), refusal.code
        job.error = {"zh-CN": refusal.text("zh-CN"), "en": refusal.text("en")}
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
