"""Tasks from weekly plans: each week of a published plan becomes its person's task when it begins, once (C34, C35)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import DomainError
from plumb_tenants.actions.definition import WeeklyRule
from plumb_tenants.actions.dispatching import MOST_TASKS, OF_WEEKS, dispatch_tasks
from plumb_tenants.actions.new_tasks import NewTask
from plumb_tenants.actions.rules import Cadence
from plumb_tenants.actions.settings import rules_for
from plumb_tenants.actions.statements import KNOWN_TASKS
from plumb_tenants.decomposition.service import DueWeek, due_weeks, note_refused_weeks
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.service import GoalRow, GoalState, goals_by_id
from plumb_tenants.people.service import Person, people_by_id


@dataclass(frozen=True, slots=True)
class WeeksDispatched:
    """How many weekly plans became tasks, and why others did not: their keys with the code of the refusal."""

    created: int
    refused: Mapping[str, str]


def quantity_of(before: Decimal, target: Decimal, per: Decimal) -> int:
    """Return how many acts a week is worth: the weeks of a node add up to the whole target, rounded once."""
    return _acts(before + target, per) - _acts(before, per)


def _acts(amount: Decimal, per: Decimal) -> int:
    return int((amount / per).to_integral_value(ROUND_HALF_UP))


async def dispatch_weeks(actor: Actor) -> WeeksDispatched:
    """Dispatch the tasks of the week that today is in, as the system; those that are there already stay as they are.

    One that is refused, such as for want of customers, holds up no other, says why, and is tried again at the next call.
    """
    today = await company_today(actor)
    week = today - timedelta(days=today.weekday())
    fresh = await _fresh(actor, week)
    created, refused = 0, dict[str, DomainError]()
    for tasks in [fresh[place : place + MOST_TASKS] for place in range(0, len(fresh), MOST_TASKS)]:
        try:
            created += (await dispatch_tasks(actor, tasks=tasks)).created
        except DomainError:
            for task in tasks:
                try:
                    created += (await dispatch_tasks(actor, tasks=[task])).created
                except DomainError as error:
                    refused[task.key] = error
    await note_refused_weeks(actor, week, {UUID(key.removeprefix(OF_WEEKS)): error for key, error in refused.items()})
    return WeeksDispatched(created, {key: error.code for key, error in refused.items()})


async def _fresh(actor: Actor, week: date) -> list[NewTask]:
    """Return the tasks of a week that are not there yet."""
    weeks = await due_weeks(week)
    known = {row["key"] for row in await fetch(KNOWN_TASKS, [_key(each) for each in weeks])}
    due = [each for each in weeks if _key(each) not in known]
    goals = await goals_by_id(actor, [each.goal_id for each in due])
    people = await people_by_id(actor, sorted({goal.owner_id for goal in goals.values() if goal.owner_id}))
    rules = {unit_id: (await rules_for(actor, unit_id)).rules for unit_id in {each.unit_id for each in people.values()}}
    found = []
    for each in due:
        owner = _owner_of(goals.get(each.goal_id), people)
        task = _task_of(each, owner, week, rules[owner.unit_id].weekly) if owner else None
        found += [task] if task else []
    return found


def _key(week: DueWeek) -> str:
    return f"{OF_WEEKS}{week.id}"


def _owner_of(goal: GoalRow | None, people: Mapping[UUID, Person]) -> Person | None:
    """Return whose task it is: the goal's owner, who may have taken over from another; nobody's for one that was withdrawn."""
    if goal is None or goal.owner_id is None or goal.state == GoalState.WITHDRAWN:
        return None
    owner = people[goal.owner_id]
    return owner if owner.active else None


def _task_of(week: DueWeek, owner: Person, starts_on: date, rules: Sequence[WeeklyRule]) -> NewTask | None:
    rule = next((each for each in rules if each.metric == week.metric), None)
    quantity = quantity_of(week.before, week.target, rule.per) if rule else 0
    if rule is None or quantity < 1:
        return None
    return NewTask(
        key=_key(week),
        owner_number=owner.number,
        cadence=Cadence.WEEK,
        starts_on=starts_on,
        action=rule.action,
        quantity=quantity,
        customer_grade=rule.customer_grade,
        contact_role=rule.contact_role,
        goal_id=week.goal_id,
    )
