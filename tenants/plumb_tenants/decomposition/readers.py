"""Reading plans and nodes: pages by keyset, within what the actor may read."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.decomposition.resources import PLAN

_PLANS = "select p.id from plan p where "


async def list_plans(
    actor: Actor, *, cycle_id: UUID | None = None, unit_id: UUID | None = None, after: UUID | None = None, limit: int = 100
) -> list[Plan]:
    """Return the plans that the actor may read, oldest first, behind the plan `after`."""
    condition, values = await sql_scope(actor, Permission.PLAN_READ, PLAN, alias="p")
    parts = [condition]
    for sql, value in (("p.cycle_id =", cycle_id), ("p.unit_id =", unit_id), ("p.id >", after)):
        if value is not None:
            values.append(value)
            parts.append(f"{sql} ${len(values)}")
    rows = await fetch(_PLANS + " and ".join(parts) + f" order by p.id limit {int(limit)}", *values)
    return await Plan.filter(id__in=[row["id"] for row in rows]).order_by("id")


async def list_nodes(actor: Actor, *, plan_id: UUID, after: int | None = None, limit: int = 100) -> list[PlanNode]:
    """Return the nodes of a plan that the actor may read, in their order, behind the ordinal `after`."""
    plan = await access_plan(actor, plan_id)
    nodes = PlanNode.filter(plan_id=plan.id)
    return await (nodes.filter(ordinal__gt=after) if after is not None else nodes).order_by("ordinal").limit(limit)
