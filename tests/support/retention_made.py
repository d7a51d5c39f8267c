"""Retention for tests: rules of a company, holds, and a run with what it destroyed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.letters.models import Letter
from plumb_tenants.retention.models import RetentionItem, RetentionPrint, RetentionRun
from plumb_tenants.retention.service import HoldScope, confirm_erasure, place_hold, request_erasure, start_due, work_on_run
from support.companies import VAULT, CompanyFixture, add_person, add_unit, member
from support.letters_made import Office
from support.metrics_made import publish_body


async def publish_rules(actor: Actor, *rules: tuple[str, str, int], second_person: bool = True) -> UUID:
    """Publish rules of retention: category, action, months."""
    said: list[dict[str, Any]] = [{"category": c, "action": a, "months": m} for c, a, m in rules]
    return await publish_body(actor, "retention", "default", {"rules": said, "second_person": second_person})


async def hold(actor: Actor, scope: HoldScope, object_id: UUID | None = None) -> UUID:
    """Place a hold in a transaction of its own."""
    async with tenant_transaction(actor):
        return await place_hold(actor, scope=scope, object_id=object_id, reason="仲裁 2026-17")


async def left(company: CompanyFixture, person: Actor, day: date) -> None:
    """Let somebody have left on a day, as the placements tell."""
    async with tenant_transaction(company.system):
        await execute("update person set active = false where id = $1", person.person_id)
        await execute("update membership set active = false where person_id = $1", person.person_id)
        await execute(
            "insert into person_placement (tenant_id, id, created_at, person_id, unit_id, grade, position, starts_on, ends_on) "
            "select tenant_id, gen_random_uuid(), now(), id, unit_id, grade, position, $2, $3 from person where id = $1",
            person.person_id,
            day - timedelta(days=300),
            day,
        )


async def fill_retention(admin: Actor, person: UUID, letter: UUID, cycle: UUID) -> None:
    """Leave a hold of each scope, a request for a person, and a run that destroyed one message."""
    await hold(admin, HoldScope.CYCLE, cycle)
    await hold(admin, HoldScope.LETTER, letter)
    await hold(admin, HoldScope.PERSON, person)
    await hold(admin, HoldScope.COMPANY)
    async with tenant_transaction(admin):
        await RetentionRun.create(kind="ERASURE", state="REQUESTED", person_id=person, said={})
        run = await RetentionRun.create(kind="DUE", state="CONFIRMED", said={})
        await RetentionPrint.create(run_id=run.id, locale="en", file_key="-", sha256="0" * 64, size=1)
        await RetentionItem.create(
            run_id=run.id, category="MESSAGE", object_type="Message", object_id=run.id, outcome="PENDING", destroyed_at=now()
        )


async def erased_leaver(settings: Settings, company: CompanyFixture) -> UUID:
    """Erase a leaver of a company to the end, and return the run."""
    person = await add_person(company, "E1", "张伟", unit=await add_unit(company, "HN", "华南"))
    assert person.person_id is not None
    await left(company, person, date(2020, 6, 30))
    async with tenant_transaction(company.admin):
        run_id = await request_erasure(company.admin, person_id=person.person_id, reason="本人申请")
    second = await member(company.tenant_id, "company_admin")
    async with tenant_transaction(second):
        await confirm_erasure(second, run_id=run_id, version=1)
    storage = open_storage(settings.storage_url, home=settings.home)
    state = ""
    while state != "DONE":
        async with tenant_transaction(company.system):
            state = (await work_on_run(company.system, run_id, storage=storage, vault=VAULT)).state
    return run_id


@dataclass
class Ended:
    """An office with a sealed letter of an employee who left, and the store of its file."""

    office: Office
    letter: Letter
    storage: Storage

    async def step(self, run_id: UUID) -> RetentionRun:
        """Do one step of a run, as the worker does."""
        system = self.office.company.system
        async with tenant_transaction(system):
            return await work_on_run(system, run_id, storage=self.storage, vault=VAULT)

    async def to_the_end(self, run_id: UUID) -> RetentionRun:
        """Do all steps of a run."""
        while True:
            run = await self.step(run_id)
            if run.state != "CONFIRMED":
                return run

    async def start(self) -> UUID | None:
        """Start what is due by the rules, and return the run."""
        system = self.office.company.system
        async with tenant_transaction(system):
            run = await start_due(system)
        return run.id if run else None

    async def erase(self, person: Actor | None = None) -> UUID:
        """Ask for the employee's erasure, and have a second admin confirm it; return the run."""
        admin, person_id = self.office.company.admin, (person or self.office.employee).person_id
        assert person_id is not None
        async with tenant_transaction(admin):
            run_id = await request_erasure(admin, person_id=person_id, reason="本人申请")
        second = await member(self.office.company.tenant_id, "company_admin")
        async with tenant_transaction(second):
            return await confirm_erasure(second, run_id=run_id, version=1)

    async def row(self) -> dict[str, Any]:
        """Return the letter's row as it stands."""
        async with tenant_transaction(self.office.company.system):
            (row,) = await fetch("select * from letter where id = $1", self.letter.id)
        return row
