"""The mean without oneself, flags, rounds by the calendar, days and reductions; pure (C6, C25, D2)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.alignment.definition import AlignmentRules, lint
from plumb_tenants.alignment.rules import Flag, Peers, Round, elapsed_days, flag_of, peers_of, reduction_percent, round_on

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
    found = [flag_of(value, peers, low=LOW, high=None) for value, peers in zip(amounts, peers_of(amounts), strict=True)]
    assert found == flags


def test_nothing_is_too_high_until_a_company_says_so() -> None:
    others = Peers(Decimal(300), 3)
    assert flag_of(Decimal(900), others, low=LOW, high=None) is None
    assert flag_of(Decimal(200), others, low=LOW, high=Decimal(200)) is Flag.HIGH
    assert flag_of(Decimal("199.99"), others, low=LOW, high=Decimal(200)) is None


def test_no_rounding_decides_at_a_limit() -> None:
    # 1.00 is exactly 30 % of a mean of 10 / 3, which no decimal writes.
    assert flag_of(Decimal("1.00"), Peers(Decimal("10.00"), 3), low=Decimal(30), high=None) is Flag.LOW
    assert flag_of(Decimal("1.01"), Peers(Decimal("10.00"), 3), low=Decimal(30), high=None) is None


@given(AMOUNTS, st.decimals(min_value=1, max_value=100, places=2), st.decimals(min_value=101, max_value=500, places=2))
def test_flags_and_means_are_what_exact_fractions_give(values: list[Decimal], low: Decimal, high: Decimal) -> None:
    for place, peers in enumerate(peers_of(values)):
        others = [Fraction(value) for value in values[:place] + values[place + 1 :]]
        flag, mean = flag_of(values[place], peers, low=low, high=high), peers.mean
        if not others:
            assert (flag, mean) == (None, None)
            continue
        exact = sum(others, Fraction(0)) / len(others)
        assert mean is not None
        assert abs(Fraction(mean) - exact) < Fraction(1, 10**30)
        percent = Fraction(values[place]) * 100 / exact if exact else None
        expected = None if percent is None else Flag.LOW if percent <= low else Flag.HIGH if percent >= high else None
        assert flag == expected


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
    assert [(each.path, each.code) for each in found] == [("highPercent", "ALIGNMENT_LIMITS_CROSSED")]
    assert lint(AlignmentRules(high_percent=Decimal(200))) == []
