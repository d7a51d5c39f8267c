"""The only way to get a goal or a cycle: checked against the actor's reach."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, require
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.models import Cycle, Goal
from plumb_tenants.goals.resources import GOAL

_REACHED = "select true from goal where id = $1 and "


async def access_goal(
    actor: Actor, goal_id: UUID, permission: Permission = Permission.GOAL_READ, *, lock: bool = False, field: str = "goalId"
) -> Goal:
    """Return a goal that the permission reaches; `lock` keeps others from changing it until the commit.

    An unknown, a foreign and an unreachable id raise the same NotFound.
    """
    condition, values = await sql_scope(actor, permission, GOAL, alias="goal", first=2)
    if not await fetch_value(_REACHED + condition, goal_id, *values):
        raise NotFound(field=field)
    rows = Goal.filter(id=goal_id)
    return await (rows.select_for_update() if lock else rows).get()


async def access_cycle(actor: Actor, cycle_id: UUID, *, field: str = "cycleId") -> Cycle:
    """Return a cycle of the company, or raise NotFound."""
    await require(actor, Permission.CYCLE_READ)
    cycle = await Cycle.get_or_none(id=cycle_id)
    if cycle is None:
        raise NotFound(field=field)
    return cycle
