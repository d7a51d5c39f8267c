from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.allocation import IndivisibleTotal, allocate
from plumb_tenants.goals.rules import (
    AmountInvalid,
    GoalAct,
    GoalState,
    check_amount,
    is_text,
    months_of,
    next_state,
    spread_like,
    spread_over_months,
)


@pytest.mark.parametrize("amount", ["0.001", "1e16", "-10000000000000000", "NaN", "Infinity", "1e999999"])
def test_an_amount_with_parts_of_a_cent_or_too_wide_is_refused(amount: str) -> None:
    with pytest.raises(AmountInvalid) as refused:
        check_amount(Decimal(amount), field="target")
    assert refused.value.field == "target"


@pytest.mark.parametrize("amount", ["0", "-0.01", "9999999999999999.99", "11385000", "1e3"])
def test_an_amount_to_the_cent_passes(amount: str) -> None:
    check_amount(Decimal(amount), field="target")


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "x" * 11])
def test_a_text_that_says_nothing_or_cannot_be_kept_is_none(text: str) -> None:
    assert not is_text(text, longest=10)


def test_a_confirmed_goal_is_not_confirmed_again_and_nobody_confirms_a_draft() -> None:
    assert next_state("CONFIRMED", GoalAct.CONFIRM) is None
    assert next_state("DRAFT", GoalAct.CONFIRM) is None
    assert next_state("DRAFT", GoalAct.REVISE) is None


def test_a_goal_goes_from_draft_to_proposed_to_confirmed_and_back_when_revised() -> None:
    assert next_state("DRAFT", GoalAct.PROPOSE) is GoalState.PROPOSED
    assert next_state("PROPOSED", GoalAct.CONFIRM) is GoalState.CONFIRMED
    assert next_state("CONFIRMED", GoalAct.REVISE) is GoalState.PROPOSED


def test_months_are_those_that_the_period_touches() -> None:
    touched = months_of(date(2025, 11, 30), date(2026, 2, 1))
    assert touched == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert months_of(date(2026, 5, 6), date(2026, 5, 6)) == [date(2026, 5, 1)]


def test_a_target_in_parts_of_a_cent_is_not_spread() -> None:
    with pytest.raises(IndivisibleTotal):
        spread_over_months(Decimal("0.001"), 12)


def test_the_odd_cents_of_a_year_go_to_its_first_months() -> None:
    assert [str(part) for part in spread_over_months(Decimal("100.00"), 12)] == ["8.34"] * 4 + ["8.33"] * 8


@given(target=st.decimals(min_value=-(10**15), max_value=10**15, places=2), months=st.integers(1, 36))
def test_months_add_up_to_the_target_and_differ_by_a_cent_at_most(target: Decimal, months: int) -> None:
    parts = spread_over_months(target, months)
    assert (len(parts), sum(parts)) == (months, target)
    assert parts == allocate(target, [Decimal(1)] * months, unit=Decimal("0.01"))
    assert max(parts) - min(parts) <= Decimal("0.01")


def test_a_new_target_keeps_the_season_of_the_old_one_and_what_was_even_stays_even() -> None:
    season = [Decimal(each) for each in ("0.00", "10.00", "10.01", "40.00")]
    assert [str(each) for each in spread_like(Decimal("120.02"), season)] == ["0.00", "20.00", "20.02", "80.00"]
    even = [Decimal(each) for each in ("33.34", "33.33", "33.33")]
    assert [str(each) for each in spread_like(Decimal("100.01"), even)] == ["33.34", "33.34", "33.33"]
    apart = [Decimal(each) for each in ("33.35", "33.33", "33.32")]
    assert [str(each) for each in spread_like(Decimal("200.00"), apart)] == ["66.70", "66.66", "66.64"]
