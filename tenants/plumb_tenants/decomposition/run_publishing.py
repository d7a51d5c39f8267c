"""Publishing a run: level by level every node becomes a goal below the goal of the node above it."""

from collections.abc import Sequence

from plumb_platform.actor import Actor
from plumb_platform.database import execute
from plumb_tenants.decomposition.models import Plan, PlanRun
from plumb_tenants.decomposition.publishing import publish_locked
from plumb_tenants.decomposition.requests import RunRequest
from plumb_tenants.decomposition.run_storage import NewPlan
from plumb_tenants.goals.service import LockCovers, refuse_locked

_PARENTS = """
update plan p set parent_goal_id = n.goal_id
from plan a join plan_node n on n.tenant_id = a.tenant_id and n.plan_id = a.id
where p.tenant_id = $1 and p.run_id = $2 and p.depth = $3 and a.tenant_id = $1 and a.run_id = $2 and a.depth = $3 - 1
  and n.unit_id = p.unit_id and n.person_id is null
"""


async def publish_levels(actor: Actor, run: PlanRun, *, bypass: str | None = None) -> int:
    """Publish all plans of a run from the top down; return how many goals there are.

    Raises PLAN_TOTAL_DIFFERS where a tuning above was not carried down, GOAL_ALREADY_SPLIT where another plan was first.
    """
    goals = 0
    await execute("update plan set parent_goal_id = $2 where run_id = $1 and depth = 0", run.id, run.parent_goal_id)
    for depth in range(run.levels):
        if depth:
            await execute(_PARENTS, actor.tenant_id, run.id, depth)
        for plan in await Plan.filter(run_id=run.id, depth=depth).order_by("id").select_for_update(no_key=True):
            goals += await publish_locked(actor, plan, bypass=bypass)
    return goals


async def refuse_locked_levels(actor: Actor, request: RunRequest, levels: Sequence[Sequence[NewPlan]]) -> None:
    """Refuse a run whose goals a lock would hold off once its levels are there, before any of them is (A13)."""
    parts = (part for level in levels for plan in level for part in zip(plan.branch.children, plan.proposed.given, strict=True))
    units = {child.unit_id for child, given in parts if given.blocked is None}
    await refuse_locked(actor, LockCovers.GOALS, cycle_id=request.cycle_id, unit_ids=units, bypass=request.bypass)
