"""Mutations of goals made by hand: draft, edit, propose, withdraw, link; and the company's priorities."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.inputs import (
    CreateGoalInput,
    EditGoalInput,
    LinkGoalsInput,
    MarkPriorityInput,
    ProposeGoalInput,
    UnlinkGoalsInput,
    UnmarkPriorityInput,
    WithdrawGoalInput,
)
from plumb_schema.goals.types import Goal, Priority
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.goals import service


@strawberry.type
class GoalWritingMutation:
    @mutation(needs=Permission.GOAL_WRITE, description="新建目标 / Make a goal as a draft.")
    async def create_goal(self, info: Info, input: CreateGoalInput) -> Goal:
        return row_of(Goal, await service.create_goal(info.context.caller, draft=input.opened(), bypass=input.bypass))

    @mutation(needs=Permission.GOAL_WRITE, description="编辑草稿 / Give a draft all of its fields anew.")
    async def edit_goal(self, info: Info, input: EditGoalInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        draft = input.opened()
        return row_of(
            Goal,
            await service.edit_goal(
                info.context.caller, goal_id=goal_id, version=input.version, draft=draft, bypass=input.bypass
            ),
        )

    @mutation(needs=Permission.GOAL_WRITE, description="提交目标 / Put a draft before its owner; from now on it is followed.")
    async def propose_goal(self, info: Info, input: ProposeGoalInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return row_of(
            Goal, await service.propose_goal(info.context.caller, goal_id=goal_id, version=input.version, bypass=input.bypass)
        )

    @mutation(needs=Permission.GOAL_WRITE, description="撤回目标 / Take a goal back, with the reason.")
    async def withdraw_goal(self, info: Info, input: WithdrawGoalInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        withdrawn = await service.withdraw_goal(
            info.context.caller, goal_id=goal_id, version=input.version, reason=input.reason, bypass=input.bypass
        )
        return row_of(Goal, withdrawn)

    @mutation(needs=Permission.GOAL_WRITE, description="关联目标 / Say that a goal supports another or depends on it.")
    async def link_goals(self, info: Info, input: LinkGoalsInput) -> Goal:
        source = await service.link_goals(
            info.context.caller,
            from_id=decode_id(input.from_id, "Goal", field="fromId"),
            to_id=decode_id(input.to_id, "Goal", field="toId"),
            kind=input.kind,
            note=input.note,
        )
        return row_of(Goal, source)

    @mutation(needs=Permission.GOAL_WRITE, description="取消关联 / Take a link between goals away.")
    async def unlink_goals(self, info: Info, input: UnlinkGoalsInput) -> Goal:
        link_id = decode_id(input.link_id, "GoalLink", field="linkId")
        return row_of(Goal, await service.unlink_goals(info.context.caller, link_id=link_id))

    @mutation(needs=Permission.PRIORITY_WRITE, description="设为优先 / Make a goal one of the company's three priorities.")
    async def mark_priority(self, info: Info, input: MarkPriorityInput) -> Priority:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return row_of(Priority, await service.mark_priority(info.context.caller, goal_id=goal_id))

    @mutation(needs=Permission.PRIORITY_WRITE, description="取消优先 / Take a goal off the company's priorities.")
    async def unmark_priority(self, info: Info, input: UnmarkPriorityInput) -> Goal:
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return row_of(Goal, await service.unmark_priority(info.context.caller, goal_id=goal_id))
