"""Jobs of forms: one batch of a dry run."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.forms.service import DRY_RUN_TOPIC, run_batch
from plumb_workers.jobs import Tools, job


@job(DRY_RUN_TOPIC, timeout=120)
async def dry_run(actor: Actor, payload: dict[str, Any], _tools: Tools) -> dict[str, Any]:
    """Replay one batch of past submissions; how many is the job's result."""
    after = UUID(payload["after"]) if payload["after"] else None
    checked = await run_batch(
        actor, run_id=UUID(payload["run_id"]), place=payload["place"], after=after, until=UUID(payload["until"])
    )
    return {"run_id": payload["run_id"], "checked": checked}
