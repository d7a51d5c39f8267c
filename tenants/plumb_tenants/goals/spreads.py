"""How far attainments spread: stability over cycles, deviation of people, variance of regions; pure (C24, C41, C63, D4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from plumb_tenants.goals.rules import CENT

HUNDRED = Decimal(100)
FEWEST = 3
"""Cycles that a stability needs."""


class Stability(StrEnum):
    """Whether attainments stay near their mean; fewer than three say nothing."""

    STABLE = "STABLE"
    UNSTABLE = "UNSTABLE"
    INSUFFICIENT = "INSUFFICIENT"


@dataclass(frozen=True, slots=True)
class Spread:
    """The farthest that a rate lies from the mean or from the whole, in percentage points, to two places."""

    rate: Decimal | None
    points: Decimal | None


@dataclass(frozen=True, slots=True)
class Deviation:
    """The mean of |actual - target| / |target| in percent, over what has one; who is off by more than a limit is counted apart.

    `undefined` counts targets of zero, which have no deviation (D4).
    """

    percent: Decimal | None
    counted: int
    undefined: int
    people: int
    people_off: int


def spread_of(rates: Sequence[Decimal]) -> Spread:
    """Return how far the farthest rate lies from the mean of all (C24)."""
    if not rates:
        return Spread(None, None)
    mean = sum(rates, Decimal(0)) / len(rates)
    return Spread(_round(mean), _round(max(abs(rate - mean) for rate in rates)))


def stability_of(rates: Sequence[Decimal], *, within: Decimal) -> tuple[Stability, Spread]:
    """Return whether rates stay within some points of their mean, the limit included."""
    spread = spread_of(rates)
    if len(rates) < FEWEST or spread.points is None:
        return Stability.INSUFFICIENT, spread
    return Stability.STABLE if spread.points <= within else Stability.UNSTABLE, spread


def variance_of(whole: Decimal, rates: Sequence[Decimal]) -> Spread:
    """Return how far the farthest region lies from the whole (C41)."""
    points = max((abs(rate - whole) for rate in rates), default=None)
    return Spread(_round(whole), None if points is None else _round(points))


def deviation_of(pairs: Mapping[str, Sequence[tuple[Decimal, Decimal]]], *, off_by: Decimal) -> Deviation:
    """Return the deviation of (actual, target) pairs by person; somebody's own is the mean of theirs (C63)."""
    each = {person: [abs((a - t) / t) * HUNDRED for a, t in theirs if t] for person, theirs in pairs.items()}
    every = [percent for percents in each.values() for percent in percents]
    off = sum(1 for percents in each.values() if percents and sum(percents, Decimal(0)) / len(percents) > off_by)
    undefined = sum(1 for theirs in pairs.values() for _, target in theirs if not target)
    mean = _round(sum(every, Decimal(0)) / len(every)) if every else None
    return Deviation(mean, len(every), undefined, sum(1 for percents in each.values() if percents), off)


def _round(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
