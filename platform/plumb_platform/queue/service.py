"""Enqueueing a job in the transaction of the change, and reading what became of it (A50)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import NotFound, Refused
from plumb_platform.permissions import Permission, reaches_whole, require
from plumb_platform.queue.models import Outbox
from plumb_platform.words import Word

__all__ = [
    "JobState",
    "Outbox",
    "access_job",
    "enqueue",
    "enqueue_all",
    "find_job_of",
    "list_jobs",
    "queue_again",
    "retry",
    "retry_job",
    "state_of",
]
AT_ONCE = 1000
_NOBODY = UUID(int=0)


class JobState(Word):
    """Where a job stands."""

    QUEUED = "QUEUED", "排队中"
    RUNNING = "RUNNING", "执行中"
    DONE = "DONE", "已完成"
    FAILED = "FAILED", "失败"


class JobNotFailed(Refused):
    """A job that did not fail cannot be retried."""

    code = "JOB_NOT_FAILED"
    zh = "只有失败的任务才能重试，当前状态为“{state}”。"
    en = "Only a failed job can be retried; this one is {state}."


async def enqueue(actor: Actor, topic: str, payload: dict[str, Any], *, dedupe_key: str | None = None) -> Outbox:
    """Write a job into the outbox; with a `dedupe_key` a second call returns the job that stands, whatever its state."""
    job = Outbox(
        topic=topic,
        payload=payload,
        dedupe_key=dedupe_key,
        created_by=actor.membership_id,
        request_id=actor.request_id,
    )
    if dedupe_key is None:
        await job.save(force_create=True)
        return job
    # Two at once: the second waits for the first and then finds its row.
    await Outbox.bulk_create([job], ignore_conflicts=True)
    return await Outbox.get(topic=topic, dedupe_key=dedupe_key)


async def enqueue_all(actor: Actor, topic: str, payloads: Mapping[str, dict[str, Any]]) -> None:
    """Write many jobs into the outbox, each under its dedupe key; one that stands already is left as it is."""
    stamps = {"topic": topic, "created_by": actor.membership_id, "request_id": actor.request_id}
    jobs = (Outbox(payload=payload, dedupe_key=key, **stamps) for key, payload in payloads.items())
    await Outbox.bulk_create(jobs, ignore_conflicts=True, batch_size=AT_ONCE)


def state_of(job: Outbox) -> JobState:
    """Return the state that people see."""
    if job.failed_at is not None:
        return JobState.FAILED
    if job.done_at is not None:
        return JobState.DONE
    return JobState.RUNNING if job.started_at is not None else JobState.QUEUED


async def retry(job: Outbox) -> Outbox:
    """Queue a failed job again from the start."""
    if job.failed_at is None:
        raise JobNotFailed(state=state_of(job))
    return await queue_again(job)


async def queue_again(job: Outbox) -> Outbox:
    """Queue a job from the start that failed, or whose product is gone."""
    job.done_at = None
    job.failed_at = job.started_at = job.sent_at = job.error_code = job.error = None
    job.tries = job.failures = 0
    job.available_at = job.queued_again_at = now()
    await job.save()
    return job


async def retry_job(actor: Actor, job_id: UUID) -> Outbox:
    """Queue a failed job again for a person who may; raises NotFound and JobNotFailed."""
    await require(actor, Permission.JOB_RETRY)
    await access_job(actor, job_id)
    job = await Outbox.filter(id=job_id).select_for_update().get()
    before = {"error_code": job.error_code, "failures": job.failures}
    await retry(job)
    await record(actor, "job.retry", "job", job.id, before=before, after={"topic": job.topic})
    return job


async def find_job_of(topic: str, dedupe_key: str) -> Outbox | None:
    """Return the one job of a topic under a key, or None."""
    return await Outbox.get_or_none(topic=topic, dedupe_key=dedupe_key)


async def access_job(actor: Actor, job_id: UUID) -> Outbox:
    """Return a job that the actor may read; OWN reaches what they caused, COMPANY everything. Raises NotFound."""
    job = await Outbox.filter(**await _readable(actor), id=job_id).first()
    if job is None:
        raise NotFound(field="id")
    return job


async def list_jobs(actor: Actor, *, topic: str | None = None, after: UUID | None = None, limit: int = 20) -> list[Outbox]:
    """Return readable jobs, newest first, behind the job `after`."""
    jobs = Outbox.filter(**await _readable(actor))
    if topic is not None:
        jobs = jobs.filter(topic=topic)
    if after is not None:
        jobs = jobs.filter(id__lt=after)
    return await jobs.order_by("-id").limit(limit)


async def _readable(actor: Actor) -> dict[str, UUID]:
    """Return the filter of the jobs that the actor may read."""
    if await reaches_whole(actor, Permission.JOB_READ):
        return {}
    # Jobs that the system made have no creator: nobody's own.
    return {"created_by": actor.membership_id or _NOBODY}
