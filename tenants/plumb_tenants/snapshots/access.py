"""The only way to a snapshot: one of a unit by that unit, one of the company by a grant over it; whole to who sees all of it."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.resources import SNAPSHOT
from plumb_tenants.snapshots.sight import sees_signals, sees_whole


class SnapshotPartlyHidden(Refused):
    """A file is what its hashes are made of, whole or not at all: a part of it would prove nothing (decision 21)."""

    code = "SNAPSHOT_PARTLY_HIDDEN"
    zh = "该快照含有您无权查看的目标、字段或外部信号，因此不能导出或下载；您可见的变化请用 diffSnapshots 查看。"
    en = "The snapshot holds goals, fields or facts that you may not see: you get no file of it; ask diffSnapshots instead."


async def access_snapshot(actor: Actor, snapshot_id: UUID, permission: Permission) -> Snapshot:
    """Return the snapshot when the permission reaches it; raises NotFound for any other id, Forbidden without any grant."""
    condition, values = await sql_scope(actor, permission, SNAPSHOT, alias="s", first=2)
    if not await fetch_value(f"select true from snapshot s where s.id = $1 and {condition}", snapshot_id, *values):
        raise NotFound(field="id")
    return await Snapshot.get(id=snapshot_id)


async def access_whole_snapshot(actor: Actor, snapshot_id: UUID) -> Snapshot:
    """Return a snapshot whose every line the actor sees; raises SnapshotPartlyHidden, and what `access_snapshot` does."""
    snapshot = await access_snapshot(actor, snapshot_id, Permission.SNAPSHOT_READ)
    if not (await sees_signals(actor) and await sees_whole(actor, snapshot.id)):
        raise SnapshotPartlyHidden(field="id")
    return snapshot
