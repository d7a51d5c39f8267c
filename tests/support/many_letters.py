"""Many letters of one company, and the proof that each of them was sealed exactly once."""

import asyncio
import hashlib
import time
from pathlib import Path
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import verify_chain
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.settings import Settings
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.letters.service import IssuedItem, issue_letters
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, make_office, sign


async def office_with_key(settings: Settings) -> Office:
    """Make an office whose seal key the worker can open."""
    office = await make_office()
    system = office.company.system
    async with tenant_transaction(system):
        await add_signing_key(system, company_name=office.company.name, vault=vault_of(settings))
    return office


async def office_with_people(settings: Settings, count: int) -> tuple[Office, dict[UUID | None, Actor]]:
    """Make such an office with `count` people who have confirmed goals."""
    office = await office_with_key(settings)
    company = office.company
    people = [
        await add_person(company, f"P{n:03}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(count - 1)
    ]
    await add_goals(company, office.cycle, [(office.unit, each) for each in people])
    return office, {each.person_id: each for each in [office.employee, *people]}


async def issue_all(office: Office, count: int) -> list[IssuedItem]:
    """Issue the letters of all."""
    async with tenant_transaction(office.company.hr):
        return await issue_letters(office.company.hr, cycle_id=office.cycle, template_version_id=office.template, limit=count)


async def sign_all(office: Office, people: dict[UUID | None, Actor], items: list[IssuedItem]) -> list[float]:
    """Sign the letters; return how long each manager's signature took, whatever was killed meanwhile."""
    took = []
    for item in items:
        assert item.letter_id is not None
        await sign(people[item.employee_id], item.letter_id, 1)
        start = time.monotonic()
        await sign(office.manager, item.letter_id, 2)
        took.append(time.monotonic() - start)
    return took


async def sealed(office: Office) -> int:
    """Return how many letters are sealed."""
    async with tenant_transaction(office.company.system):
        count: int = await fetch_value("select count(*) from letter where state = 'SEALED'")
    return count


async def drained(office: Office, count: int, seconds: float) -> None:
    """Wait until every letter is sealed, `seconds` at most."""
    async with asyncio.timeout(seconds):
        while await sealed(office) < count:  # noqa: ASYNC110 - the workers are other processes
            await asyncio.sleep(0.25)


async def assert_each_sealed_once(office: Office, count: int, files: Path) -> None:
    """Assert of the office's letters, jobs, audit entries and stored files that there is one of each for every letter."""
    async with tenant_transaction(office.company.system):
        letters = await fetch("select number, state, file_key, file_sha256 from letter")
        jobs = await fetch("select done_at is not null as done, failed_at from outbox where topic = 'letters.seal'")
        entries = await fetch_value("select count(*) from audit_entry where action = 'letter.seal'")
        chain = await verify_chain(office.company.system)
    assert [each["state"] for each in letters] == ["SEALED"] * count
    assert len({each["number"] for each in letters}) == count
    assert [(each["done"], each["failed_at"]) for each in jobs] == [(True, None)] * count
    assert entries == count
    assert chain.broken_at is None
    own = files / str(office.company.tenant_id)
    # A process that was killed while it wrote leaves what it wrote under a name that is no letter's.
    assert {str(path.relative_to(files)) for path in own.rglob("letters/*.pdf")} == {each["file_key"] for each in letters}
    for each in letters:
        assert hashlib.sha256((files / each["file_key"]).read_bytes()).hexdigest() == each["file_sha256"]
