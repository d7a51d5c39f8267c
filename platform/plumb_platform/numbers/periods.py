"""Periods of a fiscal year: calendar months or 4-4-5 weeks from any first month, tiled without gap or overlap (A42)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PERIODS = 12


class FiscalPattern(StrEnum):
    """How a fiscal year is cut into twelve periods: by calendar months, or by quarters of thirteen weeks."""

    MONTHS = "MONTHS"
    WEEKS_445 = "WEEKS_445"
    WEEKS_454 = "WEEKS_454"
    WEEKS_544 = "WEEKS_544"

    @property
    def weeks(self) -> tuple[int, ...]:
        """Return the weeks of the three periods of a quarter; none for calendar months."""
        return tuple(int(digit) for digit in self.value.removeprefix("WEEKS_")) if self is not FiscalPattern.MONTHS else ()


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """A pattern and the month (1 to 12) with which the year begins; weeks begin on Monday (ISO 8601)."""

    pattern: FiscalPattern = FiscalPattern.MONTHS
    first_month: int = 1


@dataclass(frozen=True, slots=True)
class Period:
    """Period `number` (1 to 12) of the fiscal year that begins at the first month of `year`; both days belong to it."""

    year: int
    number: int
    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """Return how many days the period has."""
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three periods in a row, `number` 1 to 4, of the fiscal year that begins at the first month of `year`."""

    year: int
    number: int
    starts_on: date
    ends_on: date

    @property
    def name(self) -> str:
        """Return the quarter as people write it (2026-Q1)."""
        return f"{self.year}-Q{self.number}"

    @property
    def next_starts_on(self) -> date:
        """Return the first day of the quarter after this one."""
        return self.ends_on + DAY


@dataclass(frozen=True, slots=True)
class Slice:
    """Days in a row that share a period, a calendar month and a week; `days` counts those that have weight."""

    period: Period
    month: date
    week: date
    days: int


def year_start(calendar: FiscalCalendar, year: int) -> date:
    """Return the first day of a fiscal year; by weeks it is the Monday nearest to the first of the month."""
    first = date(year, calendar.first_month, 1)
    if calendar.pattern is FiscalPattern.MONTHS:
        return first
    return monday_of(first + 3 * DAY)


def periods_of_year(calendar: FiscalCalendar, year: int) -> tuple[Period, ...]:
    """Return the twelve periods of a fiscal year in order; a fifty-third week belongs to the last."""
    start, after = year_start(calendar, year), year_start(calendar, year + 1)
    if calendar.pattern is FiscalPattern.MONTHS:
        months = [calendar.first_month - 1 + step for step in range(PERIODS)]
        starts = [date(year + month // 12, month % 12 + 1, 1) for month in months]
    else:
        starts = [start]
        for weeks in (calendar.pattern.weeks * 4)[:-1]:
            starts.append(starts[-1] + weeks * WEEK)
    ends = [*starts[1:], after]
    return tuple(
        Period(year, place + 1, first, following - DAY) for place, (first, following) in enumerate(zip(starts, ends, strict=True))
    )


def periods_between(calendar: FiscalCalendar, first: date, last: date) -> list[Period]:
    """Return the periods that touch the days from `first` to `last`, both included, in order."""
    years = range(first.year - 1, last.year + 2)
    found = (period for year in years for period in periods_of_year(calendar, year))
    return [period for period in found if period.ends_on >= first and period.starts_on <= last]


def period_of(calendar: FiscalCalendar, day: date) -> Period:
    """Return the one period that a day belongs to."""
    return periods_between(calendar, day, day)[0]


def quarter_of(calendar: FiscalCalendar, day: date) -> Quarter:
    """Return the one quarter that a day belongs to."""
    period = period_of(calendar, day)
    return quarters_of_year(calendar, period.year)[(period.number - 1) // 3]


def quarters_of_year(calendar: FiscalCalendar, year: int) -> tuple[Quarter, ...]:
    """Return the four quarters of a fiscal year in order."""
    periods = periods_of_year(calendar, year)
    threes = (periods[place : place + 3] for place in range(0, PERIODS, 3))
    return tuple(Quarter(year, place, three[0].starts_on, three[-1].ends_on) for place, three in enumerate(threes, start=1))


def period_at(calendar: FiscalCalendar, instant: datetime, zone: ZoneInfo) -> Period:
    """Return the period of an aware instant, by the day that it is in `zone`."""
    return period_of(calendar, instant.astimezone(zone).date())


def instants_of(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a period begins and ends in `zone`, in UTC, the end excluded: also where a night lasts 23 or 25 hours."""
    return midnight(period.starts_on, zone), midnight(period.ends_on + DAY, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day in `zone`, in UTC; where midnight is skipped, the instant of the jump."""
    # A skipped midnight read with the offset before the jump (fold 0) is the jump itself; one that comes twice is its first.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - day.weekday() * DAY


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield each day from `first` to `last`, both included."""
    return (first + step * DAY for step in range((last - first).days + 1))


def slices_between(
    calendar: FiscalCalendar, first: date, last: date, *, counts: Callable[[date], bool] = lambda _: True
) -> list[Slice]:
    """Cut the days from `first` to `last` wherever a period, a month or a week ends; `days` counts those that `counts` names.

    A period in which no day counts is counted in all its days, so that nothing put into it is lost.
    """
    found: list[Slice] = []
    for period in periods_between(calendar, first, last):
        days = list(days_between(max(first, period.starts_on), min(last, period.ends_on)))
        chosen = frozenset(filter(counts, days)) or frozenset(days)
        for (month, week), group in groupby(days, key=lambda day: (day.replace(day=1), monday_of(day))):
            found.append(Slice(period, month, week, sum(day in chosen for day in group)))
    return found
