"""Mutations that keep goals: locks of cycles, exclusions of targets, goals for many people at once."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.bulk_types import GoalsCreated, created_of
from plumb_schema.goals.types import GoalExclusion, GoalLock
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.goals import service


@strawberry.input(description="锁定周期 / Keep a cycle's goals, progress or both as they are; at once without `startsAt`.")
class LockGoalsInput:
    cycle_id: strawberry.ID
    covers: service.LockCovers
    reason: str
    unit_id: strawberry.ID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@strawberry.input(description="解除锁定 / End a lock before its time.")
class LiftLockInput:
    lock_id: strawberry.ID
    version: int


@strawberry.input(description="申请剔除 / Ask to take an amount out of a month, for good or into a later month.")
class RequestExclusionInput:
    goal_id: strawberry.ID
    month: date
    amount: Decimal
    reason: str
    moved_to: date | None = None


@strawberry.input(description="审批剔除 / Approve or reject an exclusion, saying why.")
class DecideExclusionInput:
    exclusion_id: strawberry.ID
    version: int
    approve: bool
    note: str


@strawberry.input(description="目标对象 / For whom: all that is given must hold; `numbers` are employee numbers.")
class ForWhomInput:
    unit_id: strawberry.ID | None = None
    grades: list[str] | None = None
    positions: list[str] | None = None
    numbers: list[str] | None = None


@strawberry.input(description="批量生成目标 / Make each goal of a set for each person, once.")
class CreateGoalsFromSetInput:
    version_id: strawberry.ID
    cycle_id: strawberry.ID
    people: ForWhomInput
    parent_id: strawberry.ID | None = None
    propose: bool = True
    bypass: str | None = None


@strawberry.type
class GoalKeepingMutation:
    @mutation(needs=Permission.GOAL_LOCK, description="锁定周期 / Keep a cycle's goals, progress or both as they are.")
    async def lock_goals(self, info: Info, input: LockGoalsInput) -> GoalLock:
        made = await service.lock_goals(
            info.context.caller,
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
            covers=input.covers,
            reason=input.reason,
            unit_id=decode_optional_id(input.unit_id, "OrgUnit", field="unitId"),
            starts_at=input.starts_at,
            ends_at=input.ends_at,
        )
        return row_of(GoalLock, made)

    @mutation(needs=Permission.GOAL_LOCK, description="解除锁定 / End a lock before its time.")
    async def lift_lock(self, info: Info, input: LiftLockInput) -> GoalLock:
        lock_id = decode_id(input.lock_id, "GoalLock", field="lockId")
        return row_of(GoalLock, await service.lift_lock(info.context.caller, lock_id=lock_id, version=input.version))

    @mutation(needs=Permission.CHECK_IN_WRITE, description="申请剔除 / Ask to take a delayed amount out of a month's target.")
    async def request_exclusion(self, info: Info, input: RequestExclusionInput) -> GoalExclusion:
        asked = await service.request_exclusion(
            info.context.caller,
            goal_id=decode_id(input.goal_id, "Goal", field="goalId"),
            month=input.month,
            amount=input.amount,
            reason=input.reason,
            moved_to=input.moved_to,
        )
        return row_of(GoalExclusion, asked)

    @mutation(needs=Permission.GOAL_EXCLUDE, description="审批剔除 / Approve or reject an exclusion.")
    async def decide_exclusion(self, info: Info, input: DecideExclusionInput) -> GoalExclusion:
        decided = await service.decide_exclusion(
            info.context.caller,
            exclusion_id=decode_id(input.exclusion_id, "GoalExclusion", field="exclusionId"),
            version=input.version,
            approve=input.approve,
            note=input.note,
        )
        return row_of(GoalExclusion, decided)

    @mutation(needs=Permission.GOAL_WRITE, description="批量生成目标 / Make each goal of a set for each person that fits, once.")
    async def create_goals_from_set(self, info: Info, input: CreateGoalsFromSetInput) -> GoalsCreated:
        people = input.people
        made = await service.create_goals_from_set(
            info.context.caller,
            version_id=decode_id(input.version_id, "DefinitionVersion", field="versionId"),
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
            people=service.ForWhom(
                unit_id=decode_optional_id(people.unit_id, "OrgUnit", field="people.unitId"),
                grades=people.grades,
                positions=people.positions,
                numbers=people.numbers,
            ),
            parent_id=decode_optional_id(input.parent_id, "Goal", field="parentId"),
            propose=input.propose,
            bypass=input.bypass,
        )
        return created_of(made, info.context.locale)
