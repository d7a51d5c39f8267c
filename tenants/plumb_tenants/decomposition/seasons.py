"""A target over the periods, months and weeks of its cycle: every spread adds up to the target exactly (A4, A42)."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm

from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of
from plumb_platform.numbers.periods import FiscalPattern, Period, Slice, slices_between
from plumb_tenants.decomposition.given import Frame, Given, period_weights
from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.template import DecompositionTemplate


def is_even(template: DecompositionTemplate, given: Given) -> bool:
    """Return whether all months of the cycle weigh the same, so that the goal's own even spread holds."""
    ramped = bool(template.ramp) and given.hired_on is not None
    by_months = template.calendar.pattern is FiscalPattern.MONTHS
    return by_months and not (given.season or template.seasonality or ramped)


def spread_by_month(value: Decimal, template: DecompositionTemplate, given: Given, frame: Frame) -> list[Decimal]:
    """Return the part of each calendar month that the cycle touches, in order; together `value`."""
    slices = slices_between(template.calendar.fiscal, frame.starts_on, frame.ends_on)
    return [amount_of(cents, CENT) for cents in _summed(_cents(value, template, given, frame, slices), slices, _month_of)]


def spread_by_week(
    value: Decimal, template: DecompositionTemplate, given: Given, frame: Frame, slices: Sequence[Slice]
) -> list[int]:
    """Return the cents of each week in order; `slices` are those of the frame, with the days that count."""
    return _summed(_cents(value, template, given, frame, slices), slices, _week_of)


def weeks_of(slices: Sequence[Slice]) -> list[date]:
    """Return the Monday of each week that slices belong to, in order."""
    return list(dict.fromkeys(each.week for each in slices))


def _cents(value: Decimal, template: DecompositionTemplate, given: Given, frame: Frame, slices: Sequence[Slice]) -> list[int]:
    """Split a value over the periods by their weights, then each period over its slices by their days."""
    weights = whole_fractions(period_weights(template, given, frame))
    if not any(weights):
        weights = whole_fractions(period_weights(template, Given(season=given.season), frame))
    amounts = dict(zip(frame.periods, allocate_units(units_of(value, CENT), weights), strict=True))
    parts: list[int] = []
    for period in frame.periods:
        parts += allocate_units(amounts[period], [each.days for each in _of_period(slices, period)])
    return parts


def _of_period(slices: Sequence[Slice], period: Period) -> list[Slice]:
    return [each for each in slices if each.period == period]


def whole_fractions(weights: Sequence[Fraction]) -> list[int]:
    """Scale fractions to integers in the same proportion."""
    scale = lcm(*(weight.denominator for weight in weights))
    return [weight.numerator * (scale // weight.denominator) for weight in weights]


def _month_of(each: Slice) -> date:
    return each.month


def _week_of(each: Slice) -> date:
    return each.week


def _summed(cents: Sequence[int], slices: Sequence[Slice], key: Callable[[Slice], date]) -> list[int]:
    sums: dict[date, int] = {}
    for each, amount in zip(slices, cents, strict=True):
        sums[key(each)] = sums.get(key(each), 0) + amount
    return list(sums.values())
