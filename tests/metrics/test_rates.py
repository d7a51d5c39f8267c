"""Dated rates: money by the rate of its own day and by no neighbour's (A11)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.metrics.service import Rates, convert, convert_money
from support.metrics_made import publish_body
from support.team import Team

MARCH = date(2026, 3, 15)
USD: dict[str, Any] = {"base": "USD", "quote": "CNY", "starts_on": "2026-03-01", "ends_on": "2026-03-31", "rate": "7.25"}
RATES = Rates.model_validate({"rates": [USD, USD | {"starts_on": "2026-04-01", "ends_on": None, "rate": "7.30"}]})


def test_lint_names_rates_that_contradict_each_other() -> None:
    kind = kind_of("rates")
    wrong = [
        USD,
        USD | {"starts_on": "2026-03-31", "ends_on": None},
        USD | {"quote": "USD"},
        USD | {"base": "XXX"},
        USD | {"base": "EUR", "starts_on": "2026-04-01"},
    ]
    found = {(each.code, each.path) for each in lint(kind, check_body(kind, {"rates": wrong}).model)}
    assert found == {
        ("RATES_OVERLAP", "rates[1]"),
        ("RATE_OF_ONE_CURRENCY", "rates[2]"),
        ("UNKNOWN_CURRENCY", "rates[3].base"),
        ("RATE_DAYS_INVALID", "rates[4].endsOn"),
    }


async def test_a_rate_that_is_missing_for_a_day_names_day_and_pair(team: Team) -> None:
    hr = team.company.hr
    await publish_body(hr, "rates", "default", RATES.model_dump(mode="json"))
    async with tenant_transaction(team.owner):
        with pytest.raises(DomainError) as caught:
            await convert_money(team.owner, Decimal(1), base="USD", quote="CNY", day=date(2026, 2, 28))
        assert await convert_money(team.owner, Decimal("100.00"), base="USD", quote="CNY", day=MARCH) == Decimal("725.00")
    error = caught.value
    assert (error.code, error.field) == ("RATE_MISSING", "on")
    assert error.text("zh-CN") == "缺少 2026-02-28 的汇率 USD/CNY，请在汇率表中补充。"


def test_the_largest_amount_at_the_largest_rate_is_converted_to_the_smallest_unit() -> None:
    rates = Rates.model_validate({"rates": [USD | {"quote": "KWD", "rate": "9999999999.9999999999"}]})
    found = convert(rates, Decimal(999999999999999999), base="USD", quote="KWD", day=MARCH)
    assert found == Decimal("9999999999999999989900000000.000")


def test_money_is_converted_by_the_rate_of_its_own_day_to_the_minor_unit() -> None:
    assert convert(RATES, Decimal("100.01"), base="USD", quote="CNY", day=MARCH) == Decimal("725.07")
    assert convert(RATES, Decimal("100.00"), base="USD", quote="CNY", day=date(2026, 4, 1)) == Decimal("730.00")
    assert convert(RATES, Decimal("725.00"), base="CNY", quote="USD", day=MARCH) == Decimal("100.00")
    assert convert(RATES, Decimal("5.00"), base="CNY", quote="CNY", day=MARCH) == Decimal("5.00")
