"""Queries of snapshots: list, proof and difference."""

from typing import Annotated

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_schema.snapshots.types import (
    Signal,
    Snapshot,
    SnapshotDiff,
    SnapshotReport,
    diff_of,
    report_of,
)
from plumb_tenants.snapshots import comparing, proof

SnapshotId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.type
class SnapshotQuery:
    snapshots = connection(Snapshot, description="快照列表 / The company's snapshots, newest first.")
    snapshot = single(Snapshot, description="快照 / One snapshot.")
    signals = connection(Signal, description="外部信号 / Facts from outside, newest month first.")

    @field(
        needs=Permission.SNAPSHOT_READ,
        description="校验快照 / Recompute its hashes and links and ask the anchors.",
    )
    async def verify_snapshot(self, info: Info, snapshot_id: SnapshotId) -> SnapshotReport:
        found = await proof.verify_snapshot(
            info.context.caller, decode_id(snapshot_id, "Snapshot"), storage=info.context.ground.storage
        )
        return report_of(found)

    @field(needs=Permission.SNAPSHOT_READ, description="快照差异 / What changed from one snapshot to another.")
    async def diff_snapshots(self, info: Info, old: strawberry.ID, new: strawberry.ID, first: int = 100) -> SnapshotDiff:
        old_id, new_id = decode_id(old, "Snapshot", field="old"), decode_id(new, "Snapshot", field="new")
        limit = max(0, min(first, comparing.CHANGES_SHOWN))
        found = await comparing.diff_snapshots(info.context.caller, old_id, new_id, limit=limit)
        info.context.hidden.update(dict.fromkeys(found.hidden))
        return diff_of(found)
