"""A worker that stands still with its jobs in hand (SIGSTOP, a frozen machine) loses none to itself, and doubles none later."""

import asyncio
import os
import signal

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.settings import Settings
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.letters.service import issue_letters
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, make_office, sign
from support.warm_background import WarmBackground

LETTERS = 4
WITHIN_SECONDS = 100
HELD = """select count(*) from outbox where started_at is not null and done_at is null
  and id not in (select id from outbox where done_at is null for update skip locked)"""


async def office_with_letters(settings: Settings) -> Office:
    """Make an office whose LETTERS letters wait for their seal."""
    office = await make_office()
    company, system = office.company, office.company.system
    async with tenant_transaction(system):
        await add_signing_key(system, company_name=company.name, vault=vault_of(settings))
    people = [
        await add_person(company, f"P{n:03}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(LETTERS - 1)
    ]
    await add_goals(company, office.cycle, [(office.unit, each) for each in people])
    async with tenant_transaction(company.hr):
        items = await issue_letters(company.hr, cycle_id=office.cycle, template_version_id=office.template, limit=LETTERS)
    parties = {each.person_id: each for each in [office.employee, *people]}
    for item in items:
        assert item.letter_id is not None
        await sign(parties[item.employee_id], item.letter_id, 1)
        await sign(office.manager, item.letter_id, 2)
    return office


async def count(office: Office, statement: str) -> int:
    async with tenant_transaction(office.company.system):
        found: int = await fetch_value(statement)
    return found


async def stopped_with_jobs_in_hand(office: Office, pid: int) -> None:
    """Stop a worker at a moment at which it holds jobs."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            os.kill(pid, signal.SIGSTOP)
            if await count(office, HELD):
                return
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.02)


async def test_a_worker_that_stands_still_gives_its_jobs_up_and_does_none_of_them_again(
    database: Database, settings: Settings, background: WarmBackground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMB_SILENT_SECONDS", "1")  # of a job six
    # Stopped between preparing a statement and running it, only its transaction's age ends it: this and the silence.
    monkeypatch.setenv("PLUMB_JOB_SECONDS", "8")
    office = await office_with_letters(settings)
    for name in ("valkey", "worker1", "relay"):
        background.start(name)
    await stopped_with_jobs_in_hand(office, background.forked["worker1"])
    background.start("worker2")
    async with asyncio.timeout(WITHIN_SECONDS):
        while await count(office, "select count(*) from letter where state = 'SEALED'") < LETTERS:  # noqa: ASYNC110 - a worker tells nobody here
            await asyncio.sleep(0.25)
    os.kill(background.forked["worker1"], signal.SIGCONT)
    await asyncio.sleep(2)
    assert [background.end(name) for name in ("worker1", "worker2", "relay")] == [0, 0, 0]
    async with tenant_transaction(office.company.system):
        jobs = await fetch("select done_at is not null as done, failed_at from outbox where topic = 'letters.seal'")
        entries = await fetch_value("select count(*) from audit_entry where action = 'letter.seal'")
        keys = {row["file_key"] for row in await fetch("select file_key from letter")}
        chain = await verify_chain(office.company.system)
    assert ([(each["done"], each["failed_at"]) for each in jobs], entries) == ([(True, None)] * LETTERS, LETTERS)
    files = background.folder / "files"
    assert {str(path.relative_to(files)) for path in files.rglob("letters/*.pdf")} == keys
    assert chain.broken_at is None
