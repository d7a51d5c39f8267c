"""The audit pages of a whole run, made when its last letter is sealed, so that its archive is complete by itself (A28, A29)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import Outbox, enqueue, enqueue_all, retry
from plumb_tenants.letters.annex_kinds import READY, AnnexKind
from plumb_tenants.letters.annexes import AGAIN, ANNEX_TOPIC
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.runs import access_run

RUN_AUDITS_TOPIC = "letters.run_audits"
READY_STATES = [state.value for state in READY[AnnexKind.AUDIT]]
OPEN_STATES = ["ISSUED", "PARTLY_SIGNED", "SIGNED"]
_LACKING = """
select l.id from letter_run_item i
join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id and l.state = any($2) and l.shredded_at is null
where i.run_id = $1 and not exists (
  select from letter_annex a where a.tenant_id = l.tenant_id and a.letter_id = l.id and a.kind = 'AUDIT')
order by i.ordinal
"""
# The newest item first: letters are mostly sealed in their order, so that while any is open it is soon found.
_ENDED_BY = """
select i.run_id from letter_run_item i
join letter_run r on r.tenant_id = i.tenant_id and r.id = i.run_id and r.state in ('DONE', 'CANCELLED')
where i.letter_id = $1 and (
  select true from letter_run_item o join letter l on l.tenant_id = o.tenant_id and l.id = o.letter_id
  where o.tenant_id = i.tenant_id and o.run_id = i.run_id and l.id <> $1 and l.state = any($2) and l.superseded_by is null
  order by o.ordinal desc limit 1) is null
"""
_ENDED = f"""
with ended as (
  select r.id from letter_run r where r.state in ('DONE', 'CANCELLED') and not exists (
    select from letter_run_item o join letter l on l.tenant_id = o.tenant_id and l.id = o.letter_id
    where o.tenant_id = r.tenant_id and o.run_id = r.id and l.state = any($1) and l.superseded_by is null))
select distinct i.run_id from ended e join letter_run_item i on i.run_id = e.id
join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id and l.state = any($2) and l.shredded_at is null
where not exists (
  select from letter_annex a where a.tenant_id = l.tenant_id and a.letter_id = l.id and a.kind = 'AUDIT')
and not exists (select from outbox o where o.tenant_id = l.tenant_id and o.topic = '{ANNEX_TOPIC}'
  and o.dedupe_key = l.id || ':AUDIT' and (o.failed_at is null and o.done_at is null or o.failed_at > $3))
"""


async def ask_run_audits(actor: Actor, letter_id: UUID) -> None:
    """Have the audit pages of a run made when the letter that was just sealed was the last of it that anybody waited for.

    Of two that are sealed at the same moment neither may see that it is the last; `requeue_run_audits` comes after them.
    """
    for row in await fetch(_ENDED_BY, letter_id, OPEN_STATES):
        await enqueue(actor, RUN_AUDITS_TOPIC, {"run_id": str(row["run_id"])}, dedupe_key=str(row["run_id"]))


async def make_run_audits(actor: Actor, run_id: UUID) -> int:
    """Have the audit page made of every sealed letter of a run that has none, by a job each; return how many lacked one."""
    wanted = {
        f"{row['id']}:{AnnexKind.AUDIT.value}": {"letter_id": str(row["id"]), "kind": AnnexKind.AUDIT.value}
        for row in await fetch(_LACKING, run_id, READY_STATES)
    }
    await enqueue_all(actor, ANNEX_TOPIC, wanted)
    for job in await Outbox.filter(topic=ANNEX_TOPIC, dedupe_key__in=list(wanted), failed_at__isnull=False):
        await retry(job)
    return len(wanted)


async def requeue_run_audits(actor: Actor) -> int:
    """Have the audit pages made that runs lack of which no letter is waited for any more; return how many runs.

    A page whose job failed, for whatever reason, is tried again after an hour. No run is too old.
    """
    runs = await fetch(_ENDED, OPEN_STATES, READY_STATES, now() - AGAIN)
    for row in runs:
        await make_run_audits(actor, row["run_id"])
    return len(runs)


async def request_run_audits(actor: Actor, *, run_id: UUID) -> LetterRun:
    """Have the audit pages of a run made before its end, or of one that ended before they were made by themselves.

    Each tells what happened until it is made; those that failed are tried again. Raises NotFound for a run that is
    unknown or out of reach.
    """
    await require(actor, Permission.LETTER_DOWNLOAD)
    run = await access_run(actor, run_id)
    pages = await make_run_audits(actor, run.id)
    await record(actor, "letter_run.audit", "letter_run", run.id, after={"pages": pages})
    return run
