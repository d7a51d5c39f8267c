"""Proving a snapshot anew, without trusting anything that PostgreSQL once computed, and comparing two (N6)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.permissions import Permission
from plumb_platform.storage import Storage
from plumb_tenants.snapshots.access import access_snapshot
from plumb_tenants.snapshots.anchoring import broken_anchor
from plumb_tenants.snapshots.blocks import Block
from plumb_tenants.snapshots.bundles import broken_line
from plumb_tenants.snapshots.lines import contents_at, input_lines, pages
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.rules import SCHEMA, ContentHash, FieldChange, chain_hash, chain_root, changed_fields
from plumb_tenants.snapshots.statements import DIFFERENCES

Fault = Literal["ROW", "CONTENT", "HEADER", "CHAIN", "ANCHOR"]
CHANGES_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What the proof found.

    `fault`: ROW (a row's text cannot be read or does not fit its hash, goal and owner, or a row is missing; `ordinal` and
    `goal_id` name it), CONTENT (the rows do not make the content hash), HEADER (the head does not fit its header), CHAIN
    (`link` is the number of the first snapshot that does not follow from the one before), ANCHOR (a signed anchor outside of
    the database says otherwise; `link` is the number of the snapshot that it speaks of, 0 when the anchor itself was changed).
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
class ItemChange:
    """One count, signal or forecast that two snapshots hold differently, by its code and unit."""

    name: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BlockChange:
    """One input that two snapshots hold differently; a state is None where a snapshot has no such input."""

    block: Block
    old_state: str | None
    new_state: str | None
    items: tuple[ItemChange, ...]


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """All differences counted, the first CHANGES_SHOWN in `changes`."""

    added: int
    removed: int
    changed: int
    changes: tuple[GoalChange, ...]
    inputs: tuple[BlockChange, ...] = ()


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
            return SnapshotReport(valid=False, rows=broken, fault="ROW", ordinal=broken, goal_id=goal_id)
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


async def diff_snapshots(actor: Actor, old_id: UUID, new_id: UUID, *, limit: int = CHANGES_SHOWN) -> SnapshotDiff:
    """Return what changed from one snapshot to another: goals added, removed, and changed with old and new values."""
    old = await access_snapshot(actor, old_id, Permission.SNAPSHOT_READ)
    new = await access_snapshot(actor, new_id, Permission.SNAPSHOT_READ)
    rows = await fetch(DIFFERENCES, old.id, new.id, limit)
    total, added, removed = (rows[0][name] for name in ("total", "added", "removed")) if rows else (0, 0, 0)
    shown = rows[:limit]
    was, becomes = [
        await contents_at(each.id, {row[side] for row in shown if row[side]}) for each, side in ((old, "old"), (new, "new"))
    ]
    changes = tuple(_change(row["goal_id"], was.get(row["old"]), becomes.get(row["new"])) for row in shown)
    inputs = _block_changes(await input_lines(old.id), await input_lines(new.id))
    return SnapshotDiff(added=added, removed=removed, changed=total - added - removed, changes=changes, inputs=inputs)


def _change(goal_id: UUID, was: str | None, becomes: str | None) -> GoalChange:
    old: dict[str, Any] = json.loads(was) if was else {}
    new: dict[str, Any] = json.loads(becomes) if becomes else {}
    fields = tuple(changed_fields(old, new)) if old and new else ()
    kind: Literal["ADDED", "REMOVED", "CHANGED"] = "CHANGED" if fields else ("ADDED" if new else "REMOVED")
    return GoalChange(kind=kind, goal_id=goal_id, title=(new or old)["title"], fields=fields)


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


def _block_changes(old: Sequence[str], new: Sequence[str]) -> tuple[BlockChange, ...]:
    """Compare the inputs of two snapshots; one of the first form has none."""
    before, after = ({each["block"]: each for each in map(json.loads, lines)} for lines in (old, new))
    changes = []
    for block in Block:
        was, becomes = before.get(block.value), after.get(block.value)
        if was == becomes:
            continue
        items = _items(was, becomes)
        changes.append(BlockChange(block, was["state"] if was else None, becomes["state"] if becomes else None, items))
    return tuple(changes)


def _items(was: dict[str, Any] | None, becomes: dict[str, Any] | None) -> tuple[ItemChange, ...]:
    old, new = ({_name(item): item for item in (each or {}).get("items", ())} for each in (was, becomes))
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return tuple(ItemChange(name, old.get(name), new.get(name)) for name in changed)


def _name(item: dict[str, Any]) -> str:
    """Name an item by its code and unit; the counts over the whole company have neither."""
    return " ".join(str(item[key]) for key in ("code", "unit_code") if item.get(key))


async def _broken_link(actor: Actor, number: int) -> int | None:
    expected = chain_root(actor.tenant_id)
    heads = await Snapshot.filter(number__lte=number).order_by("number")
    for position, head in enumerate(heads, start=1):
        computed = chain_hash(expected, head.header, head.content_hash)
        if head.number != position or head.previous_hash != expected or head.chain_hash != computed:
            return position
        expected = head.chain_hash
    return None
