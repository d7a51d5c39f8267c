"""The audit chain: written with the change, never rewritten, and a change by force is found (C77)."""

import asyncio
from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from plumb_platform.actor import system_actor
from plumb_platform.audit.service import ChainMissing, record, verify_chain
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.settings import Settings
from support.companies import CompanyFixture, make_company
from support.forced import by_force

pytestmark = pytest.mark.usefixtures("database")


async def chained(entries: int) -> CompanyFixture:
    company = await make_company()
    for n in range(entries):
        async with tenant_transaction(company.admin):
            await record(company.admin, "test.change", "thing", None, before={"n": n}, after={"n": n + 1, "名": "值"})
    return company


async def test_the_product_can_neither_update_nor_delete_an_entry() -> None:
    company = await chained(1)
    for sql in ("update audit_entry set action = 'x'", "delete from audit_entry"):
        with pytest.raises((OperationalError, IntegrityError)):
            async with tenant_transaction(company.admin):
                await execute(sql)


async def test_a_rolled_back_change_leaves_no_entry() -> None:
    company = await chained(0)
    with pytest.raises(RuntimeError):
        async with tenant_transaction(company.admin):
            await record(company.admin, "test.change", "thing", None)
            raise RuntimeError
    async with tenant_transaction(company.auditor):
        assert (await verify_chain(company.auditor)).entries == 4  # the company, its key, its matrix drafted and published


async def test_a_chain_that_grows_while_it_is_walked_is_not_taken_for_broken() -> None:
    company = await chained(20)
    walked, reports = asyncio.Event(), []

    async def write() -> None:
        while not walked.is_set():
            async with tenant_transaction(company.admin):
                await record(company.admin, "test.change", "thing", None)

    writing = asyncio.create_task(write())
    for _ in range(5):
        async with tenant_transaction(company.auditor):
            reports.append(await verify_chain(company.auditor, page=1))
    walked.set()
    await writing
    assert [report.broken_at for report in reports] == [None] * len(reports)
    assert reports[0].entries < reports[-1].entries


async def test_entries_written_at_once_are_numbered_without_gaps() -> None:
    company = await chained(0)

    async def write() -> None:
        async with tenant_transaction(company.admin):
            await record(company.admin, "test.change", "thing", company.tenant_id, after={"名": '"number":7', "数": [1, None]})

    async with tenant_transaction(company.auditor):
        before = (await verify_chain(company.auditor)).entries
    await asyncio.gather(*(write() for _ in range(30)))
    async with tenant_transaction(company.auditor):
        report = await verify_chain(company.auditor)
    assert (report.entries, report.broken_at) == (before + 30, None)


async def test_a_company_without_a_chain_records_nothing() -> None:
    actor = system_actor(uuid4())
    with pytest.raises(ChainMissing):
        async with tenant_transaction(actor):
            await record(actor, "test.change", "thing", None)


async def test_an_untouched_chain_verifies() -> None:
    company = await chained(5)
    async with tenant_transaction(company.auditor):
        report = await verify_chain(company.auditor, page=3)
    assert (report.entries, report.broken_at) == (9, None)


@pytest.mark.parametrize(
    ("force", "broken_at"),
    [
        ("update audit_entry set after = '{\"n\": 99}' where tenant_id = $1 and number = 4", 4),
        ("delete from audit_entry where tenant_id = $1 and number = 4", 4),
        ("update audit_entry set number = 109 - number where tenant_id = $1 and number in (4, 5)", 4),
        ("delete from audit_entry where tenant_id = $1 and number > 5", 6),
        ("update audit_entry set actor = '{}' where tenant_id = $1 and number = 1", 1),
        ("delete from audit_entry where tenant_id = $1", 1),
    ],
)
async def test_a_change_by_force_is_found(settings: Settings, force: str, broken_at: int) -> None:
    company = await chained(5)
    await by_force(settings, force, company.tenant_id)
    async with tenant_transaction(company.auditor):
        assert (await verify_chain(company.auditor)).broken_at == broken_at
