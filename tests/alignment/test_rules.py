"""The mean without oneself, flags, rounds by the calendar, days and reductions; pure (C6, C25, D2)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.alignment.definition import AlignmentRules, lint
from plumb_tenants.alignment.rules import Flag, Round, elapsed_days, flag_of, leave_one_out, reduction_percent, round_on

AMOUNTS = st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1, max_size=30)
LOW = Decimal(50)


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        # With itself in the mean, 50 would be 57 % of 87.5 and pass (D2).
        (("100", "100", "100", "50"), [None, None, None, Flag.LOW]),
        (("100", "100", "100", "50.01"), [None] * 4),
        (("50",), [None]),
        (("0", "0"), [None, None]),
        # One has a mean of zero, of which nothing is a part.
        (("0", "1"), [Flag.LOW, None]),
    ],
)
def test_a_proposal_of_half_the_others_mean_is_low_and_a_cent_more_is_not(
    values: tuple[str, ...], flags: list[Flag | None]
) -> None:
    amounts = [Decimal(value) for value in values]
    found = [flag_of(value, mean, low=LOW, high=None) for value, mean in zip(amounts, leave_one_out(amounts), strict=True)]
    assert found == flags


def test_nothing_is_too_high_until_a_company_says_so() -> None:
    assert flag_of(Decimal(900), Decimal(100), low=LOW, high=None) is None
    assert flag_of(Decimal(200), Decimal(100), low=LOW, high=Decimal(200)) is Flag.HIGH
    assert flag_of(Decimal("199.99"), Decimal(100), low=LOW, high=Decimal(200)) is None


@given(AMOUNTS)
def test_the_mean_of_the_others_is_what_counting_them_gives(values: list[Decimal]) -> None:
    for place, mean in enumerate(leave_one_out(values)):
        others = values[:place] + values[place + 1 :]
        if not others:
            assert mean is None
            continue
        assert mean is not None
        exact = sum(map(Fraction, others), Fraction(0)) / len(others)
        assert abs(Fraction(mean) - exact) < Fraction(1, 10**30)


@given(AMOUNTS, st.integers(1, 1000))
def test_a_flag_does_not_depend_on_the_currency(values: list[Decimal], factor: int) -> None:
    def flags(amounts: list[Decimal]) -> list[Flag | None]:
        return [flag_of(v, m, low=LOW, high=Decimal(200)) for v, m in zip(amounts, leave_one_out(amounts), strict=True)]

    if len(values) in (1, 2, 3, 5):
        # With a mean that divides exactly, nothing is lost by scaling.
        assert flags([value * factor for value in values]) == flags(values)


def test_a_round_begins_on_its_day_and_ends_when_the_next_begins() -> None:
    starts = [date(2026, 3, day) for day in (2, 3, 4, 5)]
    found = [round_on(date(2026, 3, day), starts) for day in (1, 2, 3, 4, 5, 9)]
    assert found == [Round.PENDING, Round.PROPOSING, Round.LEVELLING, Round.CONFIRMING, Round.CLOSED, Round.CLOSED]


def test_elapsed_days_and_the_reduction_of_the_case_study() -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert elapsed_days(start, datetime(2026, 3, 4, 1, tzinfo=UTC)) == Decimal("2.00")
    assert elapsed_days(start, datetime(2026, 3, 4, 1, 15, tzinfo=UTC)) == Decimal("2.01")
    assert reduction_percent(Decimal(3), Decimal("1.25")) == 58
    assert reduction_percent(Decimal(0), Decimal(1)) is None


def test_a_high_limit_below_the_low_one_is_refused() -> None:
    found = lint(AlignmentRules(low_percent=Decimal(50), high_percent=Decimal(50)))
    assert [(each.path, each.code) for each in found] == [("high_percent", "ALIGNMENT_LIMITS_CROSSED")]
    assert lint(AlignmentRules(high_percent=Decimal(200))) == []
