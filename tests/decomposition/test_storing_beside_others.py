"""Columns of a large plan are made beside the event loop: whoever else is served meanwhile does not wait for them (C34)."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from plumb_tenants.decomposition import storage


async def test_others_are_served_while_the_nodes_of_a_large_plan_are_put_into_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    made, served = storage._joined, threading.Semaphore(0)

    def slowly(piece: storage.Piece) -> storage.Columns:
        # Made where others are served, nobody would be, and it would wait in vain.
        assert all(served.acquire(timeout=120) for _ in range(2))
        return made(piece)

    monkeypatch.setattr(storage, "_joined", slowly)
    pieces: list[storage.Piece] = [[] for _ in range(storage.AHEAD + 2)]
    taken: list[Any] = []
    beside = ThreadPoolExecutor(1)

    async def take() -> None:
        taken.extend([columns async for columns in storage._made_ahead(beside, pieces)])

    taking = asyncio.create_task(take())
    while not taking.done():
        await asyncio.sleep(0.01)
        served.release()
    await taking
    beside.shutdown()
    assert [len(columns) for columns in taken] == [1, storage.AHEAD, 1], "the first alone, so that PostgreSQL need not wait"
    assert all(len(each) == 9 for columns in taken for each in columns)


def test_amounts_below_zero_are_written_as_decimals_write_them() -> None:
    cents = [0, 5, 100, 12345, -1, -99, -100, -12345, 10**20 + 7, -(10**20) - 7]
    assert storage._amounts(cents) == [f"{Decimal(each).scaleb(-2):f}" for each in cents]
