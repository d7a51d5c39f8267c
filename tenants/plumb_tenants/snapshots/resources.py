"""What stands behind the head of a snapshot, as people see it."""

from enum import StrEnum

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, enumerated, instant, integer, register, text


class SnapshotKind(StrEnum):
    """On demand, or the monthly one."""

    ON_DEMAND = "ON_DEMAND"
    MONTHLY = "MONTHLY"


SNAPSHOT = register(
    Resource(
        type_name="Snapshot",
        doc="目标快照 / All goals as they stood; chained by hash, never changed.",
        table="snapshot",
        read=Permission.SNAPSHOT_READ,
        reads=("snapshot",),
        order=("-number",),
        columns=(
            integer("number", core=True),
            enumerated("kind", SnapshotKind, core=True),
            text("period"),
            instant("taken_at", core=True),
            integer("goal_count", core=True),
            text("content_hash", core=True),
            text("previous_hash", core=True),
            text("chain_hash", core=True),
        ),
    )
)
