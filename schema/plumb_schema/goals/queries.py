"""Queries of goals, cycles, check-ins and progress."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.types import (
    CheckIn,
    Cycle,
    Goal,
    GoalAlert,
    GoalExclusion,
    GoalLinks,
    GoalLock,
    GoalProgress,
    Priority,
    links_of,
    progress_of,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.goals import service


@strawberry.type
class GoalQuery:
    cycles = connection(Cycle, description="周期列表 / The company's cycles, oldest first.")
    goals = connection(Goal, description="目标列表 / The goals that the caller may read, oldest first.")
    goal = single(Goal, description="目标 / One goal.")
    check_ins = connection(CheckIn, description="进度更新列表 / The check-ins that the caller may read, newest day first.")

    goal_locks = connection(GoalLock, description="目标锁定列表 / The locks of cycles, the latest first.")
    goal_alerts = connection(GoalAlert, description="进度预警列表 / The alerts that the caller may read, the newest first.")
    goal_exclusions = connection(GoalExclusion, description="目标剔除列表 / The exclusions that the caller may read.")
    priorities = connection(Priority, description="公司优先目标 / The goals that come first in the company, at most three.")

    @field(needs=Permission.GOAL_READ, description="跨部门关联 / The links out of and into a unit and those below it.")
    async def goal_links(self, info: Info, unit_id: strawberry.ID, kind: service.LinkKind | None = None) -> GoalLinks:
        unit = decode_id(unit_id, "OrgUnit", field="unitId")
        return links_of(await service.link_view(info.context.caller, unit_id=unit, kind=kind))

    @field(
        needs=Permission.GOAL_READ,
        description="目标进度，依所给次序 / "
        "Where up to 100 goals stand, today or by the end of a day, and where they should; in the order given.",
    )
    async def goal_progress(self, info: Info, goal_ids: list[strawberry.ID], at: date | None = None) -> list[GoalProgress]:
        ids = [decode_id(each, "Goal", field=f"goalIds[{place}]") for place, each in enumerate(goal_ids)]
        found = await service.progress_report(info.context.caller, ids, at=at)
        return [progress_of(goal_id, progress) for goal_id, progress in found.items()]
