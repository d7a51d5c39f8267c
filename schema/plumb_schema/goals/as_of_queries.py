"""Queries of goals as they stood on a day (A3)."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import LARGEST_PAGE, check_window
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.goals import service
from plumb_tenants.goals.rules import GoalState


@tenant_type(
    needs=Permission.GOAL_READ,
    description="某日的目标 / A goal with target, weight, owner, unit and state of a day; its title is today's.",
)
class GoalAsOf:
    goal_id: strawberry.ID
    title: str
    state: GoalState = strawberry.field(description="当日状态 / Where it stood by the end of the day.")
    parent_id: strawberry.ID | None
    unit_id: strawberry.ID
    owner_id: strawberry.ID | None
    metric: str
    unit_of_measure: str
    target: Decimal
    baseline: Decimal | None
    weight: Decimal = strawberry.field(description="权重（%） / In percent.")
    number: int = strawberry.field(description="目标版本号 / Which version of the numbers stood then.")
    since: datetime = strawberry.field(description="版本时间 / When that version was made.")
    confirmed_at: datetime | None = strawberry.field(description="确认时间 / Null where its owner had not confirmed it yet.")
    withdrawn_at: datetime | None = strawberry.field(description="撤回时间 / Null where it had not been withdrawn by then.")


@strawberry.type
class GoalAsOfQuery:
    @field(
        needs=Permission.GOAL_READ,
        description="某日的目标 / The goals that stood in a unit or below it by the end of a day, oldest first, behind `skip`.",
    )
    async def goals_as_of(
        self,
        info: Info,
        as_of: date,
        unit_id: strawberry.ID,
        skip: int = 0,
        first: int = LARGEST_PAGE,
    ) -> list[GoalAsOf]:
        check_window(first, skip)
        found = await service.goals_as_of(
            info.context.caller,
            as_of=as_of,
            unit_id=decode_id(unit_id, "OrgUnit", field="unitId"),
            skip=skip,
            limit=first,
        )
        return [_as_of(each) for each in found]


def _as_of(each: service.GoalThen) -> GoalAsOf:
    return GoalAsOf(
        goal_id=encode_id("Goal", each.id),
        title=each.title,
        state=GoalState(each.state),
        parent_id=encode_id("Goal", each.parent_id) if each.parent_id else None,
        unit_id=encode_id("OrgUnit", each.unit_id),
        owner_id=encode_id("Person", each.owner_id) if each.owner_id else None,
        metric=each.metric,
        unit_of_measure=each.unit_of_measure,
        target=each.target,
        baseline=each.baseline,
        weight=each.weight,
        number=each.number,
        since=each.since,
        confirmed_at=each.confirmed_at,
        withdrawn_at=each.withdrawn_at,
    )
