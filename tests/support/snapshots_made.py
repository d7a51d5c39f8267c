"""Snapshots of a company with all that belongs to them, and facts from outside as tests report them."""

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import tenant_transaction
from plumb_platform.storage import open_storage
from plumb_tenants.snapshots.anchoring import anchor_snapshot
from plumb_tenants.snapshots.models import Snapshot, SnapshotFile
from plumb_tenants.snapshots.service import NewSignal, SignalKind, record_signals, take_snapshot
from support.companies import VAULT

MINIMAL: dict[str, Any] = {
    "ExportSnapshotInput.format": "JSON",
    "SignalInput.code": "PMI",
    "SignalInput.kind": "MARKET",
    "SignalInput.month": "2026-11",
    "SignalInput.name": "采购经理指数",
    "SignalInput.source": "统计局",
    "SignalInput.value": "50.8",
}
"""Minimal values for what the API requires of snapshots and signals."""


def signal(code: str = "PMI", value: str = "50.8", month: str = "2026-11", **more: Any) -> NewSignal:
    """Return a market signal, or whatever else is asked for."""
    facts: dict[str, Any] = {"kind": SignalKind.MARKET, "name": "采购经理指数", "source": "统计局", "unit_of_measure": "点"}
    return NewSignal(code=code, value=Decimal(value), month=month, **(facts | more))


def forecast(value: str, baseline: str, code: str = "REV", month: str = "2026-11", **more: Any) -> NewSignal:
    """Return a forecast of finance beside its budget."""
    facts: dict[str, Any] = {"name": "营收预测", "source": "财务部", "unit_of_measure": "元", "baseline": Decimal(baseline)}
    return signal(code, value, month, kind=SignalKind.FORECAST, **(facts | more))


async def fill_snapshots(actor: Actor, unit: UUID) -> None:
    """Leave a snapshot with facts from outside, an anchor and a file, and one of a unit."""
    async with tenant_transaction(actor):
        await record_signals(actor, [signal(), forecast("90.00", "100.00", unit_id=unit)])
        taken = await take_snapshot(actor)
        await take_snapshot(actor, unit_id=unit)
    await anchored(actor.tenant_id, taken)


async def anchored(tenant_id: UUID, taken: Snapshot) -> None:
    system = system_actor(tenant_id)
    with TemporaryDirectory() as folder:
        storage = open_storage("", home=Path(folder))
        async with tenant_transaction(system):
            made = await anchor_snapshot(system, taken.id, storage=storage, vault=VAULT)
            await SnapshotFile.create(
                snapshot_id=taken.id, format="JSON", locale="zh-CN", file_key=made.file_key, sha256=made.sha256, size=1
            )
