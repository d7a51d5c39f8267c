"""A period that closes while orders come in and shares change: every cent stays counted once, whoever was first (C61, A21)."""

import asyncio
from collections.abc import Awaitable
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, DomainError
from plumb_tenants.attribution.service import change_amount, close_period
from support.overtaking import overtaken
from support.sellers import Sellers

SUMS = """select o.code, o.amount as wanted, coalesce(sum(c.amount), 0) as found from sales_order o
left join credit c on c.tenant_id = o.tenant_id and c.order_id = o.id
group by o.code, o.amount having coalesce(sum(c.amount), 0) <> o.amount"""
LINES = """select b.line_count, count(c.id) as found from bonus_period b
left join credit c on c.tenant_id = b.tenant_id and c.period_id = b.id where b.state = 'CLOSED' group by b.id, b.line_count"""


async def changed(sellers: Sellers, order_id: Any, amount: str, version: int) -> None:
    async with tenant_transaction(sellers.hr):
        await change_amount(sellers.hr, order_id=order_id, version=version, amount=Decimal(amount), reason="合同变更")


async def assert_every_cent_is_counted(sellers: Sellers) -> None:
    async with tenant_transaction(sellers.company.system):
        assert await fetch(SUMS) == []
        assert all(each["line_count"] == each["found"] for each in await fetch(LINES))
        assert (await verify_chain(sellers.company.system)).broken_at is None


async def test_what_waits_for_a_closing_is_refused_or_lands_in_the_next_period(sellers: Sellers) -> None:
    order_id = await sellers.record()
    closing = partial(close_period, sellers.hr, period_id=sellers.march, version=1)
    assert await overtaken(sellers.hr, closing, partial(sellers.record, sellers.order("SO-2"))) == "PERIOD_CLOSED"
    assert await sellers.count("sales_order") == 1
    await sellers.share(order_id, ["50", "30", "20"])
    assert [kind for _, kind, _ in await sellers.credit(sellers.april)] == ["ADJUSTMENT"] * 3
    await assert_every_cent_is_counted(sellers)


async def test_a_share_that_waits_for_the_closing_adjusts_what_was_closed(sellers: Sellers) -> None:
    order_id = await sellers.record()
    closing = partial(close_period, sellers.hr, period_id=sellers.march, version=1)
    assert await overtaken(sellers.hr, closing, partial(sellers.share, order_id, ["50", "30", "20"])) == ""
    assert [amount for _, _, amount in await sellers.credit(sellers.march)] == ["33333.34", "33333.33", "33333.33"]
    assert sorted(Decimal(amount) for _, _, amount in await sellers.credit(sellers.april)) == [
        *(Decimal("-13333.33"), Decimal("-3333.33"), Decimal("16666.66"))
    ]
    await assert_every_cent_is_counted(sellers)


@pytest.mark.parametrize("seed", range(3))
async def test_closings_shares_amounts_and_orders_at_one_moment_lose_no_cent(sellers: Sellers, seed: int) -> None:
    orders = [await sellers.record(sellers.order(f"SO-{number}")) for number in range(3)]
    acts: list[Awaitable[Any]] = [sellers.close(sellers.march)]
    for order_id in orders:
        acts += [sellers.share(order_id, ["50", "30", "20"]), changed(sellers, order_id, "77777.77", 1)]
        acts += [sellers.share(order_id, ["10", "20", "70"], version=2), changed(sellers, order_id, "-0.01", 2)]
    acts += [sellers.record(sellers.order(f"SO-{number}")) for number in (7, 7, 8)]
    Random(seed).shuffle(acts)
    told = await asyncio.gather(*acts, return_exceptions=True)
    assert {type(each) for each in told if isinstance(each, BaseException) and not isinstance(each, DomainError)} == set()
    assert any(isinstance(each, Conflict) for each in told)
    await assert_every_cent_is_counted(sellers)
    async with tenant_transaction(sellers.company.system):
        assert await fetch_value("select count(*) from sales_order where code = 'SO-7'") <= 1
