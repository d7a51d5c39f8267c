"""GraphQL types of snapshots, their proof and their differences."""

from enum import StrEnum

import strawberry

from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.snapshots import comparing, proof
from plumb_tenants.snapshots.blocks import Block, BlockState
from plumb_tenants.snapshots.resources import SIGNAL, SNAPSHOT, SnapshotFormat, SnapshotKind

strawberry.enum(SnapshotKind, description="快照类型 / On demand, the monthly one, or before a review.")


@strawberry.enum(description="快照缺陷 / What does not hold: a row, the rows together, the head, a link, an anchor.")
class SnapshotFault(StrEnum):
    ROW = "ROW"
    CONTENT = "CONTENT"
    HEADER = "HEADER"
    CHAIN = "CHAIN"
    ANCHOR = "ANCHOR"


@strawberry.enum(description="变化类型 / How a goal differs between two snapshots.")
class GoalChangeKind(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


strawberry.enum(Block, name="SnapshotInputName", description="输入类别 / An input of a snapshot.")
strawberry.enum(BlockState, name="SnapshotInputState", description="输入状态 / Whether an input is there.")
strawberry.enum(SnapshotFormat, description="快照格式 / What a snapshot can be had as; JSON is the bytes that are hashed.")


@of(SNAPSHOT)
class Snapshot(Node):
    pass


@of(SIGNAL)
class Signal(Node):
    pass


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
    title: str | None
    fields: list[SnapshotFieldChange]


@tenant_type(needs=Permission.SNAPSHOT_READ, description="输入项变化 / A count, signal or forecast before and after.")
class SnapshotItemChange:
    name: str
    old: str = strawberry.field(description="旧值 / As canonical JSON; null where there was none.")
    new: str


@tenant_type(needs=Permission.SNAPSHOT_READ, description="输入变化 / One input that two snapshots hold differently.")
class SnapshotInputChange:
    input: Block
    old_state: BlockState | None
    new_state: BlockState | None
    items: list[SnapshotItemChange]


@tenant_type(needs=Permission.SNAPSHOT_READ, description="快照差异 / What the caller sees differ, counted; the first shown.")
class SnapshotDiff:
    added: int
    removed: int
    changed: int
    changes: list[SnapshotGoalChange]
    inputs: list[SnapshotInputChange]


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


def diff_of(found: comparing.SnapshotDiff) -> SnapshotDiff:
    """Return the GraphQL object of a difference."""
    return SnapshotDiff(
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        changes=[_change(each) for each in found.changes],
        inputs=[_input(each) for each in found.inputs],
    )


def _input(change: comparing.BlockChange) -> SnapshotInputChange:
    return SnapshotInputChange(
        input=change.block,
        old_state=BlockState(change.old_state) if change.old_state else None,
        new_state=BlockState(change.new_state) if change.new_state else None,
        items=[
            SnapshotItemChange(name=each.name, old=canonical_bytes(each.old).decode(), new=canonical_bytes(each.new).decode())
            for each in change.items
        ],
    )


def _change(change: comparing.GoalChange) -> SnapshotGoalChange:
    fields = [
        SnapshotFieldChange(field=each.field, old=canonical_bytes(each.old).decode(), new=canonical_bytes(each.new).decode())
        for each in change.fields
    ]
    return SnapshotGoalChange(
        kind=GoalChangeKind(change.kind), goal_id=encode_id("Goal", change.goal_id), title=change.title, fields=fields
    )
