"""A target over the periods, months and weeks of its cycle: every spread adds up to the target exactly (A4, A42)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of
from plumb_platform.numbers.periods import FiscalCalendar, FiscalPattern, Period, Slice, days_between, slices_between
from plumb_tenants.decomposition.given import Frame, Given, period_weights
from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.template_parts import Calendar, RampStep, Seasonal
from plumb_tenants.goals.rules import months_of, spread_over_months


@dataclass(frozen=True, slots=True)
class Measure:
    """What a value is spread by: the weights of the periods, the slices, and the days of those of each period."""

    weights: Sequence[int]
    slices: Sequence[Slice]
    days: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """The days of a frame cut into slices of periods, months and weeks; `counts` names the days that weigh.

    `known` keeps the measures of children, which very many of them share.
    """

    fiscal: FiscalCalendar
    frame: Frame
    counts: Callable[[date], bool]
    slices: Sequence[Slice]
    known: dict[tuple[object, ...], Measure] = field(default_factory=dict, compare=False)

    def of(self, given: Given) -> Sequence[Slice]:
        """Return the slices with the days that weigh for a child: those that its spells hold."""
        if given.is_always_there(self.frame):
            return self.slices
        there = {day for each in given.spells for day in days_between(each.first, each.last)}
        frame, counts = self.frame, self.counts
        return slices_between(self.fiscal, frame.starts_on, frame.ends_on, counts=lambda day: day in there and counts(day))

    @property
    def weeks(self) -> list[date]:
        """Return the Monday of each week, in order."""
        return list(dict.fromkeys(each.week for each in self.slices))


def cut_of(template: Seasonal, frame: Frame, counts: Callable[[date], bool] = lambda _: True) -> Cut:
    """Cut the days of a frame by a template's calendar; all of them weigh unless `counts` says otherwise."""
    fiscal = template.calendar.fiscal
    return Cut(fiscal, frame, counts, slices_between(fiscal, frame.starts_on, frame.ends_on, counts=counts))


def is_even(template: Seasonal, given: Given, frame: Frame) -> bool:
    """Return whether all months of the cycle weigh the same, so that the goal's own even spread holds."""
    ramped = bool(template.ramp) and given.hired_on is not None
    by_months = template.calendar.pattern is FiscalPattern.MONTHS
    return by_months and given.is_always_there(frame) and not (given.season or template.seasonality or ramped)


def spread_by_month(value: Decimal, template: Seasonal, given: Given, frame: Frame, cut: Cut | None = None) -> list[Decimal]:
    """Return the part of each calendar month that the cycle touches, in order; together `value`.

    Whoever spreads the values of many children over one frame cuts it once, in all its days.
    """
    measure = _known_measure(template, given, cut or cut_of(template, frame))
    return [amount_of(cents, CENT) for cents in _summed(_cents(value, measure), measure.slices, _month_of)]


def spread_by_week(value: Decimal, template: Seasonal, given: Given, cut: Cut) -> list[int]:
    """Return the cents of each week in order; no week without a day that weighs gets any. The cut is one of the template."""
    measure = _known_measure(template, given, cut)
    return _summed(_cents(value, measure), measure.slices, _week_of)


def spread_rest(rest: Decimal, fresh: Sequence[int], left: int) -> list[int]:
    """Return the cents of the last `left` weeks: together `rest`, in the proportion of the weeks of a fresh spread.

    They share it evenly where a fresh spread gives none of them anything; a negative rest takes back what was given before.
    """
    weights = [abs(cents) for cents in fresh[-left:]]
    return allocate_units(units_of(rest, CENT), weights if any(weights) else [1] * left)


def _known_measure(template: Seasonal, given: Given, cut: Cut) -> Measure:
    key = (given.season, given.hired_on, given.spells)
    measure = cut.known.get(key)
    if measure is None:
        measure = cut.known[key] = _measured(template, given, cut.frame, cut.of(given))
    return measure


def _measured(template: Seasonal, given: Given, frame: Frame, slices: Sequence[Slice]) -> Measure:
    weights = whole_fractions(period_weights(template, given, frame))
    if not any(weights):
        weights = whole_fractions(period_weights(template, Given(season=given.season, spells=given.spells), frame))
    days: dict[Period, list[int]] = {period: [] for period in frame.periods}
    for each in slices:
        days[each.period].append(each.days)
    return Measure(weights, slices, list(days.values()))


def _cents(value: Decimal, measure: Measure) -> list[int]:
    """Split a value over the periods by their weights, then each period over its slices by their days."""
    amounts = allocate_units(units_of(value, CENT), measure.weights)
    return [part for amount, days in zip(amounts, measure.days, strict=True) for part in allocate_units(amount, days)]


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


@dataclass(frozen=True, slots=True)
class Seasons:
    """What a spread needs of a stored template."""

    calendar: Calendar
    seasonality: tuple[Decimal, ...]
    ramp: tuple[RampStep, ...]


def stored_seasons(body: Mapping[str, Any]) -> Seasons:
    """Return what a spread needs out of a template's stored body, or out of those of its fields alone."""
    ramp = tuple(RampStep.model_validate(step) for step in body.get("ramp") or ())
    return Seasons(Calendar.model_validate(body.get("calendar") or {}), tuple(map(Decimal, body.get("seasonality") or ())), ramp)


def monthly(value: Decimal, template: Seasonal, given: Given, frame: Frame, cut: Cut | None = None) -> list[tuple[date, Decimal]]:
    """Return the months of a value by their first days, as the goal that is made of it has them."""
    months = months_of(frame.starts_on, frame.ends_on)
    if is_even(template, given, frame):
        return list(zip(months, spread_over_months(value, len(months)), strict=True))
    return list(zip(months, spread_by_month(value, template, given, frame, cut), strict=True))
