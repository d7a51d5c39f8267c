"""Money: amounts in whole minor units of their currency, and what is refused."""

from decimal import Decimal

import pytest

from plumb_platform.numbers.money import InexactAmount, UnknownCurrency, get_currency, in_units


def test_an_amount_with_too_many_places_is_refused_not_rounded() -> None:
    with pytest.raises(InexactAmount) as refusal:
        in_units(Decimal("11385000.001"), get_currency("CNY"))
    assert refusal.value.text("en") == "The CNY amount 11385000.001 is not a whole multiple of 0.01."
    with pytest.raises(InexactAmount):
        in_units(Decimal("1.5"), get_currency("JPY"))


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        get_currency("XXX")


@pytest.mark.parametrize(
    ("amount", "currency", "exact"),
    [
        ("11385000", "CNY", "11385000.00"),
        ("-1.5", "CNY", "-1.50"),
        ("-0", "CNY", "0.00"),
        ("1E+3", "JPY", "1000"),
        ("0.125", "KWD", "0.125"),
        ("9999999999999999.99", "CNY", "9999999999999999.99"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(amount: str, currency: str, exact: str) -> None:
    assert str(in_units(Decimal(amount), get_currency(currency))) == exact


def test_minor_units_follow_iso_4217() -> None:
    units = {code: str(get_currency(code).unit) for code in ("CNY", "JPY", "KWD")}
    assert units == {"CNY": "0.01", "JPY": "1", "KWD": "0.001"}
