"""The work of a run, in steps of a bounded batch: rows are emptied and committed first, their files go in the step after.

A step is one job. Whenever a worker dies, what is committed names every file that is left to destroy, and destroying one that
is gone already is done; so a run ends with nothing lost, nothing left, and each row counted once. A hold that is placed between
the two steps still saves the files.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.identity.erasure import erase_accounts
from plumb_platform.queue.service import Outbox, enqueue, find_job_of, retry
from plumb_platform.storage import Storage
from plumb_tenants.company.service import get_company
from plumb_tenants.forms.service import withdraw_left
from plumb_tenants.retention.categories import PLACES
from plumb_tenants.retention.definition import rules_in_force
from plumb_tenants.retention.destroying import destroy_files, released, take_up_released
from plumb_tenants.retention.due import MOST, frame_of, lines, named, take_due, terms_of
from plumb_tenants.retention.holds import lock_destroying
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_tenants.retention.reporting import finish
from plumb_tenants.retention.resources import RunKind, RunState
from plumb_tenants.retention.rules import Category
from plumb_tenants.retention.stopping import note_stop, stop_of

RUN_TOPIC = "retention.run"
MOST_STEPS = 1000
"""What is left after as many steps is the next run's: a report has an end."""
NIGHT = range(1, 5)
"""The hours, in the company's own time zone, in which what is due goes."""
_ACCOUNTS = "select account_id from membership where person_id = any($1::uuid[])"


async def queue_step(actor: Actor, run: RetentionRun) -> Outbox:
    """Enqueue the next step of a run, once; a step that was given up is tried again."""
    job = await enqueue(actor, RUN_TOPIC, {"run_id": str(run.id)}, dedupe_key=f"{run.id}:{run.step}")
    return await retry(job) if job.failed_at is not None else job


async def destroy_at_night(actor: Actor) -> None:
    """Start what is due in a company while it is night there, and go on with what stands; the timer's duty."""
    if now().astimezone(ZoneInfo((await get_company(actor)).time_zone)).hour in NIGHT:
        await start_due(actor)


async def start_due(actor: Actor) -> RetentionRun | None:
    """Start a run of what is due by the rules, or go on with the one that stands; None when nothing is due."""
    await lock_destroying()
    for run in await RetentionRun.filter(state=RunState.CONFIRMED.value).order_by("id"):
        await _go_on(actor, run)
    found = await RetentionRun.get_or_none(kind=RunKind.DUE.value, state=RunState.CONFIRMED.value)
    if found is not None:
        return found
    rules, version = await rules_in_force(actor)
    terms = terms_of(rules)
    if not any(line.due for line in await lines(await frame_of(actor), terms)) and not await released():
        return None
    said = {"rules_version": version, "terms": named(terms)}
    run = await RetentionRun.create(kind=RunKind.DUE.value, state=RunState.CONFIRMED.value, confirmed_at=now(), said=said)
    await record(actor, "retention.start", "retention_run", run.id, after=said)
    await queue_step(actor, run)
    return run


async def work_on_run(actor: Actor, run_id: UUID, *, storage: Storage, vault: KeyVault) -> RetentionRun:
    """Do one step of a run, and enqueue the next or sign the report; a run that is over is left as it is."""
    await lock_destroying()
    run = await RetentionRun.filter(id=run_id).select_for_update().get()
    if run.state != RunState.CONFIRMED:
        return run
    # Never both in one step: who stores a file holds its row already, and would wait for each other with who empties rows.
    done = await destroy_files(run, storage)
    if not done and run.kind == RunKind.DUE:
        done = await take_up_released(run)
    if not done and run.step < MOST_STEPS:
        done = await _empty_batch(actor, run)
    if done:
        run.step += 1
        await run.save(update_fields=["step"])
        await queue_step(actor, run)
    else:
        await finish(actor, run, storage=storage, vault=vault)
    return run


async def _go_on(actor: Actor, run: RetentionRun) -> None:
    job = await find_job_of(RUN_TOPIC, f"{run.id}:{run.step}")
    if job is None or job.failed_at is not None:
        await queue_step(actor, run)


async def _empty_batch(actor: Actor, run: RetentionRun) -> int:
    """Empty the next rows that are due under the run's terms, of one category, unless something stops it; return how many."""
    stop = await stop_of(actor, run)
    frame = await frame_of(actor, run.person_id)
    terms: Mapping[str, int] = run.said["terms"]
    for category in Category:
        if category.value not in terms or category not in PLACES:
            continue
        rows = await take_due(frame, category, terms[category.value], limit=MOST)
        if rows and stop is not None:
            await note_stop(actor, run, stop)
            return 0
        if rows:
            await _empty(actor, run, category, rows)
            return len(rows)
    return 0


async def _empty(actor: Actor, run: RetentionRun, category: Category, rows: Sequence[Mapping[str, Any]]) -> None:
    place, ids, at = PLACES[category], [row["id"] for row in rows], now()
    files = await fetch(place.files, ids) if place.files else []
    if category is Category.SUBMISSION:
        await withdraw_left(actor, ids)
    for sql in place.empty:
        await execute(sql, ids, at)
    if category is Category.PERSON:
        await erase_accounts(actor.tenant_id, [row["account_id"] for row in await fetch(_ACCOUNTS, ids)])
    days, term = {row["id"]: row["day"] for row in rows}, run.said["terms"][category.value]
    common = {"run_id": run.id, "category": category.value, "object_type": place.object_type, "months": term}
    items = [
        RetentionItem(
            object_id=row["id"], event_on=row["day"], sha256=row["digest"], outcome="DESTROYED", destroyed_at=at, **common
        )
        for row in rows
    ]
    items += [
        RetentionItem(
            object_id=file["id"],
            event_on=days[file["id"]],
            sha256=file["sha256"],
            file_key=file["file_key"],
            size=file["size"],
            outcome="PENDING",
            **common,
        )
        for file in files
        if file["file_key"]
    ]
    await RetentionItem.bulk_create(items)
    counted = {"category": category.value, "rows": len(rows), "files": len(items) - len(rows)}
    await record(actor, "retention.destroy", "retention_run", run.id, after=counted)
