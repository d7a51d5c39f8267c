"""GraphQL types of snapshots, their proof and their differences."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Context
from plumb_schema.ground.ids import Node, encode_id, readable_node
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.snapshots import proof, service


@strawberry.enum(description="快照类型 / On demand, or the monthly one.")
class SnapshotKind(StrEnum):
    ON_DEMAND = "ON_DEMAND"
    MONTHLY = "MONTHLY"


@strawberry.enum(description="快照缺陷 / What does not hold: a row, the rows together, the head, or a link of the chain.")
class SnapshotFault(StrEnum):
    ROW = "ROW"
    CONTENT = "CONTENT"
    HEADER = "HEADER"
    CHAIN = "CHAIN"


@strawberry.enum(description="变化类型 / How a goal differs between two snapshots.")
class GoalChangeKind(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@tenant_type(needs=Permission.SNAPSHOT_READ, description="目标快照 / All goals as they stood; chained by hash, never changed.")
class Snapshot(Node):
    number: int
    kind: SnapshotKind
    period: str | None
    taken_at: datetime
    goal_count: int
    content_hash: str
    previous_hash: str
    chain_hash: str


@tenant_type(needs=Permission.SNAPSHOT_READ, description="快照校验 / What recomputing every hash and link found.")
class SnapshotReport:
    valid: bool
    rows: int
    fault: SnapshotFault | None
    ordinal: int | None = strawberry.field(description="首个错误行 / The first row that does not hold.")
    goal_id: strawberry.ID | None
    link: int | None = strawberry.field(description="断链快照编号 / The first snapshot that does not follow from the one before.")


@tenant_type(needs=Permission.SNAPSHOT_READ, description="字段变化 / One value before and after, as canonical JSON.")
class SnapshotFieldChange:
    field: str
    old: str
    new: str


@tenant_type(needs=Permission.SNAPSHOT_READ, description="目标变化 / One goal that two snapshots hold differently.")
class SnapshotGoalChange:
    kind: GoalChangeKind
    goal_id: strawberry.ID
    title: str
    fields: list[SnapshotFieldChange]


@tenant_type(needs=Permission.SNAPSHOT_READ, description="快照差异 / All differences counted, the first of them shown.")
class SnapshotDiff:
    added: int
    removed: int
    changed: int
    changes: list[SnapshotGoalChange]


def snapshot_of(row: service.Snapshot) -> Snapshot:
    """Return the GraphQL object of a snapshot's head."""
    return Snapshot(
        uuid=row.id,
        number=row.number,
        kind=SnapshotKind(row.kind),
        period=row.period,
        taken_at=row.taken_at,
        goal_count=row.goal_count,
        content_hash=row.content_hash,
        previous_hash=row.previous_hash,
        chain_hash=row.chain_hash,
    )


def report_of(found: proof.SnapshotReport) -> SnapshotReport:
    """Return the GraphQL object of a proof."""
    return SnapshotReport(
        valid=found.valid,
        rows=found.rows,
        fault=SnapshotFault(found.fault) if found.fault else None,
        ordinal=found.ordinal,
        goal_id=encode_id("Goal", found.goal_id) if found.goal_id else None,
        link=found.link,
    )


def diff_of(found: proof.SnapshotDiff) -> SnapshotDiff:
    """Return the GraphQL object of a difference."""
    return SnapshotDiff(
        added=found.added, removed=found.removed, changed=found.changed, changes=[_change(each) for each in found.changes]
    )


def _change(change: proof.GoalChange) -> SnapshotGoalChange:
    fields = [
        SnapshotFieldChange(field=each.field, old=canonical_bytes(each.old).decode(), new=canonical_bytes(each.new).decode())
        for each in change.fields
    ]
    return SnapshotGoalChange(
        kind=GoalChangeKind(change.kind), goal_id=encode_id("Goal", change.goal_id), title=change.title, fields=fields
    )


@readable_node("Snapshot")
async def read_snapshot(context: Context, key: UUID) -> Snapshot | None:
    """Read a snapshot of the caller's company."""
    try:
        return snapshot_of(await service.get_snapshot(context.caller, key))
    except NotFound:
        return None
