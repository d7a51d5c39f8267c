"""How far attainments spread: stability, people who are off, regions, at the numbers of their rows (C24, C41, C63, D4, D13)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.goals.spreads import Deviation, Spread, Stability, deviation_of, spread_of, stability_of, variance_of


def numbers(*given_: str) -> list[Decimal]:
    return [Decimal(each) for each in given_]


@pytest.mark.parametrize(
    ("rates", "verdict", "points"),
    [
        (("88", "90", "86"), Stability.STABLE, "2.00"),
        (("80", "90", "86"), Stability.UNSTABLE, "5.33"),
        (("85", "95", "90"), Stability.STABLE, "5.00"),
        (("88", "90"), Stability.INSUFFICIENT, "1.00"),
    ],
)
def test_three_quarters_within_five_points_of_their_mean_are_stable(
    rates: tuple[str, ...], verdict: Stability, points: str
) -> None:
    found, spread = stability_of(numbers(*rates), within=Decimal(5))
    assert (found, spread.points) == (verdict, Decimal(points))


def test_nothing_says_nothing() -> None:
    assert stability_of([], within=Decimal(5)) == (Stability.INSUFFICIENT, Spread(None, None))
    assert deviation_of({}, off_by=Decimal(30)) == Deviation(None, 0, 0, 0, 0)


@pytest.mark.parametrize(("regions", "points"), [(("92", "100"), "8.00"), (("91.9", "100"), "8.10"), (("108.1",), "8.10")])
def test_the_farthest_region_decides(regions: tuple[str, ...], points: str) -> None:
    assert variance_of(Decimal(100), numbers(*regions)).points == Decimal(points)


def test_who_is_off_by_more_than_thirty_percent_is_counted_apart_and_zero_targets_have_none() -> None:
    pairs = {
        "over": [(Decimal(137), Decimal(100))],
        "at the limit": [(Decimal(70), Decimal(100))],
        "mixed": [(Decimal(100), Decimal(100)), (Decimal(60), Decimal(100))],
        "nothing": [(Decimal(5), Decimal(0))],
        "negative": [(Decimal(-88), Decimal(-100))],
    }
    assert deviation_of(pairs, off_by=Decimal(30)) == Deviation(Decimal("23.80"), 5, 1, 4, 1)


@given(st.lists(st.decimals(0, 200, places=2), min_size=1, max_size=12))
def test_a_spread_is_never_negative_and_none_among_equals(rates: list[Decimal]) -> None:
    assert (spread_of(rates).points or 0) >= 0
    assert spread_of([rates[0]] * len(rates)).points == 0
