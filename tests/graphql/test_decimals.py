"""Decimals as callers write and read them: plain ASCII digits, no exponent, and one zero."""

from decimal import Decimal

import pytest

from graphql import GraphQLError
from plumb_schema.ground.scalars import decimal_text, parse_decimal

TEXTS = ("", " 1", "1 ", "+1", "1.", ".5", "--1", "1\n", "1_000", "1,000", "0x1", "1" * 25, "1." + "0" * 13)
OTHERS = ("1e3", "1E999999", "NaN", "Infinity", "-Infinity", "１２３", "١٢٣", 1, 1.5, None, True, ["1"])


@pytest.mark.parametrize("written", [*TEXTS, *OTHERS])
def test_what_is_no_plain_number_is_refused(written: object) -> None:
    with pytest.raises(GraphQLError):
        parse_decimal(written)


def test_zero_has_no_sign_given_or_told() -> None:
    for written in ("-0", "-0.00", "-" + "0" * 24):
        assert str(parse_decimal(written)).lstrip("0.") == ""
    assert decimal_text(Decimal("-0.001").quantize(Decimal("0.01"))) == "0.00"
    assert (decimal_text(Decimal("-0.01")), str(parse_decimal("-0.01"))) == ("-0.01", "-0.01")


def test_all_digits_that_are_taken_are_kept() -> None:
    most = "-" + "9" * 24 + "." + "9" * 12
    assert decimal_text(parse_decimal(most)) == most
