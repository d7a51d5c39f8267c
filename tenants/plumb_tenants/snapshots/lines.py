"""The lines of a snapshot as it keeps them, a page at a time: bundles, or rows in snapshots of the time before (decision 17)."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from plumb_platform.database import fetch, fetch_one
from plumb_platform.errors import Refused
from plumb_tenants.snapshots.bundles import LINES, Page, broken_line, unpack
from plumb_tenants.snapshots.statements import BUNDLE_AFTER, INPUTS, ROWS_AFTER


class SnapshotDamaged(Refused):
    """What cannot be read is not passed on as if it were whole."""

    code = "SNAPSHOT_DAMAGED"
    zh = "快照第 {ordinal} 行起的存储内容已损坏，无法读取；请用 verifySnapshot 核验，并从备份恢复。"
    en = "What is kept of the snapshot is damaged from line {ordinal} on; ask verifySnapshot, and restore it from a backup."


async def pages(snapshot_id: UUID, ordinals: Collection[int] | None = None) -> AsyncIterator[Page]:
    """Yield a snapshot's lines in order; with `ordinals`, the pages that hold those. What is damaged comes as it is."""
    asked = None if ordinals is None else sorted(ordinals)
    last = 0
    while row := await fetch_one(BUNDLE_AFTER, snapshot_id, last, asked):
        yield unpack(row)
        last = row["first"]
    while rows := await fetch(ROWS_AFTER, snapshot_id, last, asked, LINES):
        for run in _runs(rows):
            yield _page(run)
        last = rows[-1]["ordinal"]


async def readable_pages(snapshot_id: UUID, ordinals: Collection[int] | None = None) -> AsyncIterator[Page]:
    """Yield pages as `pages` does; raises SNAPSHOT_DAMAGED at the first that cannot be read whole."""
    async for page in pages(snapshot_id, ordinals):
        if not page.is_sound:
            raise SnapshotDamaged(field="id", ordinal=page.first + (broken_line(page) or 0))
        yield page


async def contents_at(snapshot_id: UUID, ordinals: Collection[int]) -> dict[int, str]:
    """Return lines by their ordinals; raises SNAPSHOT_DAMAGED."""
    asked, found = set(ordinals), dict[int, str]()
    async for page in readable_pages(snapshot_id, asked):
        found |= {ordinal: text for ordinal, text in enumerate(page.contents, page.first) if ordinal in asked}
    return found


async def input_lines(snapshot_id: UUID) -> list[str]:
    """Return the lines of the three inputs; a snapshot of the first form has none."""
    found = await contents_at(snapshot_id, [row["ordinal"] for row in await fetch(INPUTS, snapshot_id)])
    return [found[ordinal] for ordinal in sorted(found)]


def _runs(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Divide rows where one is missing between them."""
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or rows[place]["ordinal"] != rows[place - 1]["ordinal"] + 1:
            yield rows[start:place]
            start = place


def _page(rows: Sequence[dict[str, Any]]) -> Page:
    return Page(
        first=rows[0]["ordinal"],
        goal_ids=[row["goal_id"] for row in rows],
        owner_ids=None,
        hashes=[_digest(row["hash"]) for row in rows],
        contents=[row["content"] for row in rows],
    )


def _digest(text: str) -> bytes:
    """Return the bytes of a hash, none of one that was overwritten with something else."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
