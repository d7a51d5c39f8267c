"""The kind `calendar`: the days of the week that a company works, its hours, and its own holidays and working days by year."""

from collections.abc import Iterator
from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import FiscalCalendar
from plumb_tenants.calendars.fiscal import FiscalYear
from plumb_tenants.calendars.official import YEARS, official_marks
from plumb_tenants.calendars.rules import Calendar, CalendarYearMissing
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Step, register
from plumb_tenants.definitions.quarters import company_year_by
from plumb_tenants.definitions.service import company_today, effective_version
from plumb_tenants.definitions.spelling import Moment

KIND = "calendar"
KEY = "default"


class WeekdayTwice(InvalidInput):
    """A weekday is worked or not."""

    code = "CALENDAR_WEEKDAY_TWICE"
    zh = "“{weekday}”重复出现。"
    en = "{weekday} stands there twice."


class HoursInvalid(InvalidInput):
    """Working hours follow each other within a day."""

    code = "CALENDAR_HOURS_INVALID"
    zh = "工作时段 {first} 至 {last} 无效：须先开始后结束，且不早于前一时段的结束。"
    en = "The working hours {first} to {last} are not valid: they end after they start, and start after the ones before."


class YearTwice(InvalidInput):
    """A year has one table."""

    code = "CALENDAR_YEAR_TWICE"
    zh = "{year} 年重复出现。"
    en = "The year {year} stands there twice."


class YearEmpty(InvalidInput):
    """A year that has not been announced is known by the company's days alone."""

    code = "CALENDAR_YEAR_EMPTY"
    zh = "{year} 年尚无官方安排，请列出该年的放假日。"
    en = "The year {year} has no official table; list its holidays."


class DayOutsideYear(InvalidInput):
    """A day stands in the table of its year."""

    code = "CALENDAR_DAY_OUTSIDE_YEAR"
    zh = "{day} 不属于 {year} 年。"
    en = "{day} is not in {year}."


class DayTwice(InvalidInput):
    """A day is a holiday or a working day."""

    code = "CALENDAR_DAY_TWICE"
    zh = "{day} 重复出现，或既是放假日又是工作日。"
    en = "{day} stands there twice, or as a holiday and as a working day."


class Weekday(StrEnum):
    """The days of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class Official(StrEnum):
    """The official table that a company's own days stand on."""

    CN = "CN"
    NONE = "NONE"


Days = Annotated[tuple[date, ...], Field(max_length=366)]
WEEK = tuple(Weekday)


class Hours(Body):
    """工作时段 / Hours of a working day, such as 09:00 to 12:00."""

    starts: Moment
    ends: Moment

    @property
    def span(self) -> tuple[time, time]:
        """Return both ends as times of the day."""
        return time.fromisoformat(self.starts), time.fromisoformat(self.ends)


class Year(Body):
    """年度安排 / The company's own days of a year; they decide over the official table and over the week."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    holidays: Days = ()
    working: Days = ()


class WorkingCalendar(Body):
    """The working days of a company: its own days, then the official table, then the week; its time zone is the company's.

    By its fiscal year are counted the quarters of whatever has no calendar of its own.
    """

    official: Official = Official.CN
    week: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = WEEK[:5]
    hours: Annotated[tuple[Hours, ...], Field(min_length=1, max_length=6)] = (
        Hours(starts="09:00", ends="12:00"),
        Hours(starts="13:00", ends="18:00"),
    )
    years: Annotated[tuple[Year, ...], Field(max_length=30)] = ()
    fiscal_year: FiscalYear = FiscalYear()

    def opened(self, time_zone: str) -> Calendar:
        """Return the calendar that the body says."""
        stands_on_table = self.official is Official.CN
        marks = dict(official_marks()) if stands_on_table else {}
        for own in self.years:
            marks |= dict.fromkeys(own.holidays, False) | dict.fromkeys(own.working, True)
        return Calendar(
            time_zone=time_zone,
            week=frozenset(WEEK.index(each) for each in self.week),
            years=frozenset(own.year for own in self.years) | (YEARS if stands_on_table else frozenset()),
            marks=marks,
            hours=tuple(each.span for each in self.hours),
        )


SHIPPED = WorkingCalendar()
"""What a company works by that has published none: the official table, Monday to Friday, eight hours."""


def lint(body: WorkingCalendar) -> list[Finding]:
    """Return what stands against publishing: weekdays, hours, years and days."""
    return [Finding(error) for error in (*_week_faults(body), *_year_faults(body))]


async def calendar_in_effect(actor: Actor) -> WorkingCalendar:
    """Return the company's calendar, or what it works by that has published none."""
    version = await effective_version(actor, kind=KIND, key=KEY)
    return version.body if version else SHIPPED


async def company_year(actor: Actor) -> FiscalCalendar:
    """Return the company's fiscal year: calendar months from January unless its calendar says otherwise (A42)."""
    return (await calendar_in_effect(actor)).fiscal_year.fiscal


async def refuse_present_year_missing(actor: Actor, step: Step) -> None:
    """Refuse a calendar that does not know the year that it is."""
    year = (await company_today(actor)).year
    if step.state == "PUBLISHED" and year not in step.body.opened("UTC").years:
        raise CalendarYearMissing(field="years", year=year)


def _week_faults(body: WorkingCalendar) -> Iterator[InvalidInput]:
    for place, weekday in enumerate(body.week):
        if body.week.index(weekday) != place:
            yield WeekdayTwice(field=f"week[{place}]", weekday=weekday.value)
    for place, (before, hours) in enumerate(pairwise((None, *body.hours))):
        if hours is not None and (hours.starts >= hours.ends or (before is not None and hours.starts < before.ends)):
            yield HoursInvalid(field=f"hours[{place}]", first=hours.starts, last=hours.ends)


def _year_faults(body: WorkingCalendar) -> Iterator[InvalidInput]:
    years = [own.year for own in body.years]
    for place, own in enumerate(body.years):
        if years.index(own.year) != place:
            yield YearTwice(field=f"years[{place}].year", year=own.year)
        if body.official is Official.CN and own.year not in YEARS and not own.holidays:
            yield YearEmpty(field=f"years[{place}].holidays", year=own.year)
        yield from _day_faults(own, f"years[{place}]")


def _day_faults(own: Year, path: str) -> Iterator[InvalidInput]:
    seen: set[date] = set()
    for name, days in (("holidays", own.holidays), ("working", own.working)):
        for place, day in enumerate(days):
            if day.year != own.year:
                yield DayOutsideYear(field=f"{path}.{name}[{place}]", day=day.isoformat(), year=own.year)
            if day in seen:
                yield DayTwice(field=f"{path}.{name}[{place}]", day=day.isoformat())
            seen.add(day)


register(
    Kind(
        name=KIND,
        zh="工作日历",
        en="Working calendar",
        body=WorkingCalendar,
        lint=lint,
        before_step=refuse_present_year_missing,
    )
)
company_year_by(company_year)
