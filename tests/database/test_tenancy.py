"""The tenants' door: nothing passes outside it, nothing crosses it, and no connection is lost in it (N8)."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from plumb_platform.actor import system_actor
from plumb_platform.database import (
    Database,
    MissingTenant,
    TenantChanged,
    execute,
    fetch,
    fetch_value,
    lock_in_sql,
    take_lock,
    tenant_transaction,
)
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE, Settings
from plumb_tenants.company.models import Company
from support.companies import make_company

pytestmark = pytest.mark.usefixtures("database")


async def test_a_statement_outside_a_transaction_is_refused() -> None:
    with pytest.raises(MissingTenant):
        await Company.all()
    with pytest.raises(MissingTenant):
        await fetch("select 1")


async def test_a_transaction_cannot_change_its_company() -> None:
    async with tenant_transaction(system_actor(uuid4())):
        with pytest.raises(TenantChanged):
            async with tenant_transaction(system_actor(uuid4())):
                pass


async def test_one_company_neither_sees_nor_changes_nor_writes_anothers_rows() -> None:
    ours, theirs = await make_company("甲公司"), await make_company("乙公司")
    async with tenant_transaction(ours.system):
        assert [c.name for c in await Company.all()] == ["甲公司"]
        assert await Company.get_or_none(id=theirs.tenant_id) is None
        assert await Company.filter(id=theirs.tenant_id).update(name="改") == 0
    with pytest.raises(OperationalError, match="row-level security"):
        async with tenant_transaction(ours.system):
            await execute("insert into counter (tenant_id, id, name, value) values ($1, $2, 'x', 1)", theirs.tenant_id, uuid4())
    async with tenant_transaction(theirs.system):
        assert await fetch_value("select name from company") == "乙公司"


async def test_a_reference_to_another_companys_row_is_refused() -> None:
    ours, theirs = await make_company(), await make_company()
    unit = uuid4()
    async with tenant_transaction(theirs.system):
        await execute(
            "insert into org_unit (tenant_id, id, code, name, ordinal, version, created_at) "
            "values ($1, $2, 'U', 'U', 0, 1, now())",
            theirs.tenant_id,
            unit,
        )
    with pytest.raises(IntegrityError):
        async with tenant_transaction(ours.system):
            await execute(
                "insert into org_unit (tenant_id, id, parent_id, code, name, ordinal, version, created_at) "
                "values ($1, $2, $3, 'U', 'U', 0, 1, now())",
                ours.tenant_id,
                uuid4(),
                unit,
            )


async def test_a_savepoint_rolls_back_alone() -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        await Company.filter(id=company.tenant_id).update(name="外层")
        with pytest.raises(ZeroDivisionError):
            async with tenant_transaction(company.system):
                await Company.filter(id=company.tenant_id).update(name="内层")
                raise ZeroDivisionError
        assert (await Company.get(id=company.tenant_id)).name == "外层"


async def test_parallel_readers_inside_one_transaction_share_it_safely() -> None:
    company = await make_company("并行公司")
    async with tenant_transaction(company.system):
        names = await asyncio.gather(*(fetch_value("select name from company") for _ in range(20)))
    assert names == ["并行公司"] * 20


async def test_interleaved_transactions_of_two_companies_never_mix() -> None:
    companies = [await make_company(f"公司{n}") for n in range(2)]

    async def look(n: int) -> bool:
        company = companies[n % 2]
        async with tenant_transaction(company.system):
            return [row["name"] for row in await fetch("select name from company")] == [company.name]

    assert all(await asyncio.gather(*(look(n) for n in range(400))))


async def test_cancelled_transactions_give_their_connections_back(database: Database) -> None:
    company = await make_company()

    async def work() -> None:
        async with tenant_transaction(company.system):
            await fetch("select pg_sleep(0.01)")

    for delay in [0, 0.0002, 0.0005, 0.001, 0.002, 0.005] * 10:
        task = asyncio.create_task(work())
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(*(work() for _ in range(30))), 60)


@pytest.mark.parametrize(
    "sql", ["select count(*) from company", "select from goal where id = gen_random_uuid()", "select sec.tenant()"]
)
async def test_without_a_company_the_database_itself_refuses_and_never_answers_with_nothing(settings: Settings, sql: str) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.role_url(APP_ROLE)))
    try:
        for company, refusal in ((None, "no tenant in this transaction"), ("", "no tenant in this transaction"), ("x", "uuid")):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("select set_config('app.tenant', $1, true)", company)
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidTextRepresentationError), match=refusal):
                await connection.fetch(sql)
            await transaction.rollback()
    finally:
        await connection.close()


async def test_a_table_is_read_without_a_call_to_find_the_company_out() -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        plan = "\n".join(row["QUERY PLAN"] for row in await fetch("explain verbose select from goal"))
    assert "current_setting('app.tenant'" in plan
    assert "sec.tenant()" not in plan


async def test_a_lock_taken_within_a_statement_is_the_one_that_is_taken_by_name() -> None:
    company, thing = await make_company(), uuid4()
    async with tenant_transaction(company.system):
        await take_lock("goal.tree", thing)
        named = await fetch("select classid, objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
        within = lock_in_sql("'goal.tree:' || t.id")
        await execute(f"select {within} from (select $1::uuid as id) t", thing)
        both = await fetch("select classid, objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
    assert (len(named), both) == (1, named)
