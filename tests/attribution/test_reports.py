"""Credit by its dimensions and rolled up to managers and units without double credit, conserved throughout (A20, C61, N1)."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, NotFound
from plumb_tenants.attribution.service import (
    Dimension,
    Party,
    credit_report,
    reconcile_credit,
    roll_up_to_managers,
    roll_up_to_units,
)
from support.sellers import OVERLAY, Sellers, make_sellers, person

Rolled = list[tuple[str, str, int]]


async def report(actor: Actor, *by: Dimension, period_id: UUID | None = None) -> list[tuple[str, ...]]:
    async with tenant_transaction(actor):
        groups = await credit_report(actor, by=by, period_id=period_id)
    return [(*(place.key for place in group.places), str(group.amount), f"{group.lines}/{group.orders}") for group in groups]


async def managers(actor: Actor, period: UUID) -> Rolled:
    async with tenant_transaction(actor):
        return [(row.key, str(row.amount), row.orders) for row in await roll_up_to_managers(actor, period_id=period)]


async def units(actor: Actor, period: UUID) -> Rolled:
    async with tenant_transaction(actor):
        return [(row.key, str(row.amount), row.orders) for row in await roll_up_to_units(actor, period_id=period)]


async def test_a_report_refuses_a_dimension_twice_too_many_groups_and_a_foreign_period(sellers: Sellers) -> None:
    other = await make_sellers("另一家公司")
    async with tenant_transaction(sellers.hr):
        with pytest.raises(DomainError) as twice:
            await credit_report(sellers.hr, by=[Dimension.ROLE, Dimension.ROLE])
        with pytest.raises(DomainError) as long:
            await credit_report(sellers.hr, by=[], limit=1001)
        for period in (other.march, uuid4()):
            with pytest.raises(NotFound):
                await credit_report(sellers.hr, by=[], period_id=period)
            with pytest.raises(NotFound):
                await roll_up_to_managers(sellers.hr, period_id=period)
    assert (twice.value.code, twice.value.field, long.value.code) == ("REPORT_DIMENSION_TWICE", "by[1]", "REPORT_TOO_LONG")


async def test_each_reads_the_credit_that_their_role_reaches(sellers: Sellers) -> None:
    other = await make_sellers("另一家公司")
    await sellers.record()
    assert await report(sellers.sales, Dimension.PERSON) == [("S1", "33333.34", "1/1")]
    assert await report(sellers.manager, Dimension.PERSON) == [("S1", "33333.34", "1/1"), ("S2", "33333.33", "1/1")]
    assert len(await report(sellers.director, Dimension.PERSON)) == 3
    assert await report(sellers.company.auditor) == [("100000.00", "3/1")]
    assert await report(other.hr) == []


async def test_credit_is_grouped_by_any_dimensions_with_sum_and_count(sellers: Sellers) -> None:
    await sellers.record()
    april = sellers.order("SO-2", amount=Decimal("60.00"), product="影像", region="湖南", ordered_on=date(2026, 4, 1))
    await sellers.record(april)
    hr, d = sellers.hr, Dimension
    assert await report(hr) == [("100060.00", "6/2")]
    assert await report(hr, d.PRODUCT, d.REGION, d.PERIOD) == [
        ("IVD 试剂", "广东", "2026-03", "100000.00", "3/1"),
        ("影像", "湖南", "2026-04", "60.00", "3/1"),
    ]
    assert await report(hr, d.ROLE) == [
        ("sales", "33353.34", "2/2"),
        ("presales", "33353.33", "2/2"),
        ("success", "33353.33", "2/2"),
    ]
    assert await report(hr, d.UNIT, period_id=sellers.april) == [("GD", "40.00", "2/1"), ("HU", "20.00", "1/1")]
    assert await report(hr, d.PERSON, d.CUSTOMER, period_id=sellers.march) == [
        ("S1", "市一医院", "33333.34", "1/1"),
        ("S2", "市一医院", "33333.33", "1/1"),
        ("S3", "市一医院", "33333.33", "1/1"),
    ]


async def test_currencies_are_never_added_up(sellers: Sellers) -> None:
    await sellers.record()
    await sellers.record(sellers.order("SO-2", amount=Decimal(100), currency="JPY"))
    assert await report(sellers.hr) == [("100000.00", "3/1"), ("100.00", "3/1")]
    assert (await managers(sellers.hr, sellers.march))[0:2] == [("D1", "100000.00", 1), ("D1", "100.00", 1)]


async def test_two_reps_and_one_manager_the_manager_gets_the_order_once(sellers: Sellers) -> None:
    template = await sellers.split_template("overlay", OVERLAY)
    await sellers.record(sellers.order(parties=sellers.parties()[:2]), template_version_id=template)
    assert [amount for _, _, amount in await sellers.credit()] == ["100000.00", "100000.00"]
    assert await managers(sellers.hr, sellers.march) == [("D1", "100000.00", 1), ("M1", "100000.00", 1)]
    assert await units(sellers.hr, sellers.march) == [("GD", "100000.00", 1), ("HN", "100000.00", 1)]


async def test_revenue_rolls_up_to_what_the_own_people_brought(sellers: Sellers) -> None:
    await sellers.record()
    assert await managers(sellers.hr, sellers.march) == [("D1", "100000.00", 1), ("M1", "66666.67", 1)]
    assert await units(sellers.hr, sellers.march) == [("GD", "66666.67", 1), ("HN", "100000.00", 1), ("HU", "33333.33", 1)]
    assert await managers(sellers.manager, sellers.march) == [("M1", "66666.67", 1)]
    assert await managers(sellers.sales, sellers.march) == []


async def test_a_manager_who_sold_too_has_the_order_once(sellers: Sellers) -> None:
    template = await sellers.split_template("overlay", OVERLAY)
    parties = [Party(person(sellers.manager), "sales"), Party(person(sellers.presales), "presales")]
    await sellers.record(sellers.order(parties=parties), template_version_id=template)
    assert await managers(sellers.hr, sellers.march) == [("D1", "100000.00", 1), ("M1", "100000.00", 1)]


async def test_an_overlay_adjusted_later_never_gives_the_manager_the_order_twice(sellers: Sellers) -> None:
    template = await sellers.split_template("overlay", OVERLAY)
    order_id = await sellers.record(sellers.order(parties=sellers.parties()[:2]), template_version_id=template)
    await sellers.share(order_id, ["60", "0"])
    await sellers.close(sellers.march)
    assert await managers(sellers.hr, sellers.march) == [("D1", "60000.00", 1), ("M1", "60000.00", 1)]
    await sellers.share(order_id, ["60", "100"], version=2)
    assert await managers(sellers.hr, sellers.march) == [("D1", "60000.00", 1), ("M1", "60000.00", 1)]
    assert await managers(sellers.hr, sellers.april) == [("D1", "40000.00", 1), ("M1", "40000.00", 1)]


async def test_who_moved_away_leaves_closed_credit_with_the_manager_of_that_day(sellers: Sellers) -> None:
    order_id = await sellers.record()
    await sellers.close(sellers.march)
    async with tenant_transaction(sellers.company.system):
        sql = "update person set manager_id = $1, unit_id = $2 where number = 'S2' returning 1"
        assert await fetch_value(sql, sellers.director.person_id, sellers.hunan) == 1
    await sellers.share(order_id, ["50", "0", "50"])
    assert await managers(sellers.hr, sellers.march) == [("D1", "100000.00", 1), ("M1", "66666.67", 1)]
    # The clawback from S2 reaches the manager who got the credit: 16,666.66 more from S1 less 33,333.33.
    assert await managers(sellers.hr, sellers.april) == [("D1", "0.00", 1), ("M1", "-16666.67", 1)]


async def test_credit_conserves_every_order_through_closing_and_adjusting(sellers: Sellers) -> None:
    overlay = await sellers.split_template("overlay", OVERLAY)
    revenue = [await sellers.record(sellers.order(f"R-{n}", amount=Decimal(n * 7) / 100)) for n in range(1, 6)]
    await sellers.record(sellers.order("O-1", parties=sellers.parties()[:2]), template_version_id=overlay)
    await sellers.share(revenue[0], ["10", "0", "90"])
    await sellers.close(sellers.march)
    await sellers.share(revenue[1], ["1", "1", "98"])
    await sellers.record(sellers.order("R-9", amount=Decimal("-0.01")), late_reason="退货")
    async with tenant_transaction(sellers.hr):
        by_type = {row.split_type: row for row in await reconcile_credit(sellers.hr)}
    assert (by_type["REVENUE"].orders, by_type["REVENUE"].total, by_type["REVENUE"].residual) == (6, Decimal("1.04"), Decimal(0))
    assert (by_type["OVERLAY"].total, by_type["OVERLAY"].credited) == (Decimal("100000.00"), Decimal("200000.00"))
    assert [row.holds for row in by_type.values()] == [True, True]
