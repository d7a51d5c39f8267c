"""Shares given by hand: by whom, when and why, never overwritten, later changes as adjustments (A19, A21, C60)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, Forbidden, NotFound
from plumb_tenants.attribution.periods import NoOpenPeriod
from plumb_tenants.attribution.service import GivenShare, change_amount
from plumb_tenants.attribution.sharing import ShareOwn
from support.sellers import OVERLAY, Sellers, make_sellers, person

HALVES = ["50", "30", "20"]
NOON = datetime(2026, 3, 20, 4, tzinfo=UTC)


async def history(sellers: Sellers) -> list[dict[str, Any]]:
    async with tenant_transaction(sellers.hr):
        return await fetch(
            "select number, source, reason, set_by, amount, lines, period_id, created_at from share_version order by number"
        )


@pytest.mark.parametrize(
    ("percents", "options", "code", "field"),
    [
        (["50", "30", "30"], {}, "SHARES_NOT_100", "shares"),
        (["50", "30", "19.99"], {}, "SHARES_NOT_100", "shares"),
        (["110", "-10", "0"], {}, "SHARE_BELOW_ZERO", "shares[1].percent"),
        (["33.333", "33.333", "33.334"], {}, "SHARE_INVALID", "shares[0].percent"),
        (["50", "30", "19"], {"unattributed": Decimal(1)}, "UNATTRIBUTED_TOO_LARGE", "unattributed"),
        (HALVES, {"reason": " "}, "SHARE_REASON_MISSING", "reason"),
        (HALVES, {"shares": []}, "SHARES_EMPTY", "shares"),
        (HALVES, {"version": 2}, "CONFLICT", "version"),
    ],
)
async def test_wrong_shares_are_refused_by_code_and_field_and_nothing_changes(
    sellers: Sellers, percents: list[str], options: dict[str, Any], code: str, field: str
) -> None:
    order_id = await sellers.record()
    before = (await sellers.credit(), await history(sellers), await sellers.count("audit_entry"))
    with pytest.raises(DomainError) as refused:
        await sellers.share(order_id, percents, **options)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (await sellers.credit(), await history(sellers), await sellers.count("audit_entry")) == before


async def test_50_30_30_is_accepted_for_an_overlay(sellers: Sellers) -> None:
    template = await sellers.split_template(
        "overlay", OVERLAY | {"roles": [*OVERLAY["roles"], {"key": "success", "name": "成功", "percent": "0"}]}
    )
    order_id = await sellers.record(template_version_id=template)
    await sellers.share(order_id, ["50", "30", "30"])
    assert [amount for _, _, amount in await sellers.credit()] == ["50000.00", "30000.00", "30000.00"]


async def test_50_30_20_is_accepted_and_who_when_and_why_are_kept(sellers: Sellers) -> None:
    order_id = await sellers.record()
    with clock_at(NOON):
        assert await sellers.share(order_id, HALVES, actor=sellers.manager) == order_id
    assert await sellers.credit() == [("S1", "CREDIT", "50000.00"), ("S2", "CREDIT", "30000.00"), ("S3", "CREDIT", "20000.00")]
    first, second = await history(sellers)
    assert [line["percent"] for line in orjson.loads(first["lines"])] == ["33.34", "33.33", "33.33"]
    assert (second["source"], second["reason"], second["set_by"]) == ("MANUAL", "售前主导方案", sellers.manager.membership_id)
    assert second["created_at"] == NOON
    async with tenant_transaction(sellers.hr):
        (entry,) = await fetch("select before, after from audit_entry where action = 'share.set'")
    assert [line["amount"] for line in orjson.loads(entry["before"])["lines"]] == ["33333.34", "33333.33", "33333.33"]
    assert [line["amount"] for line in orjson.loads(entry["after"])["lines"]] == ["50000.00", "30000.00", "20000.00"]


async def test_a_version_of_shares_cannot_be_overwritten_by_anybody(sellers: Sellers) -> None:
    await sellers.record()
    for sql in ("update share_version set reason = 'x'", "delete from share_version", "update credit set amount = 0"):
        with pytest.raises(Exception, match=r"permission denied|never change"):
            async with tenant_transaction(sellers.company.system):
                await execute(sql)
    assert len(await history(sellers)) == 1


async def test_a_stale_version_is_a_conflict_with_the_current_one(sellers: Sellers) -> None:
    order_id = await sellers.record()
    await sellers.share(order_id, HALVES)
    with pytest.raises(Conflict) as stale:
        await sellers.share(order_id, ["40", "40", "20"])
    assert stale.value.current_version == 2


async def test_nobody_changes_their_own_share(sellers: Sellers) -> None:
    parties = [
        GivenShare(person(sellers.manager), "sales", Decimal(50)),
        GivenShare(person(sellers.sales), "presales", Decimal(50)),
    ]
    order_id = await sellers.record()
    with pytest.raises(ShareOwn):
        await sellers.share(order_id, [], shares=parties, actor=sellers.manager)
    await sellers.share(order_id, [], shares=parties)
    with pytest.raises(ShareOwn):
        await sellers.share(order_id, HALVES, version=2, actor=sellers.manager)
    assert await sellers.credit() == [("M1", "CREDIT", "50000.00"), ("S1", "CREDIT", "50000.00")]


async def test_only_who_leads_the_order_s_unit_and_hr_set_shares(sellers: Sellers) -> None:
    order_id = await sellers.record(sellers.order(unit_id=sellers.hunan))
    other = await make_sellers("另一家公司")
    refused: list[tuple[Actor, type[DomainError]]] = [
        (sellers.sales, Forbidden),
        (sellers.company.auditor, Forbidden),
        (sellers.manager, NotFound),
        (other.hr, NotFound),
    ]
    for actor, error in refused:
        with pytest.raises(error):
            await sellers.share(order_id, HALVES, actor=actor)
    await sellers.share(order_id, HALVES, actor=sellers.director)


async def test_another_amount_keeps_the_exact_shares(sellers: Sellers) -> None:
    order_id = await sellers.record()
    async with tenant_transaction(sellers.hr):
        await change_amount(sellers.hr, order_id=order_id, version=1, amount=Decimal("100.00"), reason="合同变更")
    assert [amount for _, _, amount in await sellers.credit()] == ["33.34", "33.33", "33.33"]
    assert [(row["number"], row["source"], str(row["amount"])) for row in await history(sellers)] == [
        (1, "DEFAULT", "100000.00"),
        (2, "AMOUNT", "100.00"),
    ]
    with pytest.raises(Forbidden):
        async with tenant_transaction(sellers.manager):
            await change_amount(sellers.manager, order_id=order_id, version=2, amount=Decimal(1), reason="x")


async def test_a_retroactive_change_is_an_adjustment_in_the_open_period_and_the_closed_one_stays(sellers: Sellers) -> None:
    order_id = await sellers.record()
    await sellers.close(sellers.march)
    closed = await sellers.credit(sellers.march)
    await sellers.share(order_id, HALVES)
    assert await sellers.credit(sellers.march) == closed
    assert await sellers.credit(sellers.april) == [
        ("S1", "ADJUSTMENT", "16666.66"),
        ("S2", "ADJUSTMENT", "-3333.33"),
        ("S3", "ADJUSTMENT", "-13333.33"),
    ]
    # While April is open, a further change replaces the adjustment; what April would pay is one line per person.
    async with tenant_transaction(sellers.hr):
        await change_amount(sellers.hr, order_id=order_id, version=2, amount=Decimal("0.00"), reason="退货")
    assert await sellers.credit(sellers.march) == closed
    assert [amount for _, _, amount in await sellers.credit(sellers.april)] == ["-33333.34", "-33333.33", "-33333.33"]
    await sellers.share(order_id, ["100", "0", "0"], version=3)
    assert sum(Decimal(amount) for _, _, amount in await sellers.credit()) == 0


async def test_without_an_open_period_after_the_closed_one_nothing_is_adjusted(sellers: Sellers) -> None:
    order_id = await sellers.record()
    await sellers.close(sellers.march)
    await sellers.close(sellers.april)
    before = (await sellers.credit(), await history(sellers))
    with pytest.raises(NoOpenPeriod):
        await sellers.share(order_id, HALVES)
    assert (await sellers.credit(), await history(sellers)) == before
