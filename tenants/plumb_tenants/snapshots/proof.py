"""Proving a snapshot anew, without trusting anything that PostgreSQL once computed (N6)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.permissions import Permission
from plumb_platform.storage import Storage
from plumb_tenants.snapshots.access import access_snapshot
from plumb_tenants.snapshots.anchoring import broken_anchor
from plumb_tenants.snapshots.bundles import broken_line
from plumb_tenants.snapshots.lines import pages
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.rules import SCHEMA, ContentHash, chain_hash, chain_root
from plumb_tenants.snapshots.sight import goal_is_read

Fault = Literal["ROW", "CONTENT", "HEADER", "CHAIN", "ANCHOR"]


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What the proof found.

    `fault`: ROW (a row's text cannot be read or does not fit its hash, goal and owner, or a row is missing; `ordinal` names it,
    and `goal_id` to whoever reads the goal), CONTENT (the rows do not make the content hash), HEADER (the head does not fit its
    header), CHAIN (`link` is the number of the first snapshot that does not follow from the one before), ANCHOR (a signed
    anchor outside of the database says otherwise; `link` is the number of the snapshot that it speaks of, 0 when the anchor
    itself was changed).
    """

    valid: bool
    rows: int
    fault: Fault | None = None
    ordinal: int | None = None
    goal_id: UUID | None = None
    link: int | None = None


async def verify_snapshot(actor: Actor, snapshot_id: UUID, *, storage: Storage | None = None) -> SnapshotReport:
    """Recompute every hash of a snapshot and every link of the chain up to it, and name the first that does not hold.

    With the file store, hold the chain against its anchors too: they find what was cut off or written anew as a whole.
    """
    snapshot = await access_snapshot(actor, snapshot_id, Permission.SNAPSHOT_READ)
    content, count, blocks = ContentHash(), 0, list[str]()
    async for page in pages(snapshot.id):
        if page.first != count + 1:
            return SnapshotReport(valid=False, rows=count, fault="ROW", ordinal=count + 1)
        place = broken_line(page)
        if place is not None:
            broken, goal_id = page.first + place, page.goal_ids[place] if place < len(page.goal_ids) else None
            named = goal_id if await goal_is_read(actor, goal_id) else None
            return SnapshotReport(valid=False, rows=broken, fault="ROW", ordinal=broken, goal_id=named)
        blocks += [line for line, goal in zip(page.contents, page.goal_ids, strict=True) if goal is None]
        content.add(each.hex() for each in page.hashes)
        count = page.last
    if count < snapshot.goal_count + len(json.loads(snapshot.header).get("blocks", ())):
        return SnapshotReport(valid=False, rows=count, fault="ROW", ordinal=count + 1)
    if content.hexdigest() != snapshot.content_hash:
        return SnapshotReport(valid=False, rows=count, fault="CONTENT")
    if not _head_holds(actor, snapshot, blocks):
        return SnapshotReport(valid=False, rows=count, fault="HEADER")
    link = await _broken_link(actor, snapshot.number)
    if link is not None:
        return SnapshotReport(valid=False, rows=count, fault="CHAIN", link=link)
    anchored = await broken_anchor(actor, storage) if storage else None
    if anchored is not None:
        return SnapshotReport(valid=False, rows=count, fault="ANCHOR", link=anchored.number)
    return SnapshotReport(valid=True, rows=count)


def _head_holds(actor: Actor, snapshot: Snapshot, blocks: Sequence[str]) -> bool:
    """Return whether the head says what its row and the inputs behind the goals say; its name of the company may be old."""
    said = json.loads(snapshot.header)
    facts = {
        "number": snapshot.number,
        "kind": snapshot.kind,
        "period": snapshot.period,
        "taken_at": snapshot.taken_at,
        "goals": snapshot.goal_count,
    }
    if said["schema"] == SCHEMA:
        facts |= {"label": snapshot.label, "blocks": {each["block"]: _state(each) for each in map(json.loads, blocks)}}
        unit = (said.get("unit") or {}).get("id")
        if unit != (str(snapshot.unit_id) if snapshot.unit_id else None):
            return False
    plain = json.loads(canonical_bytes(facts))
    written = canonical_bytes(said).decode() == snapshot.header
    return written and said["company"]["id"] == str(actor.tenant_id) and all(said.get(name) == plain[name] for name in plain)


def _state(block: dict[str, Any]) -> dict[str, Any]:
    return {"state": block["state"], "reason": block["reason"]}


async def _broken_link(actor: Actor, number: int) -> int | None:
    expected = chain_root(actor.tenant_id)
    heads = await Snapshot.filter(number__lte=number).order_by("number")
    for position, head in enumerate(heads, start=1):
        computed = chain_hash(expected, head.header, head.content_hash)
        if head.number != position or head.previous_hash != expected or head.chain_hash != computed:
            return position
        expected = head.chain_hash
    return None
