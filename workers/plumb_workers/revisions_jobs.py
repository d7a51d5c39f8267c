"""Jobs of revisions: carrying an approved one to the goals below, and telling everybody whom it touches (C73, C74)."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.revisions.service import PROPAGATE_TOPIC, PUBLISH_TOPIC, propagate_revision, publish_revision
from plumb_workers.jobs import Tools, job


@job(PROPAGATE_TOPIC, timeout=120)
async def propagate(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Give the goals below their new versions; a second run finds none that waits."""
    return {"goals": await propagate_revision(actor, UUID(payload["revision_id"]))}


@job(PUBLISH_TOPIC, timeout=120)
async def publish(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Publish a revision; published already, it tells nobody again."""
    return {"people": await publish_revision(actor, UUID(payload["revision_id"]))}
