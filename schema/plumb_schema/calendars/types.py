"""GraphQL types of calendars."""

from datetime import date, datetime

import strawberry

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.calendars import service

_READ = Permission.CALENDAR_READ
strawberry.enum(service.Clock, description="计时方式 / Hours as they pass, working days to their end, or working hours.")


@tenant_type(needs=_READ, description="日历日 / A day; marked when the company or the official table and not the week decides.")
class CalendarDay:
    day: date
    working: bool
    marked: bool


@tenant_type(needs=_READ, description="日历预警 / A year without data that begins within 60 days.")
class CalendarWarning:
    code: str
    year: int
    message: str


@tenant_type(needs=_READ, description="耗时 / How long something took without its pauses, in seconds and in working days.")
class ElapsedTime:
    clock_seconds: int
    working_seconds: int
    paused_seconds: int
    working_days: int


@strawberry.input(description="暂停 / A time that does not count; without an end it still runs.")
class PauseInput:
    starts_at: datetime
    ends_at: datetime | None = None


def warning_of(missing: service.CalendarYearMissing, locale: Locale) -> CalendarWarning:
    """Return the GraphQL object of a year without data."""
    return CalendarWarning(code=missing.code, year=missing.year, message=missing.text(locale))


def day_of(found: service.CalendarDay) -> CalendarDay:
    """Return the GraphQL object of a day."""
    return CalendarDay(day=found.day, working=found.working, marked=found.marked)


def elapsed_of(found: service.Elapsed) -> ElapsedTime:
    """Return the GraphQL object of how long something took; parts of a second are cut off."""
    return ElapsedTime(
        clock_seconds=int(found.clock.total_seconds()),
        working_seconds=int(found.working.total_seconds()),
        paused_seconds=int(found.paused.total_seconds()),
        working_days=found.working_days,
    )


def pauses_of(given: list[PauseInput] | None) -> list[service.Pause]:
    """Return the service's pauses."""
    return [service.Pause(starts_at=each.starts_at, ends_at=each.ends_at) for each in given or ()]
