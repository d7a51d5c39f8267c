"""A target over the periods, months and weeks of its cycle: every spread adds up to the target exactly (A4, A42)."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import lcm

from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of
from plumb_platform.numbers.periods import FiscalPattern, Slice, slices_between
from plumb_tenants.decomposition.given import Frame, Given, period_weights
from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.template import DecompositionTemplate

Spreader = Callable[[Decimal, Given], list[int]]
"""Gives a value, with what is given for whose it is, as whole cents of each span in order; together the value."""


def is_even(template: DecompositionTemplate, given: Given) -> bool:
    """Return whether all months of the cycle weigh the same, so that the goal's own even spread holds."""
    ramped = bool(template.ramp) and given.hired_on is not None
    by_months = template.calendar.pattern is FiscalPattern.MONTHS
    return by_months and not (given.season or template.seasonality or ramped)


def spreader_by_month(template: DecompositionTemplate, frame: Frame) -> Callable[[Decimal, Given], list[Decimal]]:
    """Return what gives the part of each calendar month that the cycle touches, in order; together the value."""
    spread = _spreader(template, frame, slices_between(template.calendar.fiscal, frame.starts_on, frame.ends_on), _month_of)
    return lambda value, given: [amount_of(cents, CENT) for cents in spread(value, given)]


def spreader_by_week(template: DecompositionTemplate, frame: Frame, slices: Sequence[Slice]) -> Spreader:
    """Return what gives the cents of each week in order; `slices` are those of the frame, with the days that count."""
    return _spreader(template, frame, slices, _week_of)


def weeks_of(slices: Sequence[Slice]) -> list[date]:
    """Return the Monday of each week that slices belong to, in order."""
    return list(dict.fromkeys(each.week for each in slices))


def _spreader(template: DecompositionTemplate, frame: Frame, slices: Sequence[Slice], key: Callable[[Slice], date]) -> Spreader:
    """Split values over the periods by their weights, then each period over its slices by their days, and add up by key.

    What depends on the season and the day of joining alone is worked out once for all who share them.
    """
    place_of = {each: place for place, each in enumerate(dict.fromkeys(map(key, slices)))}
    places = [place_of[key(each)] for each in slices]
    days = [[each.days for each in slices if each.period == period] for period in frame.periods]

    @cache
    def weights(season: tuple[Decimal, ...], hired_on: date | None) -> list[int]:
        found = whole_fractions(period_weights(template, Given(season=season, hired_on=hired_on), frame))
        return found if any(found) or hired_on is None else weights(season, None)

    def spread(value: Decimal, given: Given) -> list[int]:
        sums, parts = [0] * len(place_of), list[int]()
        for amount, theirs in zip(
            allocate_units(units_of(value, CENT), weights(given.season, given.hired_on)), days, strict=True
        ):
            parts += allocate_units(amount, theirs)
        for place, part in zip(places, parts, strict=True):
            sums[place] += part
        return sums

    return spread


def whole_fractions(weights: Sequence[Fraction]) -> list[int]:
    """Scale fractions to integers in the same proportion."""
    scale = lcm(*(weight.denominator for weight in weights))
    return [weight.numerator * (scale // weight.denominator) for weight in weights]


def _month_of(each: Slice) -> date:
    return each.month


def _week_of(each: Slice) -> date:
    return each.week
