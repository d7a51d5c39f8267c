"""Fairness at a golden data set: the fixture of case study 004 beside an equal split (N13)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.decomposition.fairness import fairness_of

POTENTIAL = [Decimal(share) for share in (".40", ".20", ".15", ".15", ".10")]
WEIGHTED = [Decimal(value) for value in ("9900000", "6000000", "5250000", "4800000", "4050000")]


def test_the_weighted_split_lies_further_apart_and_the_equal_one_loads_the_weak_twice() -> None:
    weighted, equal = fairness_of(WEIGHTED, POTENTIAL), fairness_of([Decimal(6_000_000)] * 5, POTENTIAL)
    assert (weighted.mean, equal.mean) == (Decimal("6000000.00"), Decimal("6000000.00"))
    assert [str(each.dispersion) for each in (weighted, equal)] == ["0.341687", "0.000000"]
    assert [str(load.ratio) for load in weighted.loads] == ["0.825000", "1.000000", "1.166667", "1.066667", "1.350000"]
    assert [str(load.ratio) for load in equal.loads] == ["0.500000", "1.000000", "1.333333", "1.333333", "2.000000"]
    assert [str(each.spread) for each in (weighted, equal)] == ["1.636364", "4.000000"]
    # Ratios around 1.081667 deviate by 0.174356, those around 1.233333 by 0.489898.
    assert [str(each.load_dispersion) for each in (weighted, equal)] == ["0.161192", "0.397215"]
    assert [str(load.share) for load in weighted.loads] == ["0.330000", "0.200000", "0.175000", "0.160000", "0.135000"]


def test_a_child_without_potential_has_no_ratio_and_one_without_value_no_spread() -> None:
    found = fairness_of([Decimal(1), Decimal(1)], [Decimal(0), Decimal(2)])
    assert [load.ratio for load in found.loads] == [None, Decimal("0.500000")]
    assert fairness_of([Decimal(0), Decimal(1)], [Decimal(1), Decimal(1)]).spread is None
    nothing = fairness_of([Decimal(0)], [Decimal(0)])
    assert (nothing.dispersion, nothing.load_dispersion, nothing.spread) == (Decimal(0), Decimal(0), None)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.integers(1, 1000))
def test_who_carries_what_their_potential_says_is_loaded_alike(potentials: list[int], times: int) -> None:
    found = fairness_of([Decimal(each * times) for each in potentials], [Decimal(each) for each in potentials])
    assert {load.ratio for load in found.loads} == {Decimal("1.000000")}
    assert (found.load_dispersion, found.spread) == (Decimal("0.000000"), Decimal("1.000000"))
