"""What clocks do to approvals: steps out of time, approvals overdue as a whole, tasks of leavers, requests at term's end."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_tenants.approvals.body import OnTimeout, OwnRule, Vacancy
from plumb_tenants.approvals.delegations import refresh_delegates
from plumb_tenants.approvals.machine import Act, Task
from plumb_tenants.approvals.messages import tell
from plumb_tenants.approvals.models import ApprovalTask
from plumb_tenants.approvals.motion import Motion, finish, locked_motion, open_people
from plumb_tenants.approvals.resolving import active_people, managers_of
from plumb_tenants.approvals.states import LIVE, ActKind, ApprovalState, TaskState
from plumb_tenants.calendars.service import company_calendar

_DUE = """
select a.id from approval a where a.state = 'RUNNING' and (a.step_due_at < $1 or (a.due_at < $1 and a.overdue_at is null)
  or exists (select from approval_task t join person p on p.id = t.assignee_id
    where t.approval_id = a.id and t.round = a.round and t.state in ('OPEN', 'WAITING') and not p.active))
order by a.id
"""
_BY_RULE = (ActKind.VACANT_PASS, ActKind.VACANT_REJECT)


async def due_approvals(actor: Actor) -> list[UUID]:
    """Return the approvals in which a clock has something to do; open tasks are shown to today's delegates on the way."""
    await refresh_delegates(actor)
    return [row["id"] for row in await fetch(_DUE, now())]


async def expire_approval(actor: Actor, approval_id: UUID) -> None:
    """Do what is due in one approval, each thing once: replace who has left, end the step's term, note the whole as overdue."""
    motion = await locked_motion(actor, approval_id, await company_calendar(actor))
    row, run = motion.row, motion.run
    if run.state is not ApprovalState.RUNNING:
        return
    step_due = row.step_due_at
    await _replace_leavers(motion)
    if run.is_in(row.round) and step_due is not None and step_due < now():
        row.step_due_at = None
        await _time_out(motion)
    if run.is_in(run.round) and row.due_at is not None and row.due_at < now() and row.overdue_at is None:
        row.overdue_at = now()
        run.acts.append(Act(ActKind.OVERDUE, run.step))
        await _escalate(motion, run.open_tasks())
    if run.acts:
        await finish(motion)


async def withdraw_at_term(actor: Actor, approval_id: UUID) -> None:
    """Withdraw in nobody's name the request of somebody who left, at the end of its term; one that is over stays as it is."""
    motion = await locked_motion(actor, approval_id, await company_calendar(actor))
    if not motion.run.state.is_over:
        motion.run.withdraw()
        await finish(motion)


async def withdraw_with_its_object(actor: Actor, approval_id: UUID, *, comment: str) -> None:
    """Withdraw a request about what is over, in the name of who ended it; the domain tells its applicant why."""
    motion = await locked_motion(actor, approval_id, await company_calendar(actor))
    motion.comment, motion.tells_applicant = comment, False
    motion.run.withdraw()
    await finish(motion)


async def _replace_leavers(motion: Motion) -> None:
    run = motion.run
    live = [task for task in run.tasks if task.state in LIVE]
    employed = await active_people([task.assignee for task in live])
    await _escalate(motion, [task for task in live if task.assignee not in employed])


async def _time_out(motion: Motion) -> None:
    run, rule = motion.run, motion.run.present.on_timeout
    tasks = run.open_tasks()
    if rule is OnTimeout.REMIND:
        run.acts.append(Act(ActKind.REMIND, run.step))
        rows = await ApprovalTask.filter(id__in=[task.id for task in tasks])
        await tell(
            motion.actor, motion.row, await open_people(motion.actor, rows), kind="remind", zh="审批已超时", en="is overdue"
        )
    elif rule is OnTimeout.ESCALATE:
        await _escalate(motion, tasks)
    else:
        await _by_rule(motion, rule)


async def _by_rule(motion: Motion, rule: OnTimeout) -> None:
    """Let the time-out speak for everybody who is still asked in this step."""
    run, at = motion.run, motion.run.round
    vacancy = Vacancy.PASS if rule is OnTimeout.PASS else Vacancy.REJECT
    kinds = (ActKind.TIMED_PASS, ActKind.TIMED_REJECT)
    while run.is_in(at) and (tasks := run.open_tasks()):
        await run.decide_by_rule(tasks[0], vacancy, kinds, motion.resolve)


async def _escalate(motion: Motion, tasks: list[Task]) -> None:
    """Give tasks to the manager of each assignee; where there is nobody to give one to, its line's vacancy rule speaks."""
    run, at = motion.run, motion.run.round
    for task in tasks:
        if not run.is_in(at) or task.state not in LIVE:
            continue
        person = await _above(motion, task)
        if person is not None:
            run.hand_on(task, person, ActKind.ESCALATE)
        else:
            rule = run.line_of(task).vacancy or Vacancy.REJECT
            await run.decide_by_rule(task, rule, _BY_RULE, motion.resolve)


async def _above(motion: Motion, task: Task) -> UUID | None:
    """Return the nearest manager who is not asked in the line already and does not decide about themselves."""
    line = motion.run.line_of(task)
    asked = {each.assignee for each in motion.run.tasks if each.line == task.line and each.state is not TaskState.CANCELLED}
    for person in await managers_of(task.assignee, 10):
        if person not in asked and (person != motion.row.applicant_id or line.own is OwnRule.ALLOW):
            return person
    return None
