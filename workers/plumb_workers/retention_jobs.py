"""Jobs of retention: one step of a run."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.documents.key_vault import TokenUnavailable
from plumb_platform.storage import StorageUnavailable
from plumb_tenants.retention.service import RUN_TOPIC, work_on_run
from plumb_workers.jobs import Tools, job


@job(RUN_TOPIC, timeout=300, transient=(StorageUnavailable, TokenUnavailable))
async def step(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Destroy the next batch of a run, or sign its report."""
    run = await work_on_run(actor, UUID(payload["run_id"]), storage=tools.seal.storage, vault=tools.seal.vault)
    return {"run_id": str(run.id), "state": run.state, "step": run.step}
