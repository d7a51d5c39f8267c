"""Columns of a large plan are made beside the event loop: whoever else is served meanwhile does not wait for them (C34)."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from plumb_tenants.decomposition import storage


async def test_others_are_served_while_the_nodes_of_a_large_plan_are_put_into_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    made = storage._joined

    def slowly(piece: storage.Piece) -> storage.Columns:
        time.sleep(0.1)
        return made(piece)

    monkeypatch.setattr(storage, "_joined", slowly)
    pieces: list[storage.Piece] = [[] for _ in range(storage.AHEAD + 2)]
    taken: list[Any] = []
    beside = ThreadPoolExecutor(1)

    async def take() -> None:
        async for columns in storage._made_ahead(beside, pieces):
            taken.extend(columns)

    taking, served = asyncio.create_task(take()), 0
    while not taking.done():
        await asyncio.sleep(0.01)
        served += 1
    await taking
    beside.shutdown()
    assert (len(taken), len(taken[0])) == (storage.AHEAD + 2, 11)
    assert served >= 2 * len(pieces)
