"""The only way to a snapshot: one of a unit by that unit, one of the whole company by a grant over the company."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.resources import SNAPSHOT


async def access_snapshot(actor: Actor, snapshot_id: UUID, permission: Permission) -> Snapshot:
    """Return the snapshot when the permission reaches it; raises NotFound for any other id, Forbidden without any grant."""
    condition, values = await sql_scope(actor, permission, SNAPSHOT, alias="s", first=2)
    if not await fetch_value(f"select true from snapshot s where s.id = $1 and {condition}", snapshot_id, *values):
        raise NotFound(field="id")
    return await Snapshot.get(id=snapshot_id)
