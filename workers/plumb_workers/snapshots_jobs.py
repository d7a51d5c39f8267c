"""Jobs of snapshots: the picture of a month, the signed anchor of every picture, files made of pictures."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.snapshots.anchoring import TRANSIENT, anchor_snapshot
from plumb_tenants.snapshots.exporting import EXPORT_TOPIC, make_file
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.service import ANCHOR_TOPIC, SNAPSHOT_TOPIC, take_snapshot
from plumb_workers.jobs import Tools, job


@job(SNAPSHOT_TOPIC, timeout=300)
async def take_monthly(actor: Actor, payload: dict[str, Any], _: Tools) -> dict[str, Any]:
    """Take the snapshot of a month; taken already, it is only named again."""
    snapshot = await take_snapshot(actor, kind="MONTHLY", period=payload["period"])
    return {"snapshot_id": str(snapshot.id), "number": snapshot.number, "chain_hash": snapshot.chain_hash}


@job(ANCHOR_TOPIC, timeout=60, transient=TRANSIENT)
async def anchor(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Sign a snapshot's place in the chain and keep it outside of the database."""
    seal = tools.seal
    made = await anchor_snapshot(
        actor, UUID(payload["snapshot_id"]), storage=seal.storage, vault=seal.vault, timestamps=seal.timestamps
    )
    return {"sha256": made.sha256, "serial": made.serial}


@job(EXPORT_TOPIC, timeout=120, transient=TRANSIENT)
async def export(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Make a file of a snapshot and keep it."""
    made = await make_file(
        actor,
        UUID(payload["snapshot_id"]),
        form=SnapshotFormat(payload["format"]),
        locale=payload["locale"],
        storage=tools.seal.storage,
        renderer=tools.seal.renderer,
    )
    return {"sha256": made.sha256, "size": made.size}
