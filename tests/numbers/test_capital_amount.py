"""Chinese capital amounts: the printed examples of the rule, its traps, and an independent reader."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.capital import capital_amount
from plumb_platform.numbers.money import InexactAmount, InvalidNumber


def test_ten_quadrillion_yuan_are_refused() -> None:
    with pytest.raises(InvalidNumber):
        capital_amount(Decimal(10**16))


def test_a_part_of_a_fen_is_refused() -> None:
    with pytest.raises(InexactAmount):
        capital_amount(Decimal("1.005"))


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("11385000.00", "壹仟壹佰叁拾捌万伍仟元整"),
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
    ],
)
def test_the_printed_examples_of_the_rule_come_out_exactly(amount: str, capitals: str) -> None:
    assert capital_amount(Decimal(amount)) == capitals


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("10", "壹拾元整"),
        ("15.00", "壹拾伍元整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("100500", "壹拾万零伍佰元整"),
        ("1001000", "壹佰万壹仟元整"),
        ("100000000", "壹亿元整"),
        ("100005000", "壹亿零伍仟元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000000000001.01", "壹万亿零壹元零壹分"),
        ("100100000000", "壹仟零壹亿元整"),
        ("-3.20", "负叁元贰角"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_zeros_and_large_places_are_written_as_the_rule_asks(amount: str, capitals: str) -> None:
    assert capital_amount(Decimal(amount)) == capitals


def read_aloud(capitals: str) -> int:
    """Read capitals back to fen, by place names and not by the way they were written."""
    yuan, _, rest = capitals.partition("元") if "元" in capitals else ("", "", capitals)
    digits = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
    total, section, digit = 0, 0, 0
    for letter in yuan:
        if letter in digits:
            digit = digits[letter]
        elif letter in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[letter]
            digit = 0
        elif letter == "万":
            total += (section + digit) * 10**4
            section = digit = 0
        elif letter == "亿":
            total = (total + section + digit) * 10**8
            section = digit = 0
    fen = (total + section + digit) * 100
    for place, value in (("角", 10), ("分", 1)):
        if place in rest:
            fen += digits[rest[rest.index(place) - 1]] * value
    return fen


@given(st.integers(0, 10**18 - 1) | st.integers(0, 10**9) | st.integers(0, 10**5).map(lambda n: n * 10**7))
def test_every_amount_reads_back_and_never_doubles_a_zero(fen: int) -> None:
    capitals = capital_amount(Decimal(fen).scaleb(-2))
    assert read_aloud(capitals) == fen
    assert "零零" not in capitals
    assert ("整" in capitals) == (fen % 100 == 0)
