"""Dated rates and mixed units: money by the rate of its day, unlike things by their scores, nothing else (A11)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.rules import check_body, lint
from plumb_tenants.metrics.service import Basis, Mixed, Quantity, Rates, add_up, convert, convert_money
from support.metrics_made import publish_body
from support.team import Team

MARCH = date(2026, 3, 15)
USD: dict[str, Any] = {"base": "USD", "quote": "CNY", "starts_on": "2026-03-01", "ends_on": "2026-03-31", "rate": "7.25"}
RATES = Rates.model_validate({"rates": [USD, USD | {"starts_on": "2026-04-01", "ends_on": None, "rate": "7.30"}]})


def money(value: str, currency: str, day: date = MARCH) -> Quantity:
    return Quantity(value=Decimal(value), unit_of_measure="元", currency=currency, day=day)


def counted(value: str, unit: str, score: str | None, weight: str = "1") -> Quantity:
    said = None if score is None else Decimal(score)
    return Quantity(value=Decimal(value), unit_of_measure=unit, score=said, weight=Decimal(weight))


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
        ("RATE_DAYS_INVALID", "rates[4].ends_on"),
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


def test_money_is_converted_by_the_rate_of_its_own_day_to_the_minor_unit() -> None:
    assert convert(RATES, Decimal("100.01"), base="USD", quote="CNY", day=MARCH) == Decimal("725.07")
    assert convert(RATES, Decimal("100.00"), base="USD", quote="CNY", day=date(2026, 4, 1)) == Decimal("730.00")
    assert convert(RATES, Decimal("725.00"), base="CNY", quote="USD", day=MARCH) == Decimal("100.00")
    assert convert(RATES, Decimal("5.00"), base="CNY", quote="CNY", day=MARCH) == Decimal("5.00")


def test_unlike_units_without_scores_are_refused_by_name() -> None:
    with pytest.raises(DomainError) as caught:
        add_up([money("1", "CNY"), counted("3", "次", None)])
    assert (caught.value.code, caught.value.values["units"]) == ("UNITS_MIXED", "CNY, 次")
    with pytest.raises(DomainError) as caught:
        add_up([money("1", "CNY"), money("1", "EUR")], rates=RATES, currency="CNY")
    assert (caught.value.code, caught.value.field, caught.value.values["pair"]) == ("RATE_MISSING", "parts[1]", "EUR/CNY")
    with pytest.raises(DomainError) as caught:
        add_up([counted("1", "次", "50", "0"), counted("1", "家", "50", "0")])
    assert caught.value.code == "MIXED_WEIGHTS_MISSING"


def test_a_tree_of_two_currencies_and_visits_rolls_up_by_conversion_or_by_scores() -> None:
    parts = [money("1000.00", "CNY"), money("100.00", "USD"), money("100.00", "USD", date(2026, 4, 2))]
    assert add_up(parts, rates=RATES, currency="CNY") == Mixed(Decimal("2455.00"), "CNY", Basis.CONVERTED)
    assert add_up([money("1.10", "CNY"), money("2.20", "CNY")]) == Mixed(Decimal("3.30"), "CNY", Basis.SAME_UNIT)
    assert add_up([counted("3", "次", None), counted("4", "次", None)]) == Mixed(Decimal(7), "次", Basis.SAME_UNIT)
    scored = [counted("3", "次", "60", "40"), counted("9", "家", "120", "60")]
    assert add_up(scored) == Mixed(Decimal("96.00"), "%", Basis.SCORE)


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8))
def test_converted_money_adds_up_part_by_part(values: list[Decimal]) -> None:
    parts = [money(str(value), "USD" if place % 2 else "CNY") for place, value in enumerate(values)]
    each = [convert(RATES, part.value, base=part.currency or "", quote="CNY", day=MARCH) for part in parts]
    assert add_up(parts, rates=RATES, currency="CNY").value == sum(each)
