"""The only way to an approval and its tasks: the applicant by OWN, others as far as their reach; acting goes by the task."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, require
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.approvals.delegations import delegates_of
from plumb_tenants.approvals.models import Approval, ApprovalTask
from plumb_tenants.approvals.resources import APPROVAL

_REACHED = "select true from approval a where a.id = $1 and "


@dataclass(frozen=True, slots=True)
class Acting:
    """A task and for whom the caller acts in it: for its assignee, or None for themselves."""

    task: ApprovalTask
    for_person: UUID | None


async def access_approval(actor: Actor, approval_id: UUID) -> Approval:
    """Return an approval that the actor may read; unknown, foreign and unreachable ids raise the same NotFound."""
    condition, values = await sql_scope(actor, Permission.APPROVAL_READ, APPROVAL, alias="a", first=2)
    if not await fetch_value(_REACHED + condition, approval_id, *values):
        raise NotFound(field="approvalId")
    return await Approval.get(id=approval_id)


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
