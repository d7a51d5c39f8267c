"""The curve beside a form: twelve months, the same months of the year before, what is absent is null (C4)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_tenants.forms import service
from support.forms_made import Office
from support.goals_made import add_cycle, add_goals
from support.metrics_made import observed, publish_library, say

NOW = datetime(2026, 3, 10, tzinfo=UTC)


async def test_twelve_months_with_target_and_the_year_before_and_nothing_made_up(office: Office) -> None:
    with clock_at(NOW):
        await publish_library(office.hr, "revenue")
        days = {date(2025, 2, 3): "70", date(2025, 4, 1): "0", date(2026, 2, 5): "100", date(2026, 2, 20): "11"}
        days |= {date(2026, 3, 2): "5"}
        await say(office.hr, *(observed(f"R{n}", "revenue", "S1", day, value) for n, (day, value) in enumerate(days.items())))
        cycle = await add_cycle(office.company)
        await add_goals(office.company, cycle, [(office.unit, office.seller)], target=Decimal(1200))
        async with tenant_transaction(office.company.system):
            await execute("update goal set metric_key = 'revenue'")
        async with tenant_transaction(office.seller):
            curve = await service.history_curve(office.seller, metric_key="revenue")
    months = [date(2025, month, 1) for month in range(4, 13)] + [date(2026, month, 1) for month in (1, 2, 3)]
    assert [point.month for point in curve] == months
    known = {point.month: [point.actual, point.target, point.last_year] for point in curve}
    # A month that came to zero is zero, a month that nobody heard of is null.
    assert known[date(2025, 4, 1)] == [Decimal(0), None, None]
    assert known[date(2025, 5, 1)] == [None, None, None]
    assert known[date(2026, 2, 1)] == [Decimal(111), Decimal(100), Decimal(70)]
    assert known[date(2026, 3, 1)] == [Decimal(5), Decimal(100), None]


async def test_a_manager_sees_the_curve_of_a_report_and_a_colleague_does_not(office: Office) -> None:
    with clock_at(NOW):
        await publish_library(office.hr, "revenue")
        async with tenant_transaction(office.manager):
            curve = await service.history_curve(office.manager, metric_key="revenue", person_id=office.seller.person_id)
            assert len(curve) == 12
        with pytest.raises(NotFound):
            async with tenant_transaction(office.newcomer):
                await service.history_curve(office.newcomer, metric_key="revenue", person_id=office.seller.person_id)
