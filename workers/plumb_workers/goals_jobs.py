"""Jobs of goals: progress that follows what was observed, and alerts that are more than are told of at once."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_tenants.goals.service import WATCH_TOPIC, follow_metrics, watch_progress
from plumb_tenants.metrics.service import FOLLOW_TOPIC, has_younger
from plumb_workers.jobs import Tools, job


@job(FOLLOW_TOPIC, timeout=300)
async def follow(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Count the goals that follow some metrics anew, unless a job that comes after will."""
    if await has_younger(payload):
        return {"goals": 0, "left": True}
    return {"goals": await follow_metrics(actor, payload["metrics"]), "left": False}


@job(WATCH_TOPIC, timeout=300)
async def watch(actor: Actor, _: dict[str, Any], __: Tools) -> dict[str, Any]:
    """Go on with the goals that fell behind."""
    return {"raised": await watch_progress(actor)}
