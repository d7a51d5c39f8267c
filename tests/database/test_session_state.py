"""Connections go from company to company without a reset, so nothing that outlasts a transaction may be set."""

import re
from pathlib import Path

import asyncpg
import pytest

from plumb_platform.database import execute, fetch_one, fetch_value, tenant_transaction
from plumb_platform.database.connect import platform_row
from support.companies import make_company

ROOT = Path(__file__).parents[2]
LASTING = re.compile(
    r"set_config\([^)]*,\s*false\s*\)|\bset\s+(session|role)\b|(?<!\) )\bset\s+(?!local\b|search_path\b)\w+(\.\w+)?\s*(=|to)\s*'"
    r"|pg_(try_)?advisory_lock|\blisten\s+\w+\s*[;\"']|with\s+hold|create\s+temp|\bprepare\s+\w+\s+as\b|discard\s+(all|plans|sequences|temp)\b",
    re.IGNORECASE,
)
"""Behind the arguments of a function stands what is set for each call of it, and for no longer."""
ALONE = {"platform/plumb_platform/database/migrate.py", "platform/plumb_platform/database/poolers.py"}
"""Modules with a connection of their own, which they close, or hand on when what they set is reset."""


def test_no_statement_of_ours_sets_what_outlasts_its_transaction() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for room in ("platform", "tenants", "schema", "workers")
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in ALONE
        for match in LASTING.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.usefixtures("database")
async def test_the_next_borrower_finds_neither_company_nor_setting_nor_lock() -> None:
    first, second = await make_company("甲"), await make_company("乙")
    async with tenant_transaction(first.system):
        await execute("select set_config('work_mem', '64MB', true), pg_advisory_xact_lock(42)")
        before = await fetch_value("select pg_backend_pid()")
    async with tenant_transaction(second.system):
        row = await fetch_one(
            "select pg_backend_pid() as pid, current_setting('app.tenant') as tenant, current_setting('work_mem') as memory, "
            "(select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())::int as locks"
        )
    assert row == {"pid": before, "tenant": str(second.tenant_id), "memory": "4MB", "locks": 0}


@pytest.mark.usefixtures("database")
async def test_a_transaction_that_is_given_back_open_is_rolled_back() -> None:
    company = await make_company()
    with pytest.raises(KeyboardInterrupt):
        async with tenant_transaction(company.system) as transaction:
            await execute("update company set name = '改'")
            transaction._finalized = True  # as if the end had been lost on its way
            raise KeyboardInterrupt
    async with tenant_transaction(company.system):
        assert await fetch_value("select name from company") != "改"


@pytest.mark.usefixtures("database")
async def test_a_failed_statement_that_was_passed_over_is_not_taken_for_a_commit() -> None:
    company = await make_company()
    with pytest.raises(Exception, match="nothing was committed"):
        async with tenant_transaction(company.system):
            await execute("update company set name = '改'")
            with pytest.raises(Exception, match="division by zero"):
                await execute("select 1 / 0")


@pytest.mark.usefixtures("database")
async def test_the_product_s_roles_make_no_temporary_table() -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await platform_row("create temporary table kept (a int)")
