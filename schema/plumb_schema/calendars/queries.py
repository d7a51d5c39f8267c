"""Queries of calendars; a company's own days are uploaded as a definition of the kind `calendar`."""

from datetime import date, datetime

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.calendars.types import (
    CalendarDay,
    CalendarWarning,
    ElapsedTime,
    PauseInput,
    day_of,
    elapsed_of,
    pauses_of,
    warning_of,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_tenants.calendars import service

_READ = Permission.CALENDAR_READ


@strawberry.type
class CalendarQuery:
    @field(needs=_READ, description="工作日 / Every day between two days, both included, and whether it is worked.")
    async def calendar_days(self, info: Info, first: date, last: date) -> list[CalendarDay]:
        return [day_of(each) for each in await service.calendar_days(info.context.caller, first=first, last=last)]

    @field(needs=_READ, description="日历预警 / The years without data that begin within 60 days.")
    async def calendar_warnings(self, info: Info) -> list[CalendarWarning]:
        return [warning_of(each, info.context.locale) for each in await service.calendar_warnings(info.context.caller)]

    @field(needs=_READ, description="到期时刻 / The last instant of a term; null while a pause still runs.")
    async def due_moment(
        self, info: Info, started_at: datetime, clock: service.Clock, amount: int, pauses: list[PauseInput] | None = None
    ) -> datetime | None:
        return await service.due_moment(
            info.context.caller, started_at=started_at, clock=clock, amount=amount, pauses=pauses_of(pauses)
        )

    @field(needs=_READ, description="耗时 / How long something took, by the clock and in working time.")
    async def elapsed_time(
        self, info: Info, started_at: datetime, ended_at: datetime, pauses: list[PauseInput] | None = None
    ) -> ElapsedTime:
        found = await service.elapsed_time(
            info.context.caller, started_at=started_at, ended_at=ended_at, pauses=pauses_of(pauses)
        )
        return elapsed_of(found)
