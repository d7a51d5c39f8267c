"""The only way to a snapshot: it shows the whole company, so that the permission alone decides."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission, Scope, require
from plumb_tenants.snapshots.models import Snapshot


async def access_snapshot(actor: Actor, snapshot_id: UUID, permission: Permission) -> Snapshot:
    """Return the snapshot when the permission reaches the company; raises NotFound for any other id."""
    snapshot = await Snapshot.get_or_none(id=snapshot_id)
    if snapshot is None or await require(actor, permission) is not Scope.COMPANY:
        raise NotFound(field="id")
    return snapshot
