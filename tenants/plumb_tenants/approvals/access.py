"""The only way to act in an approval: as its applicant, or in a task that one has or has been delegated today."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, require
from plumb_tenants.approvals.delegations import delegates_of
from plumb_tenants.approvals.models import Approval, ApprovalTask


@dataclass(frozen=True, slots=True)
class Acting:
    """A task and for whom the caller acts in it: for its assignee, or None for themselves."""

    task: ApprovalTask
    for_person: UUID | None


async def access_own_approval(actor: Actor, approval_id: UUID) -> Approval:
    """Return an approval that the actor applied for themselves."""
    await require(actor, Permission.APPROVAL_ACT)
    found = await Approval.get_or_none(id=approval_id)
    if found is None or actor.person_id is None or found.applicant_id != actor.person_id:
        raise NotFound(field="approvalId")
    return found


async def access_task(actor: Actor, task_id: UUID) -> Acting:
    """Return a task that the actor may act in: their own, or that of somebody who has delegated to them today."""
    await require(actor, Permission.APPROVAL_ACT)
    task = await ApprovalTask.get_or_none(id=task_id)
    if task is None or actor.person_id is None:
        raise NotFound(field="taskId")
    if task.assignee_id == actor.person_id:
        return Acting(task, None)
    if (await delegates_of(actor, [task.assignee_id])).get(task.assignee_id) != actor.person_id:
        raise NotFound(field="taskId")
    return Acting(task, task.assignee_id)
