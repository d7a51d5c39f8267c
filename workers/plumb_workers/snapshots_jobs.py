"""Jobs of snapshots: the picture of a month."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_tenants.snapshots.service import SNAPSHOT_TOPIC, take_snapshot
from plumb_workers.jobs import Tools, job


@job(SNAPSHOT_TOPIC, timeout=300)
async def take_monthly(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Take the snapshot of a month; taken already, it is only named again."""
    snapshot = await take_snapshot(actor, kind="MONTHLY", period=payload["period"])
    return {"snapshot_id": str(snapshot.id), "number": snapshot.number, "chain_hash": snapshot.chain_hash}
