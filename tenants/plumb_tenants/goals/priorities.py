"""Company priorities: at most three goals that come first, shown to everybody (C81)."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import take_lock
from plumb_platform.errors import NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.models import CompanyPriority
from plumb_tenants.goals.rules import GoalState

MOST = 3


class PrioritiesFull(Refused):
    """What comes first is little; a fourth priority pushes another out."""

    code = "PRIORITIES_FULL"
    zh = "公司当前最优先目标最多 {most} 个，请先取消其中一个。"
    en = "A company has at most {most} priorities; take one off first."


class PriorityTwice(Refused, tells={"title": "Goal.title"}):
    """A goal comes first once."""

    code = "PRIORITY_TWICE"
    zh = "目标“{title}”已是公司优先目标。"
    en = "The goal {title} is a priority already."


class PriorityNotFollowed(Refused, tells={"state": "Goal.state"}):
    """A draft or a withdrawn goal leads nobody."""

    code = "PRIORITY_NOT_FOLLOWED"
    zh = "目标当前状态为“{state}”，不能设为公司优先目标。"
    en = "The goal is {state}; it cannot be a priority."


async def mark_priority(actor: Actor, *, goal_id: UUID) -> UUID:
    """Make a goal one of the company's three priorities, in the first free place; return the priority's id.

    Its title is shown to everybody from then on, whoever may read the goal.
    """
    await require(actor, Permission.PRIORITY_WRITE)
    goal = await access_goal(actor, goal_id, keep=True)
    if goal.state not in (GoalState.PROPOSED, GoalState.CONFIRMED):
        raise PriorityNotFollowed(field="goalId", row=goal.id, state=GoalState(goal.state))
    await take_lock("priority")
    marked = await CompanyPriority.all()
    if any(each.goal_id == goal.id for each in marked):
        raise PriorityTwice(field="goalId", row=goal.id, title=goal.title)
    free = sorted(set(range(1, MOST + 1)) - {each.place for each in marked})
    if not free:
        raise PrioritiesFull(field="goalId", most=MOST)
    made = await CompanyPriority.create(goal_id=goal.id, place=free[0], title=goal.title, marked_by=actor.membership_id)
    await record(actor, "priority.mark", "goal", goal.id, after={"place": made.place, "title": made.title})
    return made.id


async def unmark_priority(actor: Actor, *, goal_id: UUID) -> UUID:
    """Take a goal off the company's priorities and return its id."""
    await require(actor, Permission.PRIORITY_WRITE)
    found = await CompanyPriority.get_or_none(goal_id=goal_id)
    if found is None:
        raise NotFound(field="goalId")
    if not await CompanyPriority.filter(id=found.id).delete():
        # Somebody else took it off meanwhile.
        raise NotFound(field="goalId")
    await record(actor, "priority.unmark", "goal", goal_id, before={"place": found.place, "title": found.title})
    return goal_id
