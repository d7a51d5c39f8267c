"""Decimals read once: integers in the same proportions, or none; and whether all are modest, as `are_modest` has it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.allocation import are_modest
from plumb_platform.numbers.decimal_column import LARGEST, MANY, PIECE, DecimalColumn, column_of

FIGURE = st.decimals(min_value=0, max_value=10**9, places=2) | st.integers(0, 10**12).map(Decimal)
PLACES = st.integers(0, 5).flatmap(lambda places: st.decimals(min_value=0, max_value=10**6, places=places))


def read(*pieces: Sequence[Decimal | None]) -> DecimalColumn:
    column = DecimalColumn(integers=True)
    for piece in pieces:
        column.take(piece)
    return column


@given(st.lists(st.lists(FIGURE | PLACES, min_size=1, max_size=6), min_size=1, max_size=4))
def test_integers_are_the_values_times_one_power_of_ten(pieces: list[list[Decimal]]) -> None:
    column = read(*pieces)
    values = [value for piece in pieces for value in piece]
    integers = column.integers()
    assert column.values == values
    assert column.modest
    assert integers is not None
    scales = {Fraction(whole) / Fraction(value) for whole, value in zip(integers.tolist(), values, strict=True) if value}
    assert len(scales) <= 1
    assert all((whole == 0) == (value == 0) for whole, value in zip(integers.tolist(), values, strict=True))


@pytest.mark.parametrize(
    "text",
    ["-0.01", "NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "1E+41", "1E-41", "0E+41", "0E-41", "1E+999999", "1E-999999"],
)
@pytest.mark.parametrize("before", [["1.00", "2"], []])
def test_what_is_no_plain_figure_gives_no_integers(text: str, before: list[str]) -> None:
    values = [Decimal(each) for each in (*before, text, "3.5")]
    column = read([Decimal(7)], values, [Decimal(9)])
    assert column.integers() is None
    assert column.modest is are_modest(values)
    assert [str(value) for value in column.values] == ["7", *map(str, values), "9"]


def test_a_missing_value_gives_no_integers_and_is_modest() -> None:
    column = read([Decimal(1), None], [Decimal(2)])
    assert (column.integers(), column.modest, column.values) == (None, True, [Decimal(1), None, Decimal(2)])


def test_what_stands_before_or_after_a_wrong_value_cannot_hide_it() -> None:
    for text in ("NaN", "1E+41", "0E+41"):
        assert not read([Decimal(text)], [Decimal(1)], [Decimal(2)]).modest
        assert not read([Decimal(1)], [Decimal(2), None], [Decimal(text)]).modest
    cancelled = [Decimal("1E+30"), Decimal("-1E+30"), Decimal(5)]
    assert read(cancelled).integers() is None


def test_integers_fit_with_their_sum_or_there_are_none() -> None:
    half = Decimal(LARGEST // 2)
    assert read([half, half]).integers() is not None
    assert read([half, half + 1]).integers() is None
    assert read([half], [Decimal("0.5")]).integers() is None, "ten times as long by the place of another piece"
    assert read([Decimal(2**63)]).integers() is None


def test_zeros_beside_a_figure_of_many_places_are_read_or_not_but_break_nothing() -> None:
    zeros = [Decimal(0)] * 3
    assert read(zeros, [Decimal("1E-20")]).integers() is None
    assert read([Decimal("1E-40")], zeros).integers() is None
    found = read(zeros, [Decimal("1E-18")]).integers()
    assert found is not None
    assert found.tolist() == [0, 0, 0, 1]


def test_few_are_not_read_as_integers_and_many_are_piece_by_piece() -> None:
    assert column_of([Decimal(1)] * (MANY - 1)).integers() is None
    many = column_of([Decimal(place) / 4 for place in range(PIECE + 3)])
    integers = many.integers()
    assert integers is not None
    assert integers.tolist() == [25 * place for place in range(PIECE + 3)]
