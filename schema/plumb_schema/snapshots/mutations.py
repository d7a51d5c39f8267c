"""Mutations of snapshots."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_schema.ground.problems import Problems
from plumb_schema.reads.completion import row_of
from plumb_schema.snapshots.types import Snapshot
from plumb_tenants.snapshots import service

TakeSnapshotResult = Annotated[Snapshot | Problems, strawberry.union("TakeSnapshotResult")]


@strawberry.type
class SnapshotMutation:
    @field(needs=Permission.SNAPSHOT_TAKE, description="生成快照 / Picture all goals of the company as they stand now.")
    async def take_snapshot(self, info: Info) -> TakeSnapshotResult:
        taken = await service.take_snapshot(info.context.caller)
        return row_of(Snapshot, taken.id)
