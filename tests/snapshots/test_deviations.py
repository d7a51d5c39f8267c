"""Deviations and their red marks, as a pure rule (C69, D4)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.snapshots.deviations import Mark, deviation

LIMIT = Decimal("15.00")
AMOUNTS = st.decimals(min_value="-1e9", max_value="1e9", places=2)


@pytest.mark.parametrize(
    ("actual", "planned", "mark", "percent"),
    [
        ("85", "100", "WITHIN", "15.00"),
        ("84.99", "100", "RED", "15.01"),
        ("115", "100", "WITHIN", "15.00"),
        ("115.01", "100", "RED", "15.01"),
        # Rounded it reads as 15.00 and is red all the same: the exact value decides.
        ("84.999", "100", "RED", "15.00"),
        ("5", "0", "UNDEFINED", None),
        ("0", "0", "UNDEFINED", None),
        ("-85", "-100", "WITHIN", "15.00"),
        ("-84.99", "-100", "RED", "15.01"),
        ("100", "-100", "RED", "200.00"),
        (None, "100", "UNKNOWN", None),
        ("85", None, "UNKNOWN", None),
    ],
)
def test_a_deviation_is_red_strictly_over_the_limit(
    actual: str | None, planned: str | None, mark: str, percent: str | None
) -> None:
    given = [None if text is None else Decimal(text) for text in (actual, planned, percent)]
    found = deviation(given[0], given[1], red_percent=LIMIT)
    assert (found.mark, found.percent) == (Mark(mark), given[2])


@given(AMOUNTS, AMOUNTS)
def test_too_much_and_too_little_deviate_alike_and_nothing_divides_by_zero(apart: Decimal, planned: Decimal) -> None:
    above, below = (deviation(planned + sign * apart, planned, red_percent=LIMIT) for sign in (1, -1))
    assert above == below
    assert (above.mark is Mark.UNDEFINED) == (planned == 0)
    assert (above.mark is Mark.RED) == (planned != 0 and abs(apart) * 100 > LIMIT * abs(planned))
