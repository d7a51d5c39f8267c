"""What is expected of a goal by a day, and when it lags: percentage points over working days (D3)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.goals.attainment import Aimed
from plumb_tenants.goals.expected import expected_part, expected_value, is_lagging, part_of_days
from plumb_tenants.goals.kinds import Aim, Curve

JUNE = (date(2026, 6, 1), date(2026, 6, 30))
"""22 weekdays."""
QUARTER = (date(2026, 4, 1), date(2026, 6, 30))


def weekday(day: date) -> bool:
    return day.weekday() < 5


def test_fifteen_points_behind_do_not_lag_and_a_hundredth_more_does() -> None:
    assert not is_lagging(None)
    assert not is_lagging(Decimal(-20))
    assert not is_lagging(Decimal("15.00"))
    assert is_lagging(Decimal("15.01"))


@pytest.mark.parametrize(
    ("at", "part"),
    [
        (date(2026, 5, 31), Decimal(0)),
        (date(2026, 6, 1), Decimal(1) / 22),
        (date(2026, 6, 13), Decimal(10) / 22),
        (date(2026, 6, 14), Decimal(10) / 22),
        (date(2026, 6, 30), Decimal(1)),
        (date(2026, 9, 1), Decimal(1)),
    ],
)
def test_a_line_rises_on_working_days_alone(at: date, part: Decimal) -> None:
    assert expected_part(Curve.LINEAR, JUNE, [], at, weekday) == part


def test_days_that_nobody_works_count_by_the_calendar() -> None:
    weekend = (date(2026, 6, 13), date(2026, 6, 14))
    assert part_of_days(*weekend, date(2026, 6, 13), weekday) == Decimal("0.5")


def test_months_that_differ_make_the_curve_that_they_say() -> None:
    months = [Decimal(10), Decimal(20), Decimal(70)]
    for at, part in ((date(2026, 4, 30), "0.1"), (date(2026, 5, 31), "0.3"), (date(2026, 6, 30), "1")):
        assert expected_part(Curve.MONTHLY, QUARTER, months, at, weekday) == Decimal(part)
    half_june = expected_part(Curve.MONTHLY, QUARTER, months, date(2026, 6, 15), weekday)
    assert half_june == (30 + 70 * (Decimal(11) / 22)) / 100
    assert expected_part(Curve.MONTHLY, QUARTER, [Decimal(0)] * 3, date(2026, 6, 30), weekday) == 1


def test_what_is_expected_starts_at_the_baseline_and_a_maintained_value_is_expected_in_full() -> None:
    half = Decimal("0.5")
    assert expected_value(Aimed(Aim.REDUCE, Decimal(8), Decimal(12), "次"), half) == (Decimal("10.00"), Decimal("50.00"))
    assert expected_value(Aimed(Aim.REACH, Decimal(35), Decimal(20), "%"), half) == (Decimal("27.50"), Decimal("50.00"))
    assert expected_value(Aimed(Aim.MAINTAIN, Decimal(88), None, "%"), Decimal(0)) == (Decimal(88), Decimal(100))


def test_half_a_cent_of_a_part_that_has_no_end_is_rounded_up() -> None:
    for part, expected in ((Decimal(5) / 6, "0.03"), (Decimal(5) / 6 - Decimal("1e-7"), "0.02")):
        assert expected_value(Aimed(Aim.REACH, Decimal("0.03"), None, "元"), part)[0] == Decimal(expected)
    assert expected_value(Aimed(Aim.REACH, Decimal("9.97"), Decimal("10.00"), "元"), Decimal(5) / 6)[0] == Decimal("9.98")


@given(st.dates(date(2026, 3, 1), date(2026, 7, 31)), st.sampled_from(Curve), st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_a_curve_never_falls_and_never_leaves_its_bounds(at: date, curve: Curve, months: list[int]) -> None:
    each = [Decimal(month) for month in months]
    parts = [expected_part(curve, QUARTER, each, day, weekday) for day in (at, date.fromordinal(at.toordinal() + 1))]
    assert 0 <= parts[0] <= parts[1] <= 1


def test_a_month_is_expected_evenly_up_to_its_own_last_day() -> None:
    months = [Decimal(each) for each in ("31", "28", "31")]
    for day, come in ((date(2026, 1, 31), 31), (date(2026, 2, 14), 45), (date(2026, 2, 28), 59), (date(2026, 3, 15), 74)):
        part = expected_part(Curve.MONTHLY, (date(2026, 1, 1), date(2026, 3, 31)), months, day, lambda _: True)
        assert round(part * 90, 12) == come, day
