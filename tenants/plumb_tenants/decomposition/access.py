"""The only way to get a plan or one of its nodes: by the unit whose total is split."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.decomposition.models import Plan, PlanNode, PlanRun
from plumb_tenants.decomposition.resources import PLAN
from plumb_tenants.decomposition.run_resources import PLAN_RUN

_PLAN = "select id from plan p where p.id = $1 and "
_PLAN_OF_NODE = "select p.id from plan_node n join plan p on p.tenant_id = n.tenant_id and p.id = n.plan_id where n.id = $1 and "


async def access_plan(
    actor: Actor, plan_id: UUID, permission: Permission = Permission.PLAN_READ, *, lock: bool = False, field: str = "planId"
) -> Plan:
    """Return a plan whose unit the permission reaches; `lock` keeps others from changing it until the commit.

    An unknown, a foreign and an unreachable id raise the same NotFound.
    """
    return await _reached(_PLAN, actor, plan_id, permission, lock=lock, field=field)


async def access_node(
    actor: Actor, node_id: UUID, permission: Permission = Permission.PLAN_READ, *, lock: bool = False, field: str = "nodeId"
) -> tuple[Plan, PlanNode]:
    """Return a node with its plan; `lock` locks the plan, which orders all changes of its nodes.

    Reach goes by the plan's unit, so that nobody tunes what was split for them by their own manager.
    """
    plan = await _reached(_PLAN_OF_NODE, actor, node_id, permission, lock=lock, field=field)
    node = await PlanNode.filter(id=node_id).first()
    if node is None:  # not of the plan any more since whoever held the lock before computed it anew
        raise NotFound(field=field)
    return plan, node


async def access_run(
    actor: Actor, run_id: UUID, permission: Permission = Permission.PLAN_READ, *, lock: bool = False, field: str = "runId"
) -> PlanRun:
    """Return a run whose unit the permission reaches; `lock` keeps others from changing it until the commit."""
    condition, values = await sql_scope(actor, permission, PLAN_RUN, alias="p", first=2)
    found = await fetch_value("select id from plan_run p where p.id = $1 and " + condition, run_id, *values)
    if found is None:
        raise NotFound(field=field)
    rows = PlanRun.filter(id=found)
    run = await (rows.select_for_update(no_key=True) if lock else rows).first()
    if run is None:  # discarded by whoever held the lock before
        raise NotFound(field=field)
    return run


async def reaches_plan(actor: Actor, plan_id: UUID) -> bool:
    """Tell whether the actor may read a plan."""
    try:
        condition, values = await sql_scope(actor, Permission.PLAN_READ, PLAN, alias="p", first=2)
    except Forbidden:
        return False
    return await fetch_value(_PLAN + condition, plan_id, *values) is not None


async def _reached(sql: str, actor: Actor, object_id: UUID, permission: Permission, *, lock: bool, field: str) -> Plan:
    condition, values = await sql_scope(actor, permission, PLAN, alias="p", first=2)
    plan_id = await fetch_value(sql + condition, object_id, *values)
    if plan_id is None:
        raise NotFound(field=field)
    rows = Plan.filter(id=plan_id)
    found = await (rows.select_for_update(no_key=True) if lock else rows).first()
    if found is None:  # discarded by whoever held the lock before
        raise NotFound(field=field)
    return found
