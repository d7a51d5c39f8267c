"""Fiscal periods tile the years without gap or overlap, in every pattern and over every change of the clocks (A42)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.periods import (
    FiscalCalendar,
    FiscalPattern,
    Period,
    instants_of,
    midnight,
    period_at,
    period_of,
    periods_between,
    periods_of_year,
    quarter_of,
    slices_between,
    year_start,
)

ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Europe/London")
calendars = st.builds(FiscalCalendar, st.sampled_from(FiscalPattern), st.integers(1, 12))
years = st.integers(1990, 2060)


@pytest.mark.parametrize(
    ("pattern", "starts", "weeks"),
    [
        (FiscalPattern.WEEKS_445, date(2025, 12, 29), [4, 4, 5] * 3 + [4, 4, 6]),
        (FiscalPattern.WEEKS_454, date(2025, 12, 29), [4, 5, 4] * 3 + [4, 5, 5]),
        (FiscalPattern.WEEKS_544, date(2025, 12, 29), [5, 4, 4] * 3 + [5, 4, 5]),
    ],
)
def test_2026_by_weeks_begins_on_the_nearest_monday_and_has_a_fifty_third_week(
    pattern: FiscalPattern, starts: date, weeks: list[int]
) -> None:
    periods = periods_of_year(FiscalCalendar(pattern), 2026)
    assert periods[0].starts_on == starts
    assert [period.days // 7 for period in periods] == weeks


def test_a_fiscal_year_from_april_has_the_first_quarter_last() -> None:
    periods = periods_of_year(FiscalCalendar(first_month=4), 2026)
    assert (periods[0], periods[11]) == (
        Period(2026, 1, date(2026, 4, 1), date(2026, 4, 30)),
        Period(2026, 12, date(2027, 3, 1), date(2027, 3, 31)),
    )
    assert period_of(FiscalCalendar(first_month=4), date(2027, 2, 28)) == periods[10]


@given(calendars, years)
def test_the_periods_of_a_year_tile_it_and_the_next_year_follows(calendar: FiscalCalendar, year: int) -> None:
    periods = periods_of_year(calendar, year)
    following = [*[period.starts_on for period in periods[1:]], year_start(calendar, year + 1)]
    assert [period.ends_on + timedelta(days=1) for period in periods] == following
    assert periods[0].starts_on == year_start(calendar, year)
    assert sum(period.days for period in periods) in ((364, 371) if calendar.pattern is not FiscalPattern.MONTHS else (365, 366))


@given(calendars, st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_every_day_belongs_to_one_period(calendar: FiscalCalendar, day: date) -> None:
    assert len(periods_between(calendar, day, day)) == 1
    period = period_of(calendar, day)
    assert period.starts_on <= day <= period.ends_on
    assert period in periods_of_year(calendar, period.year)


@given(calendars, st.integers(631_238_400, 2_870_000_000), st.sampled_from(ZONES))
def test_every_instant_lies_within_its_period_over_any_change_of_the_clocks(
    calendar: FiscalCalendar, seconds: int, zone_name: str
) -> None:
    zone, instant = ZoneInfo(zone_name), datetime.fromtimestamp(seconds, UTC)
    period = period_at(calendar, instant, zone)
    begins, ends = instants_of(period, zone)
    assert begins <= instant < ends
    assert instants_of(period_of(calendar, period.ends_on + timedelta(days=1)), zone)[0] == ends


def test_a_month_with_a_change_of_the_clocks_is_an_hour_short_or_long() -> None:
    march, november = (periods_of_year(FiscalCalendar(), 2026)[place] for place in (2, 10))
    hours = []
    for period in (march, november):
        begins, ends = instants_of(period, ZoneInfo("America/New_York"))
        hours.append((ends - begins) / timedelta(hours=1))
    assert hours == [31 * 24 - 1, 30 * 24 + 1]


def test_a_day_whose_midnight_is_skipped_begins_with_the_jump() -> None:
    # In São Paulo the clocks went from 00:00 to 01:00 on 2018-11-04.
    assert midnight(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)


@given(calendars, st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 800))
def test_slices_cover_each_day_once_and_never_cross_a_period_a_month_or_a_week(
    calendar: FiscalCalendar, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    found = slices_between(calendar, first, last)
    assert sum(each.days for each in found) == length + 1
    assert len({(each.period, each.month, each.week) for each in found}) == len(found)


def test_a_period_without_a_day_that_counts_is_counted_in_all_its_days() -> None:
    found = slices_between(FiscalCalendar(), date(2026, 2, 28), date(2026, 3, 2), counts=lambda day: day.weekday() < 5)
    assert [(each.month, each.week, each.days) for each in found] == [
        (date(2026, 2, 1), date(2026, 2, 23), 1),
        (date(2026, 3, 1), date(2026, 2, 23), 0),
        (date(2026, 3, 1), date(2026, 3, 2), 1),
    ]


@pytest.mark.parametrize(
    ("calendar", "day", "name", "first", "after"),
    [
        (FiscalCalendar(), (2026, 1, 1), "2026-Q1", (2026, 1, 1), (2026, 4, 1)),
        (FiscalCalendar(), (2026, 9, 30), "2026-Q3", (2026, 7, 1), (2026, 10, 1)),
        (FiscalCalendar(), (2026, 12, 31), "2026-Q4", (2026, 10, 1), (2027, 1, 1)),
        (FiscalCalendar(first_month=4), (2026, 3, 31), "2025-Q4", (2026, 1, 1), (2026, 4, 1)),
        (FiscalCalendar(first_month=2), (2026, 4, 30), "2026-Q1", (2026, 2, 1), (2026, 5, 1)),
        (FiscalCalendar(FiscalPattern.WEEKS_445), (2026, 3, 29), "2026-Q1", (2025, 12, 29), (2026, 3, 30)),
        (FiscalCalendar(FiscalPattern.WEEKS_445), (2027, 1, 3), "2026-Q4", (2026, 9, 28), (2027, 1, 4)),
    ],
)
def test_a_quarter_is_three_periods_of_its_fiscal_year(
    calendar: FiscalCalendar, day: tuple[int, int, int], name: str, first: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    found = quarter_of(calendar, date(*day))
    assert (found.name, found.starts_on, found.next_starts_on) == (name, date(*first), date(*after))
