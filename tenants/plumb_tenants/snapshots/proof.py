"""Proving a snapshot anew, without trusting anything that PostgreSQL once computed, and comparing two (N6)."""

import json
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_tenants.company.service import get_company
from plumb_tenants.snapshots.access import access_snapshot
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.rules import ContentHash, FieldChange, chain_hash, chain_root, changed_fields, header_text
from plumb_tenants.snapshots.service import row_pages
from plumb_tenants.snapshots.statements import DIFFERENCES

Fault = Literal["ROW", "CONTENT", "HEADER", "CHAIN"]
CHANGES_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What the proof found.

    `fault`: ROW (a row's text does not fit its hash, or a row is missing; `ordinal` and `goal_id` name it), CONTENT (the rows
    do not make the content hash), HEADER (the head does not fit its header), CHAIN (`link` is the number of the first
    snapshot that does not follow from the one before).
    """

    valid: bool
    rows: int
    fault: Fault | None = None
    ordinal: int | None = None
    goal_id: UUID | None = None
    link: int | None = None


@dataclass(frozen=True, slots=True)
class GoalChange:
    """One goal that two snapshots hold differently."""

    kind: Literal["ADDED", "REMOVED", "CHANGED"]
    goal_id: UUID
    title: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """All differences counted, the first CHANGES_SHOWN in `changes`."""

    added: int
    removed: int
    changed: int
    changes: tuple[GoalChange, ...]


async def verify_snapshot(actor: Actor, snapshot_id: UUID) -> SnapshotReport:
    """Recompute every hash of a snapshot and every link of the chain up to it, and name the first that does not hold."""
    snapshot = await access_snapshot(actor, snapshot_id, Permission.SNAPSHOT_READ)
    content, count = ContentHash(), 0
    async for rows in row_pages(snapshot.id):
        for row in rows:
            count += 1
            if row["ordinal"] != count:
                return SnapshotReport(valid=False, rows=count - 1, fault="ROW", ordinal=count)
            if sha256_hex(row["content"].encode()) != row["hash"]:
                return SnapshotReport(valid=False, rows=count, fault="ROW", ordinal=count, goal_id=row["goal_id"])
        content.add(row["hash"] for row in rows)
    if count < snapshot.goal_count:
        return SnapshotReport(valid=False, rows=count, fault="ROW", ordinal=count + 1)
    if content.hexdigest() != snapshot.content_hash:
        return SnapshotReport(valid=False, rows=count, fault="CONTENT")
    if await _header_of(actor, snapshot) != snapshot.header:
        return SnapshotReport(valid=False, rows=count, fault="HEADER")
    link = await _broken_link(actor, snapshot.number)
    return SnapshotReport(valid=link is None, rows=count, fault="CHAIN" if link else None, link=link)


async def diff_snapshots(actor: Actor, old_id: UUID, new_id: UUID, *, limit: int = CHANGES_SHOWN) -> SnapshotDiff:
    """Return what changed from one snapshot to another: goals added, removed, and changed with old and new values."""
    old = await access_snapshot(actor, old_id, Permission.SNAPSHOT_READ)
    new = await access_snapshot(actor, new_id, Permission.SNAPSHOT_READ)
    rows = await fetch(DIFFERENCES, old.id, new.id)
    added = sum(row["old"] is None for row in rows)
    removed = sum(row["new"] is None for row in rows)
    shown = tuple(_change(row) for row in rows[:limit])
    return SnapshotDiff(added=added, removed=removed, changed=len(rows) - added - removed, changes=shown)


def _change(row: dict[str, Any]) -> GoalChange:
    old: dict[str, Any] = json.loads(row["old"]) if row["old"] else {}
    new: dict[str, Any] = json.loads(row["new"]) if row["new"] else {}
    fields = tuple(changed_fields(old, new)) if old and new else ()
    kind: Literal["ADDED", "REMOVED", "CHANGED"] = "CHANGED" if fields else ("ADDED" if new else "REMOVED")
    return GoalChange(kind=kind, goal_id=row["goal_id"], title=(new or old)["title"], fields=fields)


async def _header_of(actor: Actor, snapshot: Snapshot) -> str:
    # The company's name may have changed since: what the header says of it is under the chain hash.
    named = json.loads(snapshot.header).get("company", {})
    company = await get_company(actor)
    return header_text(
        {"id": str(company.id), "key": str(named.get("key")), "name": str(named.get("name"))},
        number=snapshot.number,
        kind=snapshot.kind,
        period=snapshot.period,
        taken_at=snapshot.taken_at,
        goals=snapshot.goal_count,
    )


async def _broken_link(actor: Actor, number: int) -> int | None:
    expected = chain_root(actor.tenant_id)
    heads = await Snapshot.filter(number__lte=number).order_by("number")
    for position, head in enumerate(heads, start=1):
        computed = chain_hash(expected, head.header, head.content_hash)
        if head.number != position or head.previous_hash != expected or head.chain_hash != computed:
            return position
        expected = head.chain_hash
    return None
