"""The audit pages of a run: asked for by its last seal, so that its archive is complete by itself (A28, A29)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_tenants.letters.closing import cancel_letter
from plumb_tenants.letters.models import Letter, LetterRun
from plumb_tenants.letters.run_audits import RUN_AUDITS_TOPIC, make_run_audits, requeue_run_audits
from plumb_tenants.letters.runs import start_letter_run, work_on_run
from plumb_tenants.letters.service import SealTools, seal_letter
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, sign


class Run:
    """A run over three people, whose letters are signed by all."""

    def __init__(self, office: Office, run: LetterRun, letters: list[UUID], tools: SealTools) -> None:
        self.office, self.run, self.letters, self.tools = office, run, letters, tools
        self.system = office.company.system

    async def seal(self, place: int) -> None:
        async with tenant_transaction(self.system):
            await seal_letter(self.system, self.letters[place], self.tools)

    async def do(self, act: Any, *given: Any) -> Any:
        async with tenant_transaction(self.system):
            return await act(self.system, *given)

    async def jobs(self) -> tuple[int, list[UUID]]:
        """Return how many jobs ask for the run's pages, and of which letters a job makes the page."""
        async with tenant_transaction(self.system):
            asked = await fetch("select payload ->> 'run_id' as id from outbox where topic = $1", RUN_AUDITS_TOPIC)
            pages = await fetch("select payload ->> 'letter_id' as id from outbox where payload ->> 'kind' = 'AUDIT' order by 1")
        assert {row["id"] for row in asked} <= {str(self.run.id)}
        return len(asked), [UUID(row["id"]) for row in pages]


@pytest.fixture
async def run(office: Office, tools: SealTools) -> Run:
    company = office.company
    people = [await add_person(company, f"P{n}", f"员工{n}", unit=office.unit, manager=office.manager) for n in range(2)]
    await add_goals(company, office.cycle, [(office.unit, each) for each in people])
    owners: dict[UUID | None, Actor] = {each.person_id: each for each in (office.employee, *people)}
    async with tenant_transaction(company.hr):
        made = await start_letter_run(company.hr, cycle_id=office.cycle, template_version_id=office.template)
    async with tenant_transaction(company.system):
        await work_on_run(company.system, made.id)
        rows = await Letter.all().order_by("number")
    for row in rows[:2]:
        await sign(owners[row.employee_id], row.id, 1)
        await sign(office.manager, row.id, 2)
    await sign(owners[rows[2].employee_id], rows[2].id, 1)
    return Run(office, made, [row.id for row in rows], tools)


async def test_while_a_letter_is_waited_for_no_page_is_asked_for_and_the_last_seal_asks_for_all_once(run: Run) -> None:
    for place in range(2):
        await run.seal(place)
    assert (await run.jobs(), await run.do(requeue_run_audits)) == ((0, []), 0)
    await sign(run.office.manager, run.letters[2], 2)
    assert await run.do(requeue_run_audits) == 0
    for _ in range(2):
        await run.seal(2)
    assert await run.jobs() == (1, [])
    assert [await run.do(make_run_audits, run.run.id) for _ in range(2)] == [3, 3]
    assert await run.jobs() == (1, sorted(run.letters))


async def test_a_run_that_ends_otherwise_or_by_two_seals_at_once_is_found_by_the_timer(run: Run) -> None:
    await asyncio.gather(run.seal(0), run.seal(1))
    hr = run.office.company.hr
    async with tenant_transaction(hr):
        await cancel_letter(hr, letter_id=run.letters[2], version=2, reason="岗位调整")
    assert await run.jobs() == (0, [])
    assert [await run.do(requeue_run_audits) for _ in range(2)] == [1, 0]
    assert await run.jobs() == (0, sorted(run.letters[:2]))
    async with tenant_transaction(run.system):
        await execute("update outbox set failed_at = now() - interval '2 hours' where payload ->> 'kind' = 'AUDIT'")
    assert [await run.do(requeue_run_audits) for _ in range(2)] == [1, 0]
