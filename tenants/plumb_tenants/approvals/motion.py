"""An approval in motion: its row locked, its present round as a machine, and what one act changed written at the end."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value
from plumb_tenants.approvals.body import Flow
from plumb_tenants.approvals.conditions import loaded_fields
from plumb_tenants.approvals.delegations import delegates_of
from plumb_tenants.approvals.machine import Resolve, Run, Task
from plumb_tenants.approvals.messages import tell_people
from plumb_tenants.approvals.models import Approval, ApprovalAct, ApprovalTask
from plumb_tenants.approvals.outcomes import Outcome, tell_owner
from plumb_tenants.approvals.resolving import Applicant, resolver
from plumb_tenants.approvals.states import LIVE, ActKind, ApprovalState, Origin, TaskState
from plumb_tenants.calendars.service import Calendar, CalendarYearMissing, Pause, due_at, elapsed

log = logging.getLogger(__name__)

PERSONAL = frozenset(
    {
        ActKind.SUBMIT,
        ActKind.RESUBMIT,
        ActKind.APPROVE,
        ActKind.REJECT,
        ActKind.UNDO,
        ActKind.ADD_SIGNER,
        ActKind.TRANSFER,
        ActKind.RETURN,
        ActKind.WITHDRAW,
        ActKind.URGE,
    }
)
_PAUSES = """
select a.kind, a.created_at from approval_act a
where a.approval_id = $1 and (a.kind = 'RESUBMIT' or (a.kind = 'RETURN' and a.to_step is null)) order by a.number
"""
_SENT_AT = "select max(created_at) from approval_act where approval_id = $1 and kind in ('SUBMIT', 'RESUBMIT')"
_UNITS = "select id, unit_id from person where id = any($1)"


@dataclass(slots=True)
class Motion:
    """One act on one approval: who acts for whom, with what words, and the machine that it moves."""

    actor: Actor
    row: Approval
    run: Run
    resolve: Resolve
    calendar: Calendar
    for_person: UUID | None = None
    comment: str = ""
    tells_applicant: bool = True
    """Whether the applicant is told of the outcome here, and not by the domain that brought it about."""
    known: dict[UUID, TaskState] = field(default_factory=dict)
    """The state of each task as it was loaded; what is not here is new."""


def motion_of(actor: Actor, row: Approval, run: Run, calendar: Calendar) -> Motion:
    """Return the motion of an approval whose machine is at hand."""
    resolve = resolver(run.flow, Applicant(row.applicant_id, row.unit_id), run.fields)
    return Motion(actor, row, run, resolve, calendar, known={task.id: task.state for task in run.tasks})


async def locked_motion(actor: Actor, approval_id: UUID, calendar: Calendar) -> Motion:
    """Return an approval that nobody else moves until the commit; the caller has checked who asks."""
    row = await Approval.filter(id=approval_id).select_for_update(no_key=True).get()
    flow = Flow.model_validate(row.flow)
    tasks = await ApprovalTask.filter(approval_id=row.id, round=row.round).order_by("line", "place", "id")
    run = Run(
        flow=flow,
        fields=loaded_fields(flow, row.request_fields),
        state=ApprovalState(row.state),
        step=row.step,
        round=row.round,
        visited=list(row.visited),
        tasks=[_task(each) for each in tasks],
    )
    return motion_of(actor, row, run, calendar)


async def hold_approval(approval_id: UUID | None) -> None:
    """Lock an approval, if there is one, before what it is about: acts lock both in this order."""
    if approval_id is not None:
        await fetch("select 1 from approval where id = $1 for no key update", approval_id)


async def finish(motion: Motion) -> None:
    """Write what an act changed, tell the people it concerns, and the owner of the thing when there is an outcome."""
    row, run = motion.row, motion.run
    before = {"state": row.state, "step": row.step}
    entered = run.round != row.round or run.state != row.state
    row.state, row.step, row.round, row.visited = run.state.value, run.step, run.round, run.visited
    if entered:
        row.step_due_at = _step_due(motion)
    if run.state.is_over:
        await _end(motion)
    row.version += 1
    await row.save()
    opened = await _write_tasks(motion)
    await _write_acts(motion)
    after = {"state": row.state, "step": row.step, "acts": [act.kind.value for act in run.acts], "comment": motion.comment}
    await record(motion.actor, "approval.act", "approval", row.id, before=before, after=after)
    await tell_people(motion.actor, row, opened=opened, was=before["state"] if motion.tells_applicant else row.state)
    if run.state is not ApprovalState.RUNNING and run.state != before["state"]:
        outcome = Outcome(row.id, row.object_type, row.object_id, row.object_version, run.state)
        await tell_owner(motion.actor, outcome)


async def sent_at(approval_id: UUID) -> datetime:
    """Return when what is approved was sent last, as it stands now."""
    moment: datetime = await fetch_value(_SENT_AT, approval_id)
    return moment


async def pauses_of(approval_id: UUID) -> list[Pause]:
    """Return the times in which an approval waited for its applicant; its clocks stood."""
    pauses: list[Pause] = []
    for act in await fetch(_PAUSES, approval_id):
        if act["kind"] == ActKind.RETURN:
            pauses.append(Pause(act["created_at"], None))
        elif pauses and pauses[-1].ends_at is None:
            pauses[-1] = Pause(pauses[-1].starts_at, act["created_at"])
    return [pause for pause in pauses if pause.ends_at != pause.starts_at]


def _step_due(motion: Motion) -> datetime | None:
    """Return when the step that was entered is due; None without a term, or in a year that has lost its table."""
    run = motion.run
    if run.step is None or run.present.term is None:
        return None
    try:
        return due_at(motion.calendar, now(), run.present.term)
    except CalendarYearMissing:
        log.exception("a step begins without a clock")
        return None


async def _end(motion: Motion) -> None:
    row = motion.row
    row.ended_at = now()
    pauses = await pauses_of(row.id)
    try:
        spent = elapsed(motion.calendar, row.created_at, row.ended_at, pauses)
        row.working_seconds = int(spent.working.total_seconds())
        row.clock_seconds = int(spent.clock.total_seconds())
    except CalendarYearMissing:
        log.exception("an approval ends without its working time")
        paused = sum(((each.ends_at or row.ended_at) - each.starts_at).total_seconds() for each in pauses)
        row.clock_seconds = int((row.ended_at - row.created_at).total_seconds() - paused)


async def _write_tasks(motion: Motion) -> list[ApprovalTask]:
    """Write new tasks and those whose state changed; return what became open."""
    changed = [task for task in motion.run.tasks if motion.known.get(task.id) != task.state]
    new = [task for task in changed if task.id not in motion.known]
    people = [task.assignee for task in new]
    units = {row["id"]: row["unit_id"] for row in await fetch(_UNITS, people)} if people else {}
    for task in changed:
        if task.id in motion.known:
            closed = None if task.state in LIVE else now()
            await ApprovalTask.filter(id=task.id).update(state=task.state.value, closed_at=closed)
    rows = [_row(motion, task, units[task.assignee]) for task in new]
    if rows:
        await ApprovalTask.bulk_create(rows)
    opened = [task.id for task in changed if task.state is TaskState.OPEN]
    found = await ApprovalTask.filter(id__in=opened) if opened else []
    delegates = await delegates_of(motion.actor, [each.assignee_id for each in found])
    for each in found:
        if each.assignee_id in delegates:
            each.delegate_id = delegates[each.assignee_id]
            await each.save(update_fields=["delegate_id"])
    return found


async def _write_acts(motion: Motion) -> None:
    last = await fetch_value("select coalesce(max(number), 0) from approval_act where approval_id = $1", motion.row.id)
    rows = []
    for place, act in enumerate(motion.run.acts):
        personal = act.kind in PERSONAL
        rows.append(
            ApprovalAct(
                approval_id=motion.row.id,
                number=last + place + 1,
                kind=act.kind.value,
                step=act.step,
                to_step=act.to_step,
                task_id=act.task.id if act.task else None,
                person_id=motion.actor.person_id if personal else None,
                for_person_id=motion.for_person if personal else None,
                target_id=act.target,
                object_version=motion.row.object_version,
                comment=motion.comment if personal else "",
            )
        )
    await ApprovalAct.bulk_create(rows)


def _task(row: ApprovalTask) -> Task:
    return Task(
        step=row.step,
        round=row.round,
        line=row.line,
        place=row.place,
        assignee=row.assignee_id,
        state=TaskState(row.state),
        origin=Origin(row.origin),
        mandatory=row.mandatory,
        id=row.id,
    )


def _row(motion: Motion, task: Task, unit_id: UUID) -> ApprovalTask:
    return ApprovalTask(
        id=task.id,
        approval_id=motion.row.id,
        step=task.step,
        round=task.round,
        line=task.line,
        place=task.place,
        assignee_id=task.assignee,
        unit_id=unit_id,
        origin=task.origin.value,
        mandatory=task.mandatory,
        state=task.state.value,
        closed_at=None if task.state in LIVE else now(),
    )


async def open_people(actor: Actor, tasks: Sequence[ApprovalTask]) -> list[UUID]:
    """Return whom open tasks concern today: each assignee and who acts for them, whether or not a timer has run."""
    assignees = [task.assignee_id for task in tasks]
    return [*assignees, *(await delegates_of(actor, assignees)).values()]
