"""What people do in an approval: decide, take a word back, add a signer, transfer, return, withdraw, urge (A15, A16, A17)."""

from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import InvalidInput, Refused
from plumb_tenants.approvals.access import access_own_approval, access_task
from plumb_tenants.approvals.body import OwnRule
from plumb_tenants.approvals.machine import Act, Task
from plumb_tenants.approvals.messages import tell
from plumb_tenants.approvals.models import ApprovalTask
from plumb_tenants.approvals.motion import Motion, finish, locked_motion, open_people
from plumb_tenants.approvals.states import LIVE, ActKind, ApprovalState, Decision, TaskState
from plumb_tenants.calendars.service import company_calendar
from plumb_tenants.goals.service import is_text
from plumb_tenants.people.access import access_colleague

LONGEST_COMMENT = 2000
URGED_AGAIN = timedelta(hours=1)
MOST_TASKS = 60


class ApprovalOver(Refused):
    """An approval that ended or went back to its applicant takes no more acts."""

    code = "APPROVAL_OVER"
    zh = "该审批当前状态为“{state}”，不能再处理。"
    en = "The approval is {state}; nothing more can be done in it."


class TaskClosed(Refused):
    """A task is done once; what one said is taken back by an act of its own."""

    code = "APPROVAL_TASK_CLOSED"
    zh = "该审批任务已处理或已取消，不能重复处理。"
    en = "This task is done or cancelled; it cannot be acted on again."


class ObjectVersionStale(Refused):
    """A decision is about the version that is being decided about."""

    code = "APPROVAL_VERSION_STALE"
    zh = "审批对象已更新到第 {current} 版，您看到的是第 {given} 版，请刷新后再处理。"
    en = "What is decided about is at version {current}; you saw version {given}. Reload before you decide."


class ActOwn(Refused):
    """Nobody decides about their own request for somebody else."""

    code = "APPROVAL_OWN"
    zh = "不能代他人审批自己提交的申请。"
    en = "You cannot decide about your own request for somebody else."


class CommentInvalid(InvalidInput):
    """Whoever rejects or returns says why; a comment fits."""

    code = "APPROVAL_COMMENT_INVALID"
    zh = "请填写意见（1 到 {longest} 个字符）。"
    en = "Say why, in 1 to {longest} characters."


class SignerInvalid(InvalidInput):
    """Who is asked is employed, is not the applicant, and is not asked already."""

    code = "APPROVAL_SIGNER_INVALID"
    zh = "该员工不能成为审批人：已离职、是申请人，或已在此审批线中。"
    en = "This person cannot be asked: they have left, are the applicant, or are in this line already."


class ReturnUnknown(InvalidInput):
    """One returns to a step that was passed."""

    code = "APPROVAL_RETURN_UNKNOWN"
    zh = "不能退回到“{step}”，可退回的步骤：{known}。"
    en = "It cannot go back to {step}; the steps that were passed are {known}."


class UndoTooLate(Refused):
    """A word can be taken back while nothing has followed from it."""

    code = "APPROVAL_UNDO_TOO_LATE"
    zh = "该意见已产生后续结果，不能撤销。"
    en = "Something has followed from this word; it cannot be taken back."


class UrgedRecently(Refused):
    """People are urged once an hour."""

    code = "APPROVAL_URGED_RECENTLY"
    zh = "一小时内已催办过，请稍后再试。"
    en = "They were urged within the last hour; wait a little."


class TooManyTasks(Refused):
    """A round has a bounded number of people."""

    code = "APPROVAL_TOO_MANY_TASKS"
    zh = "本轮审批人最多 {most} 人。"
    en = "A round has at most {most} tasks."


async def decide(actor: Actor, *, task_id: UUID, decision: Decision, object_version: int, comment: str = "") -> UUID:
    """Say yes or no in one's task, about the version that one has seen; return the task's id."""
    motion, task = await _acting(actor, task_id, object_version, comment, needs_comment=decision is Decision.REJECT)
    kind = ActKind.APPROVE if decision is Decision.APPROVE else ActKind.REJECT
    await motion.run.vote(task, kind, motion.resolve)
    await finish(motion)
    return task_id


async def undo_decision(actor: Actor, *, task_id: UUID, comment: str = "") -> UUID:
    """Take one's word back, as a new act, while nothing has followed from it; return the task's id."""
    motion, task = await _acting(actor, task_id, None, comment, wanted=(TaskState.APPROVED, TaskState.REJECTED))
    if not motion.run.undo(task):
        raise UndoTooLate(field="taskId")
    await finish(motion)
    return task_id


async def add_signer(actor: Actor, *, task_id: UUID, person_id: UUID, comment: str = "") -> UUID:
    """Ask one more person who must agree as well (加签); return the id of the actor's own task."""
    motion, task = await _acting(actor, task_id, None, comment)
    await _check_person(actor, motion, task, person_id)
    motion.run.add_signer(task, person_id)
    await finish(motion)
    return task_id


async def transfer_task(actor: Actor, *, task_id: UUID, person_id: UUID, comment: str = "") -> UUID:
    """Give one's task to somebody else for good (转办); return the id of the task that was given away."""
    motion, task = await _acting(actor, task_id, None, comment)
    await _check_person(actor, motion, task, person_id)
    motion.run.hand_on(task, person_id, ActKind.TRANSFER)
    await finish(motion)
    return task_id


async def return_approval(actor: Actor, *, task_id: UUID, to_step: str | None, object_version: int, comment: str) -> UUID:
    """Return to a step that was passed, or to the applicant with None; open siblings are cancelled (退回, A16)."""
    motion, task = await _acting(actor, task_id, object_version, comment, needs_comment=True)
    passed = [step for step in motion.run.visited if step != motion.run.step]
    if to_step is not None and to_step not in passed:
        raise ReturnUnknown(field="toStep", step=f"{to_step:.40}", known=", ".join(passed) or "-")
    await motion.run.send_back(task, to_step, motion.resolve)
    await finish(motion)
    return task_id


async def withdraw_approval(actor: Actor, *, approval_id: UUID, comment: str = "") -> UUID:
    """End one's own request (撤回); return the approval's id."""
    motion = await _own_motion(actor, approval_id, comment)
    motion.run.withdraw()
    await finish(motion)
    return approval_id


async def urge_approval(actor: Actor, *, approval_id: UUID) -> UUID:
    """Remind those who are asked, at most once an hour (催办); return the approval's id."""
    motion = await _own_motion(actor, approval_id, "")
    row = motion.row
    if motion.run.state is not ApprovalState.RUNNING:
        raise ApprovalOver(field="approvalId", state=motion.run.state)
    if row.urged_at is not None and row.urged_at > now() - URGED_AGAIN:
        raise UrgedRecently(field="approvalId")
    row.urged_at = now()
    motion.run.acts.append(Act(ActKind.URGE, motion.run.step))
    tasks = await ApprovalTask.filter(approval_id=row.id, round=row.round, state=TaskState.OPEN.value)
    await finish(motion)
    await tell(actor, row, await open_people(actor, tasks), kind="urge", zh="申请人催办", en="is urged by its applicant")
    return approval_id


async def _own_motion(actor: Actor, approval_id: UUID, comment: str) -> Motion:
    await access_own_approval(actor, approval_id)
    motion = await locked_motion(actor, approval_id, await company_calendar(actor))
    if motion.run.state.is_over:
        raise ApprovalOver(field="approvalId", state=motion.run.state)
    motion.comment = _checked(comment, needed=False)
    return motion


async def _acting(
    actor: Actor,
    task_id: UUID,
    object_version: int | None,
    comment: str,
    *,
    needs_comment: bool = False,
    wanted: tuple[TaskState, ...] = (TaskState.OPEN,),
) -> tuple[Motion, Task]:
    """Return the motion of a task's approval and the task in it, after every check that all acts share."""
    acting = await access_task(actor, task_id)
    motion = await locked_motion(actor, acting.task.approval_id, await company_calendar(actor))
    row = motion.row
    if motion.run.state is not ApprovalState.RUNNING:
        raise ApprovalOver(field="taskId", state=motion.run.state)
    if object_version is not None and object_version != row.object_version:
        raise ObjectVersionStale(field="objectVersion", current=row.object_version, given=object_version)
    task = next((each for each in motion.run.tasks if each.id == task_id), None)
    if task is None or task.state not in wanted:
        raise TaskClosed(field="taskId")
    if acting.for_person is not None and row.applicant_id == actor.person_id:
        raise ActOwn(field="taskId")
    motion.for_person, motion.comment = acting.for_person, _checked(comment, needed=needs_comment)
    return motion, task


async def _check_person(actor: Actor, motion: Motion, task: Task, person_id: UUID) -> None:
    """Refuse somebody who cannot be asked in a task's line."""
    if len(motion.run.tasks) >= MOST_TASKS:
        raise TooManyTasks(field="personId", most=MOST_TASKS)
    line = motion.run.line_of(task)
    asked = {each.assignee for each in motion.run.tasks if each.line == task.line and each.state in LIVE}
    own = person_id == motion.row.applicant_id and line.own is not OwnRule.ALLOW
    await access_colleague(actor, person_id, field="personId")
    if own or person_id in asked:
        raise SignerInvalid(field="personId")


def _checked(comment: str, *, needed: bool) -> str:
    text = comment.strip()
    if (needed or text) and not is_text(text, longest=LONGEST_COMMENT):
        raise CommentInvalid(field="comment", longest=LONGEST_COMMENT)
    return text
