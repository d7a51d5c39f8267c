"""The audit pages of a whole run, so that its archive proves how each letter came about (A28, A29)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission, require
from plumb_platform.queue.service import Outbox, enqueue_all, retry
from plumb_tenants.letters.annex_kinds import READY, AnnexKind
from plumb_tenants.letters.annexes import ANNEX_TOPIC
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.runs import access_run

_LACKING = """
select l.id from letter_run_item i
join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id and l.state = any($2) and l.shredded_at is null
where i.run_id = $1 and not exists (
  select from letter_annex a where a.tenant_id = l.tenant_id and a.letter_id = l.id and a.kind = 'AUDIT')
order by i.ordinal
"""


async def request_run_audits(actor: Actor, *, run_id: UUID) -> LetterRun:
    """Have the audit page made of every sealed letter of a run that has none, by a job each; those that failed are tried again.

    Each tells what happened until it is made. Raises NotFound for a run that is unknown or out of reach.
    """
    await require(actor, Permission.LETTER_DOWNLOAD)
    run = await access_run(actor, run_id)
    ready = [state.value for state in READY[AnnexKind.AUDIT]]
    kind = AnnexKind.AUDIT.value
    wanted = {f"{row['id']}:{kind}": {"letter_id": str(row["id"]), "kind": kind} for row in await fetch(_LACKING, run.id, ready)}
    await enqueue_all(actor, ANNEX_TOPIC, wanted)
    for job in await Outbox.filter(topic=ANNEX_TOPIC, dedupe_key__in=list(wanted), failed_at__isnull=False):
        await retry(job)
    await record(actor, "letter_run.audit", "letter_run", run.id, after={"pages": len(wanted)})
    return run
