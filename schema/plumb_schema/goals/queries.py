"""Queries of goals and cycles."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.types import Cycle, Goal, cycle_of, goal_of
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_tenants.goals import service


@strawberry.input(description="目标筛选 / Which goals a list shows; what is absent is left open.")
class GoalFilterInput:
    cycle_id: strawberry.ID | None = None
    unit_id: strawberry.ID | None = None
    owner_id: strawberry.ID | None = None
    parent_id: strawberry.ID | None = None
    state: service.GoalState | None = None

    def opened(self) -> service.GoalFilter:
        """Return the filter of the service; a malformed id is answered as an unknown one."""
        types = {"cycle_id": "Cycle", "unit_id": "OrgUnit", "owner_id": "Person", "parent_id": "Goal"}
        given = {name: getattr(self, name) for name in types}
        ids = {name: decode_id(value, types[name], field=f"where.{name}") for name, value in given.items() if value}
        return service.GoalFilter(**ids, state=self.state)


@strawberry.type
class GoalQuery:
    @field(needs=Permission.CYCLE_READ, description="周期列表 / The company's cycles, oldest first.")
    async def cycles(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Cycle]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.Cycle]:
            return await service.list_cycles(info.context.caller, after=_id(behind), limit=limit)

        return await page(info.context, read, place="cycles", key=lambda row: (row.id,), node=cycle_of, first=first, after=after)

    @field(needs=Permission.GOAL_READ, description="目标列表 / The goals that the caller may read, oldest first.")
    async def goals(
        self, info: Info, where: GoalFilterInput | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Goal]:
        wanted = (where or GoalFilterInput()).opened()

        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.GoalRow]:
            return await service.list_goals(info.context.caller, where=wanted, after=_id(behind), limit=limit)

        return await page(
            info.context, read, place=f"goals:{wanted}", key=lambda row: (row.id,), node=goal_of, first=first, after=after
        )

    @field(needs=Permission.GOAL_READ, description="目标 / One goal.")
    async def goal(self, info: Info, goal_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> Goal:
        return goal_of(await service.get_goal(info.context.caller, decode_id(goal_id, "Goal")))


def _id(behind: tuple[Key, ...] | None) -> UUID | None:
    key = behind[0] if behind else None
    return key if isinstance(key, UUID) else None
