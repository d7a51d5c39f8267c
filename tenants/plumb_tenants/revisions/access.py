"""The only way to a revision: its owner by OWN, others as far as their reach over its unit."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.revisions.models import Revision
from plumb_tenants.revisions.resources import REVISION

_REACHED = "select true from revision r where r.id = $1 and "


async def access_revision(actor: Actor, revision_id: UUID) -> Revision:
    """Return a revision that the actor may read; unknown, foreign and unreachable ids raise the same NotFound."""
    condition, values = await sql_scope(actor, Permission.REVISION_READ, REVISION, alias="r", first=2)
    if not await fetch_value(_REACHED + condition, revision_id, *values):
        raise NotFound(field="revisionId")
    return await Revision.get(id=revision_id)
