"""GraphQL types of goals: the cycle, and the goal with the numbers of its current version."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, encode_id, readable_node
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.people.types import OrgUnit, Person, load_person, load_unit
from plumb_tenants.goals import service

strawberry.enum(service.GoalState, description="目标状态 / Where a goal stands between its author and its owner.")


@tenant_type(needs=Permission.CYCLE_READ, description="周期 / The period that goals are set for; both days belong to it.")
class Cycle(Node):
    code: str
    name: str
    starts_on: date
    ends_on: date


@tenant_type(needs=Permission.GOAL_READ, description="月度分解 / One month's part of a target.")
class MonthlyTarget:
    month: date = strawberry.field(description="该月第一天 / The first day of the month.")
    target: Decimal


@tenant_type(needs=Permission.GOAL_READ, description="目标 / What a person or a unit answers for in a cycle.")
class Goal(Node):
    cycle_id: strawberry.ID
    unit_id: strawberry.ID
    owner_id: strawberry.ID | None
    parent_id: strawberry.ID | None
    title: str
    metric: str
    unit_of_measure: str
    state: service.GoalState
    version: int = strawberry.field(description="乐观锁版本 / What a change must name; it counts changes.")
    number: int = strawberry.field(description="目标版本号 / Counts the versions of the numbers.")
    target: Decimal
    weight: Decimal = strawberry.field(description="权重（%） / In percent.")
    confirmed_at: datetime | None
    row: strawberry.Private[service.GoalRow]

    @field(description="所属周期 / Its cycle.")
    async def cycle(self, info: Info) -> Cycle | None:
        found: service.Cycle | None = await info.context.load("cycles", self.row.cycle_id)
        return cycle_of(found) if found else None

    @field(description="上级目标 / The goal that it is a part of, where the caller may read it.")
    async def parent(self, info: Info) -> "Goal | None":
        found = await info.context.load("goals", self.row.parent_id) if self.row.parent_id else None
        return goal_of(found) if found else None

    @field(description="所属部门 / Its unit.", needs=Permission.UNIT_READ)
    async def unit(self, info: Info) -> OrgUnit | None:
        return await load_unit(info.context, self.row.unit_id)

    @field(description="责任人 / Its owner; null for a goal of a unit.", needs=Permission.PERSON_READ)
    async def owner(self, info: Info) -> Person | None:
        return await load_person(info.context, self.row.owner_id) if self.row.owner_id else None

    @field(description="按月分解 / The even spread over the months of the cycle; it adds up to the target.")
    async def months(self, info: Info) -> list[MonthlyTarget]:
        cycle: service.Cycle = await info.context.load("cycles", self.row.cycle_id)
        months = service.months_of(cycle.starts_on, cycle.ends_on)
        return [MonthlyTarget(month=month, target=part) for month, part in zip(months, self.row.months, strict=True)]


def cycle_of(row: service.Cycle) -> Cycle:
    """Return the GraphQL object of a cycle."""
    return Cycle(uuid=row.id, code=row.code, name=row.name, starts_on=row.starts_on, ends_on=row.ends_on)


def goal_of(row: service.GoalRow) -> Goal:
    """Return the GraphQL object of a goal."""
    return Goal(
        uuid=row.id,
        row=row,
        cycle_id=encode_id("Cycle", row.cycle_id),
        unit_id=encode_id("OrgUnit", row.unit_id),
        owner_id=encode_id("Person", row.owner_id) if row.owner_id else None,
        parent_id=encode_id("Goal", row.parent_id) if row.parent_id else None,
        title=row.title,
        metric=row.metric,
        unit_of_measure=row.unit_of_measure,
        state=service.GoalState(row.state),
        version=row.version,
        number=row.number,
        target=row.target,
        weight=row.weight,
        confirmed_at=row.confirmed_at,
    )


@readable_node("Cycle")
async def read_cycle(context: Context, key: UUID) -> Cycle | None:
    """Read a cycle of the caller's company."""
    found = (await service.cycles_by_id(context.caller, [key])).get(key)
    return cycle_of(found) if found else None


@readable_node("Goal")
async def read_goal(context: Context, key: UUID) -> Goal | None:
    """Read a goal that the caller may read."""
    try:
        return goal_of(await service.get_goal(context.caller, key))
    except NotFound:
        return None
