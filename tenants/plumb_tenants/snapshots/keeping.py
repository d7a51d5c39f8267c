"""Keeping the lines of a snapshot: PostgreSQL makes the next bundle's while a thread hashes and deflates the one before."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from plumb_platform.database import Rows, execute
from plumb_platform.ids import uuid7
from plumb_tenants.snapshots.bundles import LINES, Line, pack
from plumb_tenants.snapshots.rules import ContentHash
from plumb_tenants.snapshots.statements import ADD_BUNDLE


class Prepared(NamedTuple):
    """A bundle as its statement takes it, and the hashes of its lines one after the other."""

    hashes: str
    values: tuple[Any, ...]


async def keep_lines(tenant_id: UUID, snapshot_id: UUID, goals: Rows, inputs: Sequence[Line]) -> str:
    """Write the goals' lines and the inputs behind them, LINES at a time, and return the content hash of all of them."""
    content, first = ContentHash(), 1
    packing: asyncio.Future[Prepared] | None = None
    async for lines in _portions(goals, inputs):
        if packing is not None:
            await _keep(tenant_id, snapshot_id, await packing, content)
        packing = asyncio.ensure_future(asyncio.to_thread(_prepared, first, lines))
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


def _prepared(first: int, lines: Sequence[tuple[Any, ...]]) -> Prepared:
    """Hash and deflate lines, and write each array as one text: asyncpg writes a list value by value, while PostgreSQL waits."""
    bundle = pack(first, lines)
    hashes = [each.hex() for each in bundle.hashes]
    arrays = _array(bundle.goal_ids), _array(bundle.owner_ids), _array(rf'"\\x{each}"' for each in hashes)
    return Prepared("".join(hashes), (first, *arrays, bundle.size, bundle.packed, bundle.digest))


def _array(values: Iterable[object]) -> str:
    """Return the text of a PostgreSQL array."""
    return "{" + ",".join("NULL" if each is None else str(each) for each in values) + "}"


async def _keep(tenant_id: UUID, snapshot_id: UUID, prepared: Prepared, content: ContentHash) -> None:
    content.add([prepared.hashes])
    await execute(ADD_BUNDLE, tenant_id, uuid7(), snapshot_id, *prepared.values)
