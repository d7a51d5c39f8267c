"""Bonus periods: refused by code and field, closed once, and closed for everybody, SQL included (A21, C61)."""

from datetime import date
from typing import Any

import pytest

from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import Conflict, DomainError, Forbidden, NotFound
from plumb_tenants.attribution.periods import PeriodClosed
from plumb_tenants.attribution.service import close_period, open_month, open_period
from support.sellers import Sellers, make_sellers

CREDIT = "order_id, share_version_id, period_id, person_id, unit_id, manager_id, role, kind, percent, amount"
LINE = (
    "period_id, order_code, customer, product, region, ordered_on, unit_code, unit_name, person_number, person_name, role, kind, "
    "percent, amount, currency"
)


async def opened(sellers: Sellers, **changes: Any) -> Any:
    facts: dict[str, Any] = {"code": "Q3", "name": "三季度", "starts_on": date(2026, 7, 1), "ends_on": date(2026, 9, 30)}
    async with tenant_transaction(sellers.hr):
        return await open_period(sellers.hr, **facts | changes)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": "三季"}, "PERIOD_CODE_INVALID", "code"),
        ({"name": " "}, "PERIOD_NAME_INVALID", "name"),
        ({"ends_on": date(2026, 6, 30)}, "PERIOD_DATES_INVALID", "endsOn"),
        ({"ends_on": date(2027, 7, 2)}, "PERIOD_DATES_INVALID", "endsOn"),
        ({"code": "2026-03"}, "PERIOD_EXISTS", "code"),
        ({"starts_on": date(2026, 4, 30)}, "PERIODS_OVERLAP", "startsOn"),
        ({"starts_on": date(2026, 2, 1)}, "PERIODS_OVERLAP", "startsOn"),
    ],
)
async def test_a_wrong_period_is_refused_by_code_and_field(
    sellers: Sellers, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await opened(sellers, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert await sellers.count("bonus_period") == 2


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "0000-01", "三月"])
async def test_what_is_no_month_is_refused(sellers: Sellers, month: str) -> None:
    with pytest.raises(DomainError, match="write it such as 2026-03") as refused:
        async with tenant_transaction(sellers.hr):
            await open_month(sellers.hr, month=month)
    assert refused.value.code == "PERIOD_MONTH_INVALID"


async def test_only_hr_and_admins_open_and_close(sellers: Sellers) -> None:
    for actor in (sellers.sales, sellers.manager, sellers.company.auditor):
        with pytest.raises(Forbidden):
            async with tenant_transaction(actor):
                await open_month(actor, month="2026-05")
        with pytest.raises(Forbidden):
            async with tenant_transaction(actor):
                await close_period(actor, period_id=sellers.march, version=1)


async def test_a_period_is_closed_once_at_the_version_that_was_read_and_by_its_own_company(sellers: Sellers) -> None:
    other = await make_sellers("另一家公司")
    with pytest.raises(NotFound):
        await other.close(sellers.march)
    with pytest.raises(Conflict):
        await sellers.close(sellers.march, version=2)
    await sellers.close(sellers.march)
    with pytest.raises(PeriodClosed):
        await sellers.close(sellers.march, version=2)


async def test_a_leap_february_has_29_days_and_a_quarter_is_dated(sellers: Sellers) -> None:
    async with tenant_transaction(sellers.hr):
        await open_month(sellers.hr, month="2028-02")
    await opened(sellers)
    async with tenant_transaction(sellers.hr):
        rows = await fetch("select code, name, starts_on, ends_on, state from bonus_period order by starts_on desc limit 2")
    assert [tuple(row.values()) for row in rows] == [
        ("2028-02", "2028 年 2 月", date(2028, 2, 1), date(2028, 2, 29), "OPEN"),
        ("Q3", "三季度", date(2026, 7, 1), date(2026, 9, 30), "OPEN"),
    ]


async def test_a_closed_period_cannot_be_changed_even_by_sql(sellers: Sellers) -> None:
    await sellers.record()
    await sellers.close(sellers.march)
    kept = await sellers.credit(sellers.march)
    attempts = (
        "delete from credit",
        f"insert into credit (tenant_id, id, {CREDIT}) select tenant_id, gen_random_uuid(), {CREDIT} from credit limit 1",
        "update credit set amount = 0",
        "update bonus_period set state = 'OPEN' where code = '2026-03'",
        "update bonus_period set line_count = 0 where code = '2026-03'",
        "delete from bonus_line",
        "update bonus_line set amount = 0",
        f"insert into bonus_line (tenant_id, id, ordinal, {LINE}) select tenant_id, gen_random_uuid(), 99, {LINE} "
        "from bonus_line limit 1",
    )
    for sql in attempts:
        with pytest.raises(Exception, match=r"never changes?|permission denied"):
            async with tenant_transaction(sellers.company.system):
                await execute(sql)
    assert await sellers.credit(sellers.march) == kept
    assert len(kept) == 3


async def test_closing_writes_down_who_closed_and_how_many_lines(sellers: Sellers) -> None:
    await sellers.record()
    await sellers.close(sellers.march)
    async with tenant_transaction(sellers.hr):
        (period,) = await fetch("select state, line_count, closed_by, version from bonus_period where code = '2026-03'")
        (entry,) = await fetch("select object_id, after from audit_entry where action = 'period.close'")
    assert tuple(period.values()) == ("CLOSED", 3, sellers.hr.membership_id, 2)
    assert entry == {"object_id": sellers.march, "after": '{"code": "2026-03", "lines": 3}'}
