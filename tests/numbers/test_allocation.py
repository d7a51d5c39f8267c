"""Allocation: refusals, the fixtures of C50, C60, C83 and D1, and the laws that hold for all weights."""

from decimal import Decimal
from fractions import Fraction
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import (
    IndivisibleTotal,
    InvalidWeight,
    NoWeight,
    allocate,
    allocate_units,
    are_modest,
    equal_units,
    is_modest,
    whole_weights,
)

CENT = Decimal("0.01")


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize("weights", [[], ["0"], ["0", "0.00"]])
def test_a_split_without_any_weight_is_refused(weights: list[str]) -> None:
    with pytest.raises(NoWeight):
        allocate(Decimal(100), decimals(*weights), unit=CENT)


@pytest.mark.parametrize("bad", ["-1", "-0.0001", "NaN", "sNaN", "Infinity", "1E+999999", "1E-999999"])
def test_a_weight_that_is_no_plain_share_is_refused_by_its_place(bad: str) -> None:
    with pytest.raises(InvalidWeight) as refusal:
        allocate(Decimal(100), decimals("1", bad), unit=CENT)
    assert refusal.value.field == "weights[1]"
    assert "第 2 个权重" in refusal.value.text("zh-CN")


@pytest.mark.parametrize(
    ("total", "unit"),
    [
        ("100.001", "0.01"),
        ("0.5", "1"),
        ("NaN", "0.01"),
        ("Infinity", "1"),
        ("1E+999999", "1"),
        ("1", "0"),
        ("1", "-1"),
    ],
)
def test_a_total_that_is_no_whole_multiple_of_the_unit_is_refused(total: str, unit: str) -> None:
    with pytest.raises(IndivisibleTotal) as refusal:
        allocate(Decimal(total), [Decimal(1)], unit=Decimal(unit))
    assert isinstance(refusal.value, InvalidInput)
    assert refusal.value.field == "total"


def test_eight_million_over_six_regions_splits_as_in_c50() -> None:
    shares = allocate(Decimal(8_000_000), decimals("1.3", "1", "1", "1", "1", "1"), unit=CENT)
    assert shares == decimals("1650793.65", *["1269841.27"] * 5)


def test_one_senior_and_two_new_colleagues_split_as_in_c50() -> None:
    shares = allocate(Decimal(3_800_000), decimals("1.8", "1", "1"), unit=CENT)
    assert shares == decimals("1800000.00", "1000000.00", "1000000.00")


def test_three_parties_share_an_order_to_the_cent_as_in_c60() -> None:
    shares = allocate(Decimal(100_000), decimals("1", "1", "1"), unit=CENT)
    assert shares == decimals("33333.34", "33333.33", "33333.33")


def test_exact_thirds_of_a_hundred_percent_as_in_rule_d1() -> None:
    assert allocate(Decimal(100), decimals("33", "33", "33"), unit=CENT) == decimals("33.34", "33.33", "33.33")


def test_thirty_million_by_three_weighted_factors_as_in_c83() -> None:
    factors = [
        (Decimal(50), decimals(".40", ".20", ".15", ".15", ".10")),
        (Decimal(30), decimals(".30", ".20", ".20", ".15", ".15")),
        (Decimal(20), decimals(".2", ".2", ".2", ".2", ".2")),
    ]
    scores = [sum((weight * shares[unit] for weight, shares in factors), Decimal(0)) for unit in range(5)]
    expected = decimals("9900000.00", "6000000.00", "5250000.00", "4800000.00", "4050000.00")
    assert allocate(Decimal(30_000_000), scores, unit=CENT) == expected


def test_a_zero_weight_gets_zero_and_keeps_its_place() -> None:
    assert allocate(Decimal("0.05"), decimals("1", "0", "1"), unit=CENT) == decimals("0.03", "0.00", "0.02")


def test_a_negative_total_mirrors_the_positive_one() -> None:
    assert allocate(Decimal(-100), decimals("1", "1", "1"), unit=CENT) == decimals("-33.34", "-33.33", "-33.33")


def test_shares_carry_the_places_of_the_unit() -> None:
    assert [str(share) for share in allocate(Decimal(3), decimals("1", "2"), unit=CENT)] == ["1.00", "2.00"]
    assert [str(share) for share in allocate(Decimal(10), decimals("1", "2"), unit=Decimal(1))] == ["3", "7"]


def test_weights_far_apart_lose_nothing() -> None:
    shares = allocate(Decimal(999999999999999999), decimals("1E-30", "1E+30"), unit=CENT)
    assert shares == decimals("0.00", "999999999999999999.00")


WEIGHTS = st.lists(st.decimals(0, 10**9, places=4), min_size=1, max_size=20).filter(any)
CENTS = st.integers(-(10**17), 10**17)


@given(CENTS, WEIGHTS)
def test_children_always_add_up_and_stay_within_one_unit_of_their_quota(cents: int, weights: list[Decimal]) -> None:
    total = Decimal(cents) * CENT
    shares = allocate(total, weights, unit=CENT)
    assert sum(map(Fraction, shares)) == Fraction(total)
    whole = sum(map(Fraction, weights))
    for share, weight in zip(shares, weights, strict=True):
        assert abs(Fraction(share) - Fraction(total) * Fraction(weight) / whole) < Fraction(CENT)


@given(CENTS, WEIGHTS, st.integers(1, 1000))
def test_neither_sign_nor_scale_of_the_weights_changes_the_split(cents: int, weights: list[Decimal], scale: int) -> None:
    total = Decimal(cents) * CENT
    shares = allocate(total, weights, unit=CENT)
    assert allocate(-total, weights, unit=CENT) == [-share for share in shares]
    assert allocate(total, [weight * scale for weight in weights], unit=CENT) == shares


@given(CENTS, WEIGHTS)
def test_of_two_equal_weights_the_earlier_never_gets_less(cents: int, weights: list[Decimal]) -> None:
    shares = allocate(abs(Decimal(cents)) * CENT, [*weights, *weights], unit=CENT)
    earlier, later = shares[: len(weights)], shares[len(weights) :]
    assert all(0 <= one - other <= CENT for one, other in zip(earlier, later, strict=True))


@given(total=st.integers(-(10**15), 10**15), count=st.integers(1, 60))
def test_equal_parts_are_those_of_equal_weights(total: int, count: int) -> None:
    assert equal_units(total, count) == allocate_units(total, [1] * count)


@given(st.lists(st.decimals(), max_size=6))
def test_numbers_are_modest_together_when_each_is(numbers: list[Decimal]) -> None:
    assert are_modest(numbers) == all(map(is_modest, numbers))


@given(st.lists(st.decimals(min_value=0, max_value=10**20, allow_nan=False, places=7), min_size=1, max_size=9))
def test_whole_weights_are_the_smallest_integers_in_the_same_proportion(weights: list[Decimal]) -> None:
    whole, exact = whole_weights(weights), [Fraction(weight) for weight in weights]
    assert [Fraction(each) * sum(exact) for each in whole] == [each * sum(whole) for each in exact]
    assert gcd(*whole) in (0, 1)


def test_a_weight_of_more_digits_than_any_weight_needs_is_refused_by_its_place() -> None:
    with pytest.raises(InvalidWeight) as refusal:
        whole_weights([Decimal(1), Decimal("0." + "3" * 400)])
    assert refusal.value.field == "weights[1]"
    assert "第 2 个权重" in refusal.value.text("zh-CN")
