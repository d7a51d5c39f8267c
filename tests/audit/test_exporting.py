"""The audit chain as a file: of one moment, a page at a time, torn where entries are gone (C77, N16)."""

import json
import tracemalloc
from functools import partial

import pytest

from plumb_platform.audit.exporting import PAGE, ChainExport, ChainTorn, chain_export
from plumb_platform.audit.service import record
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.settings import Settings
from plumb_verify.files import Options, verify
from support.companies import CompanyFixture, make_company
from support.forced import by_force

pytestmark = pytest.mark.usefixtures("database")
FILL = """
insert into audit_entry (tenant_id, id, number, at, action, object_type, request_id, actor, after, previous_hash, hash)
select $1, gen_random_uuid(), h.number + n, now(), 'test.change', 'thing', '', '{}',
  jsonb_build_object('text', repeat('值', 300)),
  h.hash, h.hash from audit_head h, generate_series(1, $2::int) n where h.tenant_id = $1
"""
HEAD = "update audit_head set number = number + $2 where tenant_id = $1"


async def written(company: CompanyFixture, entries: int) -> None:
    for n in range(entries):
        async with tenant_transaction(company.admin):
            await record(company.admin, "test.change", "thing", None, after={"n": n})


async def exported(company: CompanyFixture) -> ChainExport:
    async with tenant_transaction(company.auditor):
        key = await fetch_value("select key from company")
        return await chain_export(company.auditor, company_key=key)


async def test_an_export_is_of_the_moment_when_it_was_begun_however_long_its_reader_takes() -> None:
    company = await make_company()
    await written(company, 5)
    export = await exported(company)
    parts = []
    async for part in export.lines(partial(tenant_transaction, company.auditor), page=2):
        parts.append(part)
        await written(company, 1)
    said = verify(b"".join(parts), Options())
    assert (said["entries"], len(parts)) == (export.number, 1 + -(-export.number // 2))
    again = [part async for part in export.lines(partial(tenant_transaction, company.auditor))]
    assert b"".join(again) == b"".join(parts)


async def test_an_export_whose_entries_are_gone_is_torn_and_never_ends_as_if_it_were_whole(settings: Settings) -> None:
    company = await make_company()
    await written(company, 5)
    export = await exported(company)
    await by_force(settings, "delete from audit_entry where tenant_id = $1 and number > 6", company.tenant_id)
    with pytest.raises(ChainTorn, match=f"entry 7 of {export.number}"):
        [part async for part in export.lines(partial(tenant_transaction, company.auditor))]


async def test_an_export_holds_a_page_of_the_chain_in_memory_and_no_more(settings: Settings) -> None:
    company = await make_company()
    for sql in (FILL, HEAD):
        await by_force(settings, sql, company.tenant_id, 12_000)
    export = await exported(company)
    size = lines = most = 0
    tracemalloc.start()
    try:
        async for part in export.lines(partial(tenant_transaction, company.auditor)):
            size, lines, most = size + len(part), lines + part.count(b"\n"), max(most, part.count(b"\n"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (lines, most, json.loads(export.head)["number"]) == (export.number + 1, PAGE, export.number)
    assert size > 14_000_000
    assert peak < 4_000_000
