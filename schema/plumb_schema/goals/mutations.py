"""Mutations of goals: open a cycle, confirm one's own goal, revise."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.types import Cycle, Goal
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.goals import service


@strawberry.input(description="新建周期 / Open a cycle; both days belong to it.")
class CreateCycleInput:
    code: str
    name: str
    starts_on: date
    ends_on: date


@strawberry.input(description="确认目标 / Confirm one's own goal at the version that one has read.")
class ConfirmGoalInput:
    goal_id: strawberry.ID
    version: int


@strawberry.input(description="修订目标 / Give a goal a new target; its owner has to confirm it anew.")
class ReviseGoalInput:
    goal_id: strawberry.ID
    version: int
    target: Decimal
    reason: str
    bypass: str | None = None


@strawberry.type
class GoalMutation:
    @mutation(needs=Permission.CYCLE_WRITE, description="新建周期 / Open a cycle.")
    async def create_cycle(self, info: Info, input: CreateCycleInput) -> Cycle:
        made = await service.create_cycle(
            info.context.caller, code=input.code, name=input.name, starts_on=input.starts_on, ends_on=input.ends_on
        )
        return row_of(Cycle, made.id)

    @mutation(needs=Permission.GOAL_CONFIRM, description="确认目标 / Confirm one's own goal; nobody can do it for the owner.")
    async def confirm_goal(self, info: Info, input: ConfirmGoalInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        await service.confirm_goal(info.context.caller, goal_id=goal_id, version=input.version)
        return row_of(Goal, goal_id)

    @mutation(needs=Permission.GOAL_REVISE, description="修订目标 / Propose new numbers to the owner of a goal.")
    async def revise_goal(self, info: Info, input: ReviseGoalInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        await service.revise_goal(
            info.context.caller,
            goal_id=goal_id,
            version=input.version,
            target=input.target,
            reason=input.reason,
            bypass=input.bypass,
        )
        return row_of(Goal, goal_id)
