"""Jobs of decomposition: the levels of a run, one job each."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.decomposition.service import LEVEL_TOPIC, tell_of_failed_level, work_on_level
from plumb_workers.jobs import Tools, job


@job(LEVEL_TOPIC, timeout=300, failed=tell_of_failed_level)
async def split_level(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any] | None:
    """Split one level of a run; the job of the next one is written with it."""
    run = await work_on_level(actor, run_id=UUID(payload["run_id"]), version=payload["version"])
    if run is None:
        return None
    return {"run_id": str(run.id), "levels_done": run.levels_done, "levels": run.levels, "state": run.state}
