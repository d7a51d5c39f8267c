"""Queries of goals and cycles."""

import strawberry

from plumb_schema.goals.types import Cycle, Goal
from plumb_schema.reads.classes import connection, single


@strawberry.type
class GoalQuery:
    cycles = connection(Cycle, description="周期列表 / The company's cycles, oldest first.")
    goals = connection(Goal, description="目标列表 / The goals that the caller may read, oldest first.")
    goal = single(Goal, description="目标 / One goal.")
