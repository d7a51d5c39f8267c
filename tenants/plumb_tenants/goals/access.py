"""The only way to get a goal or a cycle: checked against the actor's reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch_one, fetch_value
from plumb_platform.errors import Conflict, NotFound
from plumb_platform.permissions import Permission, require
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.goals.models import Cycle, Goal
from plumb_tenants.goals.readers import COLUMNS, CURRENT, GoalRow, goal_row
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.trees import ABOVE, LOCKED, TOUCHED, touched_rows

_REACHED = "select true from goal where id = $1 and "
# A statement that waited for the lock sees the goal as it is now, and of its versions those from before it waited.
_LOCKED = (
    f"select {COLUMNS}, c.starts_on, c.ends_on{{more}} from "
    "(select * from goal where id = $1 and {reached} for no key update) g "
    f"join cycle c on c.tenant_id = g.tenant_id and c.id = g.cycle_id left join {CURRENT}"
)
# The lock is taken for the row that is answered, behind that of the goal.
_TREE = (
    f", (select {LOCKED} from above r where r.parent_id is null) as tree, "
    "(select r.parent_id from above r where r.height = 0) as parent_before"
)
# A function of the locked row, named behind the tree, so that it is asked behind both locks and knows a window opened meanwhile.
_WINDOW = ", (select row_to_json(h)::text from sec.goals_held(g.cycle_id, 'GOALS', array[g.unit_id], ${at}) h) as held"
# Behind the lock of the tree, so that it sees what others counted while this waited for it.
_COUNTED = f", {TOUCHED.format(ids='array[g.id]')} as touched"
_OWN_ABOVE = ABOVE.replace("any($1::uuid[])", "$1::uuid")


@dataclass(frozen=True, slots=True)
class Held:
    """The window that keeps goals as they are: its id, why, and until when (None: until it is lifted)."""

    held_by: UUID
    held_because: str
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class LockedGoal:
    """A goal that nobody else changes until the commit, the days of its cycle, and what was asked for beside it."""

    row: GoalRow
    starts_on: date
    ends_on: date
    held: Held | None = None
    """The window (`with_window`)."""
    touched: Sequence[Mapping[str, Any]] = ()
    """What a change of it counts anew (`with_tree`), as it stands."""


async def access_goal(
    actor: Actor,
    goal_id: UUID,
    permission: Permission = Permission.GOAL_READ,
    *,
    lock: bool = False,
    keep: bool = False,
    field: str = "goalId",
) -> Goal:
    """Return a goal that the permission reaches; `lock` keeps others from changing it until the commit.

    `keep` does so too, and lets others keep it at the same time: for what is made below a goal that has to stay as it is.
    An unknown, a foreign and an unreachable id raise the same NotFound.
    """
    condition, values = await sql_scope(actor, permission, GOAL, alias="goal", first=2)
    # The reach is asked of the row as it stands once nobody else holds it: it may have passed to another owner.
    held = " for share of goal" if keep else " for no key update of goal" if lock else ""
    if not await fetch_value(_REACHED + condition + held, goal_id, *values):
        raise NotFound(field=field)
    return await Goal.get(id=goal_id)


async def lock_goal(
    actor: Actor,
    goal_id: UUID,
    permission: Permission = Permission.GOAL_READ,
    *,
    with_tree: bool = False,
    with_window: bool = False,
) -> LockedGoal:
    """Return a goal that the permission reaches, locked, with its numbers; raises NotFound as `access_goal` does.

    `with_tree` also keeps others from counting its tree until the commit, and tells where that stands; `with_window` also
    tells which window keeps goals of its unit and cycle as they are. Raises Conflict when somebody else's new numbers, or
    another place in the tree, were committed while this waited for the lock.
    """
    condition, values = await sql_scope(actor, permission, GOAL, alias="goal", first=2)
    ahead, more = (_OWN_ABOVE, _TREE + _COUNTED) if with_tree else ("", "")
    window = _WINDOW.format(at=len(values) + 2) if with_window else ""
    sql = ahead + _LOCKED.format(reached=condition, more=more + window)
    found = await fetch_one(sql, goal_id, *values, *([now()] if with_window else []))
    if found is None:
        raise NotFound(field="goalId")
    found.pop("tree", None)
    if found["version_id"] is None or found.pop("parent_before", found["parent_id"]) != found["parent_id"]:
        raise Conflict(current_version=found["version"])
    days = {name: found.pop(name) for name in ("starts_on", "ends_on")}
    held, touched = _held(found.pop("held", None)), touched_rows(found.pop("touched", None))
    return LockedGoal(goal_row(found), **days, held=held, touched=touched)


def _held(told: str | None) -> Held | None:
    if told is None:
        return None
    by, because, until = orjson.loads(told).values()
    return Held(UUID(by), because, datetime.fromisoformat(until).astimezone(UTC) if until else None)


async def access_cycle(actor: Actor, cycle_id: UUID, *, field: str = "cycleId") -> Cycle:
    """Return a cycle of the company, or raise NotFound."""
    await require(actor, Permission.CYCLE_READ)
    cycle = await Cycle.get_or_none(id=cycle_id)
    if cycle is None:
        raise NotFound(field=field)
    return cycle
