"""A statement run for each of many rows: in their order, all of them or none, in the tenant's transaction alone (N8)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from plumb_platform.database import MissingTenant, execute_each, fetch, fetch_value, tenant_transaction
from support.companies import make_company

pytestmark = pytest.mark.usefixtures("database")
COUNT = "insert into counter (tenant_id, id, name, value) values ($1, $2, $3, $4)"


def counters(tenant_id: UUID, *names: str) -> list[tuple[Any, ...]]:
    return [(tenant_id, uuid4(), name, place) for place, name in enumerate(names)]


async def test_rows_outside_a_transaction_are_refused() -> None:
    with pytest.raises(MissingTenant):
        await execute_each(COUNT, counters(uuid4(), "甲"))


async def test_a_row_of_another_company_is_refused_and_none_stays() -> None:
    ours, theirs = await make_company(), await make_company()
    with pytest.raises(OperationalError, match="row-level security"):
        async with tenant_transaction(ours.system):
            await execute_each(COUNT, [*counters(ours.tenant_id, "甲"), *counters(theirs.tenant_id, "乙")])
    for company in (ours, theirs):
        async with tenant_transaction(company.system):
            assert await fetch("select name from counter where name in ('甲', '乙')") == []


async def test_after_a_row_that_fails_none_is_written_and_a_savepoint_gives_back_what_stood() -> None:
    company = await make_company()
    async with tenant_transaction(company.system):
        await execute_each(COUNT, counters(company.tenant_id, "先"))
        with pytest.raises(IntegrityError):
            async with tenant_transaction(company.system):
                await execute_each(COUNT, counters(company.tenant_id, "甲", "先", "乙"))
        assert await fetch("select name from counter where name in ('先', '甲', '乙')") == [{"name": "先"}]


async def test_rows_that_cannot_be_made_raise_their_own_error() -> None:
    company = await make_company()

    def broken() -> Iterator[tuple[Any, ...]]:
        yield from counters(company.tenant_id, "甲" * 60_000)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with tenant_transaction(company.system):
            await execute_each(COUNT.replace("$3", "left($3, 20)"), broken())
    async with tenant_transaction(company.system):
        assert await fetch("select name from counter where name like '甲%'") == []


async def test_rows_are_written_in_their_order_however_many_and_large() -> None:
    company = await make_company()
    text = "甲" * 20_000
    rows = [(company.tenant_id, uuid4(), f"{place:03}{text}", place) for place in range(60)]
    async with tenant_transaction(company.system):
        await execute_each(COUNT.replace("$3", "left($3, 3)"), rows)
        written = await fetch("select id from counter where name ~ '^[0-9]{3}$' order by ctid")
        assert [row["id"] for row in written] == [row[1] for row in rows]
        assert await fetch_value("select sum(value) from counter where name ~ '^[0-9]{3}$'") == sum(range(60))
