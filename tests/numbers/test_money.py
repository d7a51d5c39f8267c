"""Money: what is refused, what is read exactly, and how letters print it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.money import (
    InexactAmount,
    InvalidNumber,
    UnknownCurrency,
    format_amount,
    get_currency,
    parse_amount,
    parse_number,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "¥",
        "NaN",
        "Infinity",
        "1e5",
        "1E+999999999",
        "0x10",
        "--1",
        "1.2.3",
        "1.",
        ".5",
        "1,00",
        "11,3850",
        "1 000",
        "١٢",
        "一百",
        "1234567890123456789",
        "0.1234567890123456789",
        "9" * 1000,
        "1\n2",
    ],
)
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        parse_number(text, field="rows[3].target")
    assert refusal.value.field == "rows[3].target"


@pytest.mark.parametrize("value", [1.5, 0.1, float("nan"), True, None, b"1", [1], Decimal("NaN"), Decimal("1E+99999999"), 10**18])
def test_floats_and_whatever_is_not_exact_are_refused(value: object) -> None:
    with pytest.raises(InvalidNumber):
        parse_number(value)


def test_an_amount_with_too_many_places_is_refused_not_rounded() -> None:
    with pytest.raises(InexactAmount) as refusal:
        parse_amount("11385000.001")
    assert refusal.value.text("en") == "The CNY amount 11385000.001 is not a whole multiple of 0.01."
    with pytest.raises(InexactAmount):
        parse_amount("1.5", "JPY")
    with pytest.raises(InexactAmount):
        format_amount(Decimal("0.005"))


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        parse_amount("1", "XXX")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("11385000", "11385000.00"),
        ("11,385,000.00", "11385000.00"),
        ("¥11,385,000.5", "11385000.50"),
        ("￥１１，３８５，０００．５０", "11385000.50"),
        (" -¥1.50 ", "-1.50"),
        ("－1", "-1.00"),
        ("-0", "0.00"),
        ("0001", "1.00"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: str) -> None:
    assert str(parse_amount(text)) == amount


def test_integers_and_decimals_pass_exactly() -> None:
    assert str(parse_number(30_000_000)) == "30000000"
    assert str(parse_number(Decimal("1E+3"))) == "1000"
    assert str(parse_amount(Decimal("1.5"))) == "1.50"


def test_minor_units_follow_iso_4217() -> None:
    units = {code: str(get_currency(code).unit) for code in ("CNY", "JPY", "KWD")}
    assert units == {"CNY": "0.01", "JPY": "1", "KWD": "0.001"}


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("11385000", "CNY", "¥11,385,000.00"),
        ("-1234.5", "CNY", "-¥1,234.50"),
        ("-0.00", "CNY", "¥0.00"),
        ("1234567", "JPY", "JP¥1,234,567"),
        ("0.125", "KWD", "KWD 0.125"),
    ],
)
def test_letters_print_amounts_with_sign_and_groups(amount: str, currency: str, text: str) -> None:
    assert format_amount(Decimal(amount), currency) == text


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_what_letters_print_reads_back_to_the_same_amount(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert parse_amount(format_amount(amount)) == amount
