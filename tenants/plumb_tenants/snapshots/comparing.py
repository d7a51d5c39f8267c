"""Comparing two snapshots: what changed of goals and inputs, as far as who asks sees both (N6, decision 21)."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.permissions import Permission
from plumb_tenants.snapshots.access import access_snapshot
from plumb_tenants.snapshots.blocks import Block
from plumb_tenants.snapshots.bundles import LINES
from plumb_tenants.snapshots.lines import contents_at, input_lines
from plumb_tenants.snapshots.rules import FieldChange, changed_fields
from plumb_tenants.snapshots.sight import hidden_fields, seen_lines, sees_every_line, sees_signals, sees_whole
from plumb_tenants.snapshots.statements import DIFFERENCES

CHANGES_SHOWN = 1000
_EVERY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class GoalChange:
    """One goal that two snapshots hold differently; its title is None where it is hidden."""

    kind: Literal["ADDED", "REMOVED", "CHANGED"]
    goal_id: UUID
    title: str | None
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
    """All differences that somebody sees counted, the first CHANGES_SHOWN in `changes`; `hidden` names what is left out."""

    added: int
    removed: int
    changed: int
    changes: tuple[GoalChange, ...]
    inputs: tuple[BlockChange, ...] = ()
    hidden: tuple[str, ...] = ()


async def diff_snapshots(actor: Actor, old_id: UUID, new_id: UUID, *, limit: int = CHANGES_SHOWN) -> SnapshotDiff:
    """Return what changed from one snapshot to another: goals added, removed, and changed with old and new values.

    Goals that the actor does not read and values that are hidden from them are left out, of the counts too. How many goals
    are red in each unit is told to who sees all goals of both snapshots, facts from outside to who reads all of those.
    """
    old = await access_snapshot(actor, old_id, Permission.SNAPSHOT_READ)
    new = await access_snapshot(actor, new_id, Permission.SNAPSHOT_READ)
    found = await _changed_goals(actor, old.id, new.id, limit)
    told = {Block.ACTUALS} if all([await sees_whole(actor, each.id) for each in (old, new)]) else set()
    told |= {Block.MARKET, Block.FORECAST} if await sees_signals(actor) else set()
    inputs = _block_changes(await input_lines(old.id), await input_lines(new.id), told)
    return replace(found, inputs=inputs, hidden=tuple(await hidden_fields(actor)))


async def _changed_goals(actor: Actor, old_id: UUID, new_id: UUID, limit: int) -> SnapshotDiff:
    if await sees_every_line(actor):
        # Every line whose hash differs is a change that they see: the counts need no text.
        rows = await fetch(DIFFERENCES, old_id, new_id, limit)
        total, added, removed = (rows[0][name] for name in ("total", "added", "removed")) if rows else (0, 0, 0)
        return SnapshotDiff(added, removed, total - added - removed, tuple(await _changes(actor, old_id, new_id, rows[:limit])))
    counts, shown = Counter[str](), list[GoalChange]()
    rows = await fetch(DIFFERENCES, old_id, new_id, _EVERY)
    for start in range(0, len(rows), LINES):
        changes = await _changes(actor, old_id, new_id, rows[start : start + LINES])
        counts.update(change.kind for change in changes)
        shown += changes[: limit - len(shown)]
    return SnapshotDiff(counts["ADDED"], counts["REMOVED"], counts["CHANGED"], tuple(shown))


async def _changes(actor: Actor, old_id: UUID, new_id: UUID, rows: Sequence[Mapping[str, Any]]) -> list[GoalChange]:
    """Return what the actor sees of the differences of some rows."""
    was, becomes = [
        await _seen_at(actor, each, {row[side]: row["goal_id"] for row in rows if row[side]})
        for each, side in ((old_id, "old"), (new_id, "new"))
    ]
    found = [_change(row["goal_id"], was.get(row["goal_id"]), becomes.get(row["goal_id"])) for row in rows]
    return [change for change in found if change is not None]


async def _seen_at(actor: Actor, snapshot_id: UUID, goals: Mapping[int, UUID]) -> dict[UUID, dict[str, Any]]:
    texts = await contents_at(snapshot_id, goals.keys())
    seen = await seen_lines(actor, [json.loads(text) for text in texts.values()])
    return {goals[ordinal]: line for ordinal, line in zip(texts, seen, strict=True) if line is not None}


def _change(goal_id: UUID, was: dict[str, Any] | None, becomes: dict[str, Any] | None) -> GoalChange | None:
    """Return the change of one goal, None where nothing of it shows."""
    told = becomes or was
    fields = tuple(changed_fields(was, becomes)) if was and becomes else ()
    if told is None or (was and becomes and not fields):
        return None
    kind: Literal["ADDED", "REMOVED", "CHANGED"] = "CHANGED" if fields else ("ADDED" if becomes else "REMOVED")
    return GoalChange(kind=kind, goal_id=goal_id, title=told.get("title"), fields=fields)


def _block_changes(old: Sequence[str], new: Sequence[str], told: Collection[Block]) -> tuple[BlockChange, ...]:
    """Compare the inputs of two snapshots, those that are not `told` by their states alone; one of the first form has none."""
    before, after = ({each["block"]: each for each in map(json.loads, lines)} for lines in (old, new))
    changes = []
    for block in Block:
        was, becomes = before.get(block.value), after.get(block.value)
        states = was["state"] if was else None, becomes["state"] if becomes else None
        items = _items(was, becomes) if block in told else ()
        if items or states[0] != states[1] or (block in told and was != becomes):
            changes.append(BlockChange(block, *states, items))
    return tuple(changes)


def _items(was: dict[str, Any] | None, becomes: dict[str, Any] | None) -> tuple[ItemChange, ...]:
    old, new = ({_name(item): item for item in (each or {}).get("items", ())} for each in (was, becomes))
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return tuple(ItemChange(name, old.get(name), new.get(name)) for name in changed)


def _name(item: dict[str, Any]) -> str:
    """Name an item by its code and unit; the counts over the whole company have neither."""
    return " ".join(str(item[key]) for key in ("code", "unit_code") if item.get(key))
