"""Keeping the lines of a snapshot: PostgreSQL makes the next bundle's while a thread hashes and deflates the one before."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from plumb_platform.database import Rows, execute
from plumb_platform.ids import uuid7
from plumb_tenants.snapshots.bundles import LINES, Bundle, Line, pack
from plumb_tenants.snapshots.rules import ContentHash
from plumb_tenants.snapshots.statements import ADD_BUNDLE


async def keep_lines(tenant_id: UUID, snapshot_id: UUID, goals: Rows, inputs: Sequence[Line]) -> str:
    """Write the goals' lines and the inputs behind them, LINES at a time, and return the content hash of all of them."""
    content, first = ContentHash(), 1
    packing: asyncio.Future[Bundle] | None = None
    async for lines in _portions(goals, inputs):
        if packing is not None:
            await _keep(tenant_id, snapshot_id, await packing, content)
        packing = asyncio.ensure_future(asyncio.to_thread(pack, first, lines))
        first += len(lines)
    if packing is not None:
        await _keep(tenant_id, snapshot_id, await packing, content)
    return content.hexdigest()


async def _portions(goals: Rows, inputs: Sequence[Line]) -> AsyncIterator[Sequence[tuple[Any, ...]]]:
    while len(taken := await goals.take(LINES)) == LINES:
        yield taken
    rest = [*taken, *inputs]
    for start in range(0, len(rest), LINES):
        yield rest[start : start + LINES]


async def _keep(tenant_id: UUID, snapshot_id: UUID, bundle: Bundle, content: ContentHash) -> None:
    content.add([b"".join(bundle.hashes).hex()])
    kept = (bundle.first, bundle.goal_ids, bundle.owner_ids, bundle.hashes, bundle.size, bundle.packed, bundle.digest)
    await execute(ADD_BUNDLE, tenant_id, uuid7(), snapshot_id, *kept)
