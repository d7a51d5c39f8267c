"""Jobs of retention: one step of a run, and its report on paper."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.documents.key_vault import TokenUnavailable
from plumb_platform.storage import StorageUnavailable
from plumb_tenants.letters.sealing import TRANSIENT
from plumb_tenants.retention.service import PRINT_TOPIC, RUN_TOPIC, print_reports, work_on_run
from plumb_workers.jobs import Tools, job


@job(RUN_TOPIC, timeout=300, transient=(StorageUnavailable, TokenUnavailable))
async def step(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Destroy the next batch of a run, or sign its report."""
    run = await work_on_run(actor, UUID(payload["run_id"]), storage=tools.seal.storage, vault=tools.seal.vault)
    return {"run_id": str(run.id), "state": run.state, "step": run.step}


@job(PRINT_TOPIC, timeout=120, transient=TRANSIENT)
async def print_report(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Set and seal the report of a run in each language."""
    seal = tools.seal
    made = await print_reports(actor, UUID(payload["run_id"]), renderer=seal.renderer, storage=seal.storage, vault=seal.vault)
    return {"run_id": payload["run_id"], "made": made}
