"""What people and other domains ask of a company's calendar: its working days, the end of a term, how long something took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import InvalidInput
from plumb_tenants.calendars.clocks import LONGEST_TERM, Clock, Elapsed, Pause, Term, due_at, elapsed
from plumb_tenants.calendars.definition import calendar_in_effect, company_year
from plumb_tenants.calendars.fiscal import FiscalYear
from plumb_tenants.calendars.rules import ONE_DAY, Calendar, CalendarYearMissing
from plumb_tenants.company.service import get_company
from plumb_tenants.definitions.service import company_today

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarYearMissing",
    "Clock",
    "Elapsed",
    "FiscalYear",
    "Pause",
    "Term",
    "calendar_days",
    "calendar_warnings",
    "company_calendar",
    "company_year",
    "due_at",
    "due_moment",
    "elapsed",
    "elapsed_time",
    "refuse_unknown_term",
]

WARNED_AHEAD = timedelta(days=60)
MOST_DAYS = 400
MOST_PAUSES = 100
EARLIEST, LATEST = 2000, 2100


class DaysInvalid(InvalidInput):
    """A list of days goes forward and is not longer than a year and a bit."""

    code = "CALENDAR_DAYS_INVALID"
    zh = "日期范围 {first} 至 {last} 无效：结束不早于开始，且最多 {most} 天。"
    en = "The days {first} to {last} are not valid: they go forward and are at most {most}."


class MomentInvalid(InvalidInput):
    """Instants lie within the years that calendars may have, and later ones come later."""

    code = "CALENDAR_MOMENT_INVALID"
    zh = "时刻 {moment} 无效：须在 {earliest} 年至 {latest} 年之间，且结束不早于开始。"
    en = "The moment {moment} is not valid: it lies between {earliest} and {latest}, and an end is not before its start."


class TermInvalid(InvalidInput):
    """A term has at least one hour or day, and a bounded number of them."""

    code = "CALENDAR_TERM_INVALID"
    zh = "期限 {amount} 无效：须为 1 到 {longest}。"
    en = "The term {amount} is not valid: it is 1 to {longest}."


class PausesTooMany(InvalidInput):
    """A clock is paused a bounded number of times."""

    code = "CALENDAR_PAUSES_TOO_MANY"
    zh = "暂停最多 {most} 次。"
    en = "There are at most {most} pauses."


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar, and whether something else than the week decides about it."""

    day: date
    working: bool
    marked: bool


async def company_calendar(actor: Actor) -> Calendar:
    """Return the working calendar that is in effect: the company's own, or the official table in the company's time zone."""
    return (await calendar_in_effect(actor)).opened((await get_company(actor)).time_zone)


async def calendar_warnings(actor: Actor) -> list[CalendarYearMissing]:
    """Return the years without data that begin within sixty days, and the present one (A43)."""
    calendar, day = await company_calendar(actor), await company_today(actor)
    years = sorted({day.year, (day + WARNED_AHEAD).year} - calendar.years)
    return [CalendarYearMissing(field="years", year=year) for year in years]


async def refuse_unknown_term(actor: Actor, term: Term, *, field: str) -> None:
    """Refuse a term that, begun now, would end in a year without data: for what is configured with a clock."""
    try:
        due_at(await company_calendar(actor), now(), term)
    except CalendarYearMissing as missing:
        raise CalendarYearMissing(field=field, year=missing.year) from None


async def calendar_days(actor: Actor, *, first: date, last: date) -> list[CalendarDay]:
    """Return every day from `first` to `last`, both included."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise DaysInvalid(field="last", first=first.isoformat(), last=last.isoformat(), most=MOST_DAYS)
    calendar = await company_calendar(actor)
    days = [first + ONE_DAY * step for step in range((last - first).days + 1)]
    return [CalendarDay(day=day, working=calendar.is_working_day(day), marked=day in calendar.marks) for day in days]


async def due_moment(
    actor: Actor, *, started_at: datetime, clock: Clock, amount: int, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """Return the last instant of a term that began then; None while a pause still runs."""
    if not 1 <= amount <= LONGEST_TERM:
        raise TermInvalid(field="amount", amount=amount, longest=LONGEST_TERM)
    _check_moments(started_at, pauses)
    return due_at(await company_calendar(actor), started_at, Term(clock=clock, amount=amount), pauses)


async def elapsed_time(actor: Actor, *, started_at: datetime, ended_at: datetime, pauses: Sequence[Pause] = ()) -> Elapsed:
    """Return how long something took, by the clock and in working time, without its pauses."""
    _check_moments(started_at, pauses)
    _check_moment(ended_at, "endedAt")
    if ended_at < started_at:
        raise MomentInvalid(field="endedAt", moment=ended_at.isoformat(), earliest=EARLIEST, latest=LATEST)
    return elapsed(await company_calendar(actor), started_at, ended_at, pauses)


def _check_moments(started_at: datetime, pauses: Sequence[Pause]) -> None:
    _check_moment(started_at, "startedAt")
    if len(pauses) > MOST_PAUSES:
        raise PausesTooMany(field="pauses", most=MOST_PAUSES)
    for place, pause in enumerate(pauses):
        _check_moment(pause.starts_at, f"pauses[{place}].startsAt")
        _check_moment(pause.ends_at or pause.starts_at, f"pauses[{place}].endsAt")


def _check_moment(moment: datetime, field: str) -> None:
    if not EARLIEST <= moment.year <= LATEST:
        raise MomentInvalid(field=field, moment=moment.isoformat(), earliest=EARLIEST, latest=LATEST)
