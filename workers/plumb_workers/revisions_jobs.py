"""Jobs of revisions: telling everybody whom an approved one touches."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.revisions.service import PUBLISH_TOPIC, publish_revision
from plumb_workers.jobs import Tools, job


@job(PUBLISH_TOPIC, timeout=120)
async def publish(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Publish a revision; published already, it tells nobody again."""
    return {"people": await publish_revision(actor, UUID(payload["revision_id"]))}
