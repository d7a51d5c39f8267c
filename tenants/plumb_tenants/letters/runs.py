"""Runs: letters for everybody in a cycle in one act, worked off in the background by pieces; paused, resumed, cancelled (A29)."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, take_lock, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, NotFound, Refused
from plumb_platform.identity.members import acting_for
from plumb_platform.permissions import Permission, grants_of, reaches_whole
from plumb_platform.queue.service import enqueue
from plumb_platform.words import Word
from plumb_tenants.access.telling import kept_text
from plumb_tenants.definitions.service import published_version
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.ground import Ground
from plumb_tenants.letters.issuing import issue_on, owners_without_letter
from plumb_tenants.letters.models import LetterRun, LetterRunItem

RUN_TOPIC = "letters.run"
MOST_ITEMS = 10_000
CHUNK = 50
"""Letters that one job issues: some seconds of work, after which the jobs of others have their turn."""


class RunState(Word):
    """Where a run stands."""

    RUNNING = "RUNNING", "进行中"
    PAUSED = "PAUSED", "已暂停"
    CANCELLED = "CANCELLED", "已取消"
    DONE = "DONE", "已完成"


class ItemState(StrEnum):
    """What became of one employee in a run."""

    WAITING = "WAITING"
    ISSUED = "ISSUED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


class RunEmpty(Refused):
    """A run over nobody is a mistake about the cycle or the goals."""

    code = "LETTER_RUN_EMPTY"
    zh = "该周期内没有目标已确认且尚无责任书的员工。"
    en = "Nobody in this cycle has confirmed goals and no letter yet."


class RunUnderWay(Refused):
    """Two runs over one cycle would race for the same people."""

    code = "LETTER_RUN_UNDER_WAY"
    zh = "该周期已有一次批量签发正在进行，请等待其完成，或先取消。"
    en = "A run over this cycle is under way; wait for its end or cancel it."


class RunNotThere(Refused):
    """A run goes from state to state in one direction, but for pause and resume."""

    code = "LETTER_RUN_STATE"
    zh = "批量签发当前状态为“{state}”，不能执行此操作。"
    en = "The run is {state}; that cannot be done to it now."


class RunRightLost(Refused):
    """Letters of a run are the act of whoever set it going, and issued while they may issue letters."""

    code = "LETTER_RUN_RIGHT_LOST"
    zh = "发起或最近一次继续批量签发的成员已不再有权为全公司签发责任书。"
    en = "Whoever started or last resumed the run may not issue letters to the whole company any more."


async def start_letter_run(actor: Actor, *, cycle_id: UUID, template_version_id: UUID) -> LetterRun:
    """Note everybody in the cycle whom a letter is owed to, and set the work in motion; nothing is issued before the commit."""
    await _reaches_runs(actor)
    await access_cycle(actor, cycle_id, field="cycleId")
    await published_version(actor, template_version_id, kind=KIND, field="templateVersionId")
    await take_lock("letter-run", cycle_id)
    if await LetterRun.exists(cycle_id=cycle_id, state__in=[RunState.RUNNING.value, RunState.PAUSED.value]):
        raise RunUnderWay(field="cycleId")
    owners = await owners_without_letter(actor, cycle_id, MOST_ITEMS)
    if not owners:
        raise RunEmpty(field="cycleId")
    run = await LetterRun.create(
        cycle_id=cycle_id,
        definition_version_id=template_version_id,
        state=RunState.RUNNING.value,
        total=len(owners),
        created_by=actor.membership_id,
    )
    waiting = {"run_id": run.id, "state": ItemState.WAITING.value}
    await LetterRunItem.bulk_create(
        (
            LetterRunItem(ordinal=place, employee_id=owner, goals=[str(goal) for goal in goals], **waiting)
            for place, (owner, goals) in enumerate(owners, start=1)
        ),
        batch_size=1000,
    )
    await record(actor, "letter_run.start", "letter_run", run.id, after={"cycle_id": str(cycle_id), "total": run.total})
    await enqueue_next(actor, run)
    return run


async def pause_letter_run(actor: Actor, *, run_id: UUID, version: int) -> LetterRun:
    """Stop a run after the piece that is under way."""
    return await _turn(actor, run_id, version, of=(RunState.RUNNING,), to=RunState.PAUSED)


async def resume_letter_run(actor: Actor, *, run_id: UUID, version: int) -> LetterRun:
    """Go on with a paused run where it stopped; the letters are the act of whoever does, from then on."""
    run = await _turn(actor, run_id, version, of=(RunState.PAUSED,), to=RunState.RUNNING)
    run.created_by = actor.membership_id
    await run.save(update_fields=["created_by"])
    await enqueue_next(actor, run)
    return run


async def cancel_letter_run(actor: Actor, *, run_id: UUID, version: int) -> LetterRun:
    """End a run; what is issued stays issued, the rest is not."""
    run = await _turn(actor, run_id, version, of=(RunState.RUNNING, RunState.PAUSED), to=RunState.CANCELLED)
    await execute("update letter_run_item set state = $2 where run_id = $1 and state = $3", run.id, "CANCELLED", "WAITING")
    return run


async def work_on_run(actor: Actor, run_id: UUID) -> LetterRun:
    """Issue the next CHUNK letters of a run and enqueue the piece after it; one refusal leaves the others alone.

    Raises RunRightLost where whoever set the run going lost the right to.
    """
    run = await LetterRun.filter(id=run_id).select_for_update(no_key=True).get()
    if run.state != RunState.RUNNING:
        return run
    await _refuse_lost(actor, run)
    starter = acting_starter(actor, run)
    items = await LetterRunItem.filter(run_id=run.id, state=ItemState.WAITING.value).order_by("ordinal").limit(CHUNK)
    ground = Ground(starter, run.definition_version_id)
    for item in items:
        await _issue(ground, item)
    await _note_ends(items)
    if len(items) < CHUNK:
        run.state, run.finished_at, run.version = RunState.DONE.value, now(), run.version + 1
        await run.save(update_fields=["state", "finished_at", "version"])
        await record(starter, "letter_run.finish", "letter_run", run.id, after={"total": run.total})
    else:
        await enqueue_next(starter, run)
    return run


async def _refuse_lost(actor: Actor, run: LetterRun) -> None:
    if run.created_by is not None:
        member = await acting_for(actor, run.created_by)
        if member is None or not (await grants_of(member)).reaches_all(Permission.LETTER_ISSUE):
            raise RunRightLost(field="runId")


def acting_starter(actor: Actor, run: LetterRun) -> Actor:
    """Return who works on a run as whoever set it going: the letters are their act, and the jobs theirs to see."""
    return replace(actor, membership_id=run.created_by)


async def access_run(actor: Actor, run_id: UUID, *, lock: bool = False) -> LetterRun:
    """Return a run; whoever may issue letters to the whole company reaches all runs, nobody else any."""
    await _reaches_runs(actor)
    runs = LetterRun.filter(id=run_id)
    run = await (runs.select_for_update(no_key=True) if lock else runs).first()
    if run is None:
        raise NotFound(field="runId")
    return run


async def _reaches_runs(actor: Actor) -> None:
    if not await reaches_whole(actor, Permission.LETTER_ISSUE):
        raise NotFound(field="runId")


async def _turn(actor: Actor, run_id: UUID, version: int, *, of: tuple[RunState, ...], to: RunState) -> LetterRun:
    run = await access_run(actor, run_id, lock=True)
    if run.version != version:
        raise Conflict(current_version=run.version)
    if run.state not in of:
        raise RunNotThere(field="runId", state=RunState(run.state))
    return await turn_run(actor, run, to)


async def turn_run(actor: Actor, run: LetterRun, to: RunState, **why: str) -> LetterRun:
    """Bring a locked run into a state, with `why` in the entry that says so."""
    before, run.state, run.version = {"state": run.state}, to.value, run.version + 1
    await run.save(update_fields=["state", "version"])
    await record(actor, f"letter_run.{to.value.lower()}", "letter_run", run.id, before=before, after={"state": run.state, **why})
    return run


async def enqueue_next(actor: Actor, run: LetterRun) -> None:
    """Have the next piece of a locked run worked on, by a job of its own."""
    run.chunk += 1
    await run.save(update_fields=["chunk"])
    await enqueue(actor, RUN_TOPIC, {"run_id": str(run.id)}, dedupe_key=key_of_newest(run))


def key_of_newest(run: LetterRun) -> str:
    """Return the key of the job that works on the piece of a run which is next."""
    return f"{run.id}:{run.chunk}"


async def _issue(ground: Ground, item: LetterRunItem) -> None:
    try:
        async with tenant_transaction(ground.actor):
            letter = await issue_on(ground, goal_ids=[UUID(goal) for goal in item.goals], owner_id=item.employee_id)
        item.state, item.letter_id = ItemState.ISSUED.value, letter.id
    except DomainError as refusal:
        item.state, item.error_code = ItemState.REFUSED.value, refusal.code
        item.error = await kept_text(ground.actor, refusal)


async def _note_ends(items: Sequence[LetterRunItem]) -> None:
    await execute(
        "update letter_run_item i set state = ended.state, letter_id = ended.letter_id, error_code = ended.error_code, "
        "error = ended.error::jsonb from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[]) "
        "as ended (id, state, letter_id, error_code, error) where i.id = ended.id",
        [item.id for item in items],
        [item.state for item in items],
        [item.letter_id for item in items],
        [item.error_code for item in items],
        [None if item.error is None else orjson.dumps(item.error).decode() for item in items],
    )
