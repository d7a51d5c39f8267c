"""Sixty letters (`make chaos`: a thousand) while worker, relay and Valkey are killed: none lost, none doubled (N5).

Before the first fault two thirds of them wait, and one letter of another company behind them has its turn (A59).
"""

import asyncio
import hashlib
import os
import random
import signal
import time
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.queue.relay import RelayLimits
from plumb_platform.settings import Settings
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.letters.service import IssuedItem, issue_letters
from support.background import Background
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, make_office, sign

LETTERS = int(os.environ.get("PLUMB_CHAOS_LETTERS", "60"))
WAITING = LETTERS * 2 // 3
FAULT_EVERY_SECONDS = 0.9
ROUND = ["worker1", "flush", "relay", "valkey", "worker2", "relay", "flush", "worker1", "valkey", "worker2", "flush", "relay"]
FAULTS = ROUND * max(1, LETTERS // 200)
DRAINED_WITHIN_SECONDS = 150 * max(1, LETTERS // 200)


async def office_with_key(settings: Settings) -> Office:
    """Make an office whose seal key the worker can open."""
    office = await make_office()
    system = office.company.system
    async with tenant_transaction(system):
        await add_signing_key(system, company_name=office.company.name, vault=vault_of(settings))
    return office


async def office_with_people(settings: Settings) -> tuple[Office, dict[Any, Any]]:
    """Make such an office with LETTERS people who have confirmed goals."""
    office = await office_with_key(settings)
    company = office.company
    people = [
        await add_person(company, f"P{n:03}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(LETTERS - 1)
    ]
    await add_goals(company, office.cycle, [(office.unit, each) for each in people])
    return office, {each.person_id: each for each in [office.employee, *people]}


async def issue_all(office: Office) -> list[IssuedItem]:
    async with tenant_transaction(office.company.hr):
        return await issue_letters(office.company.hr, cycle_id=office.cycle, template_version_id=office.template, limit=LETTERS)


async def sign_all(office: Office, people: dict[Any, Any], items: list[IssuedItem]) -> list[float]:
    """Sign the letters; return how long each manager's signature took, whatever was killed meanwhile."""
    took = []
    for item in items:
        assert item.letter_id is not None
        await sign(people[item.employee_id], item.letter_id, 1)
        start = time.monotonic()
        await sign(office.manager, item.letter_id, 2)
        took.append(time.monotonic() - start)
    return took


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


async def sealed(office: Office) -> int:
    async with tenant_transaction(office.company.system):
        count: int = await fetch_value("select count(*) from letter where state = 'SEALED'")
    return count


async def drained(office: Office) -> None:
    """Wait until every letter is sealed, DRAINED_WITHIN_SECONDS at most."""
    async with asyncio.timeout(DRAINED_WITHIN_SECONDS):
        while True:
            if await sealed(office) == LETTERS:
                return
            await asyncio.sleep(0.25)


@pytest.mark.timeout(240 * max(1, LETTERS // 200))
async def test_letters_survive_a_fault_every_second_and_delay_no_other_companys(
    database: Database, settings: Settings, background: Background
) -> None:
    (office, people), neighbour = await office_with_people(settings), await office_with_key(settings)
    for name in ("valkey", "worker1", "worker2"):
        background.start(name)
    items = await issue_all(office)
    took = await sign_all(office, people, items[:WAITING])
    single = await neighbour.signed()
    background.start("relay")
    assert await sealed_before(office, neighbour, single.id) <= RelayLimits().per_company < WAITING
    more, _ = await asyncio.gather(sign_all(office, people, items[WAITING:]), break_things(background))
    took += more
    await drained(office)
    assert len(took) == LETTERS
    assert background.kills == len(FAULTS)
    async with tenant_transaction(office.company.system):
        letters = await fetch("select number, state, file_key, file_sha256 from letter")
        jobs = await fetch("select done_at is not null as done, failed_at from outbox where topic = 'letters.seal'")
        entries = await fetch_value("select count(*) from audit_entry where action = 'letter.seal'")
        chain = await verify_chain(office.company.system)
    assert [each["state"] for each in letters] == ["SEALED"] * LETTERS
    assert len({each["number"] for each in letters}) == LETTERS
    assert [(each["done"], each["failed_at"]) for each in jobs] == [(True, None)] * LETTERS
    assert entries == LETTERS
    assert chain.broken_at is None
    files = background.folder / "files"
    stored = {str(path.relative_to(files)) for path in files.rglob("letters/*.pdf")}
    assert {each for each in stored if str(office.company.tenant_id) in each} == {each["file_key"] for each in letters}
    assert len(stored) == LETTERS + 1
    for each in letters:
        assert hashlib.sha256((files / each["file_key"]).read_bytes()).hexdigest() == each["file_sha256"]
    assert [background.end(name, signal.SIGTERM) for name in ("worker1", "worker2", "relay")] == [0, 0, 0]
