"""The only way to one task: by id, within what a permission reaches."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.actions.models import Task
from plumb_tenants.actions.resources import TASK

_TASK = "select true from task t where t.id = $1 and "


async def access_task(actor: Actor, task_id: UUID, permission: Permission, *, lock: bool = False) -> Task:
    """Return a task that the permission reaches; an unknown, a foreign and an unreachable id raise the same NotFound."""
    condition, values = await sql_scope(actor, permission, TASK, alias="t", first=2)
    if not await fetch_value(_TASK + condition, task_id, *values):
        raise NotFound(field="taskId")
    rows = Task.filter(id=task_id)
    return await (rows.select_for_update(no_key=True) if lock else rows).get()
