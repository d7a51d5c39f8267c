"""Runs whose work stands still: paused with a word to whoever started them, or set going again where only a job is gone (A29)."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_platform.queue.service import Outbox, find_job_of
from plumb_platform.telling import Sentence, Telling
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.runs import RUN_TOPIC, RunRightLost, RunState, acting_starter, enqueue_next, key_of_newest, turn_run
from plumb_tenants.notifications.service import notify

# One that is locked is being worked on, or turned by somebody.
_STANDING = f"""
select r.id from letter_run r where r.state = 'RUNNING' and not exists (
  select from outbox o where o.tenant_id = r.tenant_id and o.topic = '{RUN_TOPIC}' and o.dedupe_key = r.id || ':' || r.chunk
  and o.done_at is null and o.failed_at is null)
order by r.id for no key update of r skip locked
"""


async def pause_failed_run(actor: Actor, payload: dict[str, Any], refusal: DomainError) -> None:
    """Pause the run of a job that failed for good; not while a later job goes on with it, nor when it rests or has ended."""
    run = await _locked(UUID(payload["run_id"]))
    if run is not None and (job := await _newest_job(run)) is not None and job.failed_at is not None:
        await _pause(actor, run, refusal, code=refusal.code)


async def keep_runs_going(actor: Actor) -> int:
    """Pause the runs whose job failed and that nobody paused, queue a job for those that have none; return how many these were.

    What a failed job said is told to whoever caused the job, who may be another: the starter of the run is told its code.
    """
    rows = await fetch(_STANDING)
    for row in rows:
        # Looked up anew: what was true when the statement began may have ended before the run was locked.
        run = await _locked(row["id"])
        job = await _newest_job(run) if run is not None else None
        if run is None or (job is not None and job.failed_at is None and job.done_at is None):
            continue
        if job is not None and job.failed_at is not None:
            code = job.error_code or ""
            failed = Sentence(zh="后台任务失败（{code}）。", en="Its job failed ({code}).", code=code)
            await _pause(actor, run, failed, code=code)
        else:
            await enqueue_next(acting_starter(actor, run), run)
    return len(rows)


async def _locked(run_id: UUID) -> LetterRun | None:
    return await LetterRun.filter(id=run_id, state=RunState.RUNNING.value).select_for_update(no_key=True).first()


async def _newest_job(run: LetterRun) -> Outbox | None:
    return await find_job_of(RUN_TOPIC, key_of_newest(run))


async def _pause(actor: Actor, run: LetterRun, why: Telling, *, code: str) -> None:
    """Pause a locked run, and tell whoever set it going why, and what to do; where they may not, those who may go on with it."""
    await turn_run(actor, run, RunState.PAUSED, error_code=code)
    if run.created_by is None:
        return
    others = await members_holding(actor, Permission.LETTER_ISSUE) if code == RunRightLost.code else []
    said = Sentence(
        zh="“{cycle}”的责任书批量签发已暂停：{why}已签发的责任书不受影响；排除原因后请继续批量签发。",
        en="The run of letters over {cycle} is paused: {why} Letters issued so far stay; mend the reason, then resume the run.",
        tells={"cycle": "Cycle.name"},
        row=run.cycle_id,
        cycle=(await access_cycle(actor, run.cycle_id)).name,
        why=why,
    )
    await notify(
        actor,
        members={run.created_by, *(each.id for each in others)},
        kind="letter_run.failed",
        object_type="LetterRun",
        object_id=run.id,
        said=said,
        once=f"letter_run.failed:{run.id}/{run.version}",
    )
