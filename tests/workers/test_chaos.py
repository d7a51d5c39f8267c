"""Sixty letters (`make chaos`: a thousand) while worker, relay and Valkey are killed: none lost, none doubled (N5).

Before the first fault two thirds of them wait, and one letter of another company behind them has its turn (A59).
"""

import asyncio
import os
import random
import signal
from uuid import UUID

import pytest

from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_platform.queue.relay import RelayLimits
from plumb_platform.settings import Settings
from support.background import Background
from support.letters_made import Office
from support.many_letters import assert_each_sealed_once, drained, issue_all, office_with_key, office_with_people, sign_all

LETTERS = int(os.environ.get("PLUMB_CHAOS_LETTERS", "60"))
WAITING = LETTERS * 2 // 3
FAULT_EVERY_SECONDS = 0.9
ROUND = ["worker1", "flush", "relay", "valkey", "worker2", "relay", "flush", "worker1", "valkey", "worker2", "flush", "relay"]
FAULTS = ROUND * max(1, LETTERS // 200)
DRAINED_WITHIN_SECONDS = 150 * max(1, LETTERS // 200)


async def break_things(background: Background) -> None:
    """Kill and flush, in the order of FAULTS, at uneven times."""
    chance = random.Random(11)
    for fault in FAULTS:
        await asyncio.sleep(FAULT_EVERY_SECONDS * chance.uniform(0.5, 1.5))
        await asyncio.to_thread(background.flush if fault == "flush" else lambda: background.kill(fault))  # noqa: B023 - run at once


async def sealed_before(office: Office, other: Office, letter_id: UUID) -> int:
    """Wait until another company's letter is sealed, and return how many of the office's were sealed before it."""
    sealed_at = None
    async with asyncio.timeout(DRAINED_WITHIN_SECONDS):
        while sealed_at is None:
            await asyncio.sleep(0.1)
            async with tenant_transaction(other.company.system):
                sealed_at = await fetch_value("select sealed_at from letter where id = $1", letter_id)
    async with tenant_transaction(office.company.system):
        count: int = await fetch_value("select count(*) from letter where sealed_at < $1", sealed_at)
    return count


@pytest.mark.timeout(240 * max(1, LETTERS // 200))
async def test_letters_survive_a_fault_every_second_and_delay_no_other_companys(
    database: Database, settings: Settings, background: Background
) -> None:
    (office, people), neighbour = await office_with_people(settings, LETTERS), await office_with_key(settings)
    for name in ("valkey", "worker1", "worker2"):
        background.start(name)
    items = await issue_all(office, LETTERS)
    took = await sign_all(office, people, items[:WAITING])
    single = await neighbour.signed()
    background.start("relay")
    assert await sealed_before(office, neighbour, single.id) <= RelayLimits().per_company < WAITING
    more, _ = await asyncio.gather(sign_all(office, people, items[WAITING:]), break_things(background))
    took += more
    await drained(office, LETTERS, DRAINED_WITHIN_SECONDS)
    assert len(took) == LETTERS
    assert background.kills == len(FAULTS)
    files = background.folder / "files"
    await assert_each_sealed_once(office, LETTERS, files)
    assert len(list(files.rglob("letters/*.pdf"))) == LETTERS + 1
    assert [background.end(name, signal.SIGTERM) for name in ("worker1", "worker2", "relay")] == [0, 0, 0]
