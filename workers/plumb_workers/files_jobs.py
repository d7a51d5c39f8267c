"""Jobs of files: what people brought is scanned again under the newest signatures, what was left half-written is swept."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.scanning import ScannerUnavailable
from plumb_platform.storage import StorageUnavailable
from plumb_tenants.files.service import RESCAN_TOPIC, SWEEP_TOPIC, rescan, sweep
from plumb_workers.jobs import Tools, job


@job(RESCAN_TOPIC, timeout=300, transient=(ScannerUnavailable, StorageUnavailable))
async def scan_again(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:
    """Scan the next stored files of a company; how many is the job's result."""
    scanned = await rescan(actor, tools.seal.storage, tools.scanner, day=payload["day"], part=payload["part"])
    return {"scanned": scanned}


@job(SWEEP_TOPIC, timeout=300, transient=(StorageUnavailable,))
async def sweep_files(actor: Actor, payload: dict[str, Any], tools: Tools) -> dict[str, Any]:  # noqa: ARG001 - jobs take their payload
    """Delete what killed processes left in a company's folder; how many is the job's result."""
    return {"swept": await sweep(actor, tools.seal.storage)}
