"""GraphQL types of goals and cycles."""

import strawberry

import plumb_schema.people.types  # noqa: F401 - its relations lead there
from plumb_schema.ground.ids import Node
from plumb_schema.reads.classes import of
from plumb_tenants.goals.resources import CYCLE, GOAL
from plumb_tenants.goals.rules import GoalState

strawberry.enum(GoalState, description="目标状态 / Where a goal stands between its author and its owner.")


@of(CYCLE)
class Cycle(Node):
    pass


@of(GOAL)
class Goal(Node):
    pass
