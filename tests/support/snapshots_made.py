"""Snapshots of a company with all that belongs to them, and facts from outside as tests report them."""

import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.storage import open_storage
from plumb_tenants.snapshots.anchoring import anchor_snapshot
from plumb_tenants.snapshots.lines import pages
from plumb_tenants.snapshots.models import Snapshot, SnapshotFile
from plumb_tenants.snapshots.rules import chain_hash
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


_ROWS = """
insert into snapshot_row (tenant_id, id, snapshot_id, ordinal, goal_id, content, hash)
select $1, gen_random_uuid(), $2, $3 + l.place, l.goal_id, l.content, encode(l.hash, 'hex')
from unnest($4::uuid[], $5::text[], $6::bytea[]) with ordinality as l(goal_id, content, hash, place)
"""


async def taken_in_rows(actor: Actor, taken: Snapshot) -> Snapshot:
    """Chain behind the newest snapshot another of the same lines, kept in rows as all were before there were bundles."""
    number = taken.number + 1
    header = canonical_bytes(json.loads(taken.header) | {"number": number}).decode()
    before = Snapshot(
        number=number,
        header=header,
        content_hash=taken.content_hash,
        previous_hash=taken.chain_hash,
        chain_hash=chain_hash(taken.chain_hash, header, taken.content_hash),
    )
    for name in ("kind", "period", "label", "unit_id", "taken_at", "taken_by", "goal_count"):
        setattr(before, name, getattr(taken, name))
    await before.save(force_create=True)
    async for page in pages(taken.id):
        await execute(_ROWS, actor.tenant_id, before.id, page.first - 1, page.goal_ids, page.contents, page.hashes)
    return before


async def fill_snapshots(actor: Actor, unit: UUID) -> None:
    """Leave a snapshot with facts from outside, an anchor and a file, one of a unit, and one that is kept in rows."""
    async with tenant_transaction(actor):
        await record_signals(actor, [signal(), forecast("90.00", "100.00", unit_id=unit)])
        taken = await take_snapshot(actor)
        await taken_in_rows(actor, await take_snapshot(actor, unit_id=unit))
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
