"""Rows split all at once get what `allocate_units` gives each of them, whatever their number and the size of their weights."""

from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.allocation import allocate_units
from plumb_platform.numbers.row_split import FEW, split_rows

WEIGHT = st.one_of(st.integers(0, 3), st.integers(0, 10**45))
TOTAL = st.one_of(st.integers(-5, 5), st.integers(-(10**20), 10**20))


def each(totals: list[int], rows: list[list[int]]) -> list[list[int]]:
    return [allocate_units(total, row) if any(row) else [0] * len(row) for total, row in zip(totals, rows, strict=True)]


def test_no_rows_give_empty_columns() -> None:
    assert split_rows([], [[], []]) == [[], []]


def test_a_row_without_weight_gets_nothing_and_equal_remainders_go_to_the_earlier() -> None:
    for times in (1, FEW + 1):
        totals, weights = [7, 1, -1, 5] * times, [[1, 1, 1, 0] * times, [1, 1, 1, 0] * times, [1, 1, 1, 0] * times]
        assert split_rows(totals, weights) == [[3, 1, -1, 0] * times, [2, 0, 0, 0] * times, [2, 0, 0, 0] * times]


@given(st.data(), st.integers(1, 5), st.sampled_from([1, FEW, FEW + 1, 40]))
def test_rows_split_at_once_get_what_each_gets_alone(data: st.DataObject, parts: int, size: int) -> None:
    totals = data.draw(st.lists(TOTAL, min_size=size, max_size=size))
    row = st.lists(WEIGHT, min_size=parts, max_size=parts)
    rows = data.draw(st.lists(row, min_size=size, max_size=size))
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = split_rows(totals, columns)
    assert [list(got) for got in zip(*found, strict=True)] == each(totals, rows)
    assert all(type(share) is int for column in found for share in column)
