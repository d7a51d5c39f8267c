"""Rules of working days: which days are worked, steps over working days, and the working hours of a day; pure (A43, D10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import midnight

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)


class CalendarYearMissing(InvalidInput):
    """Working days of a year are announced, not computed: without its table nobody knows them."""

    code = "CALENDAR_YEAR_MISSING"
    zh = "工作日历没有 {year} 年的数据，请在公司工作日历中上传该年的放假与调休安排。"
    en = "The working calendar has no data for {year}; upload its holidays and working weekends to the company's calendar."

    def __init__(self, *, year: int, field: str | None = None) -> None:
        self.year = year
        super().__init__(field=field, year=year)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a company, in its own time zone.

    `week` holds the weekdays that are worked (Monday is 0), `marks` the days that do not follow the week, `years` those that
    have data; a day of any other year raises CalendarYearMissing. `hours` are the working hours of a working day, in order.
    """

    time_zone: str
    week: frozenset[int]
    years: frozenset[int]
    marks: Mapping[date, bool]
    hours: tuple[tuple[time, time], ...]

    def is_working_day(self, day: date) -> bool:
        """Return whether the company works on a day."""
        if day.year not in self.years:
            raise CalendarYearMissing(year=day.year)
        marked = self.marks.get(day)
        return day.weekday() in self.week if marked is None else marked

    def add_working_days(self, day: date, count: int) -> date:
        """Return the working day that is `count` working days after a day (before it when negative); 0 gives the day itself.

        The day itself is not counted: seven working days from 2025-09-26 end on 2025-10-13 (C72).
        """
        step = ONE_DAY if count > 0 else -ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days come after `first` up to `last`, which counts; negative when `last` is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working_day(first + ONE_DAY * step) for step in range(1, (last - first).days + 1))

    def day_of(self, instant: datetime) -> date:
        """Return the day that an instant falls on where the company is."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()

    def end_of(self, day: date) -> datetime:
        """Return the last second of a day where the company is, in UTC: the later one where its last hour comes twice."""
        return midnight(day + ONE_DAY, ZoneInfo(self.time_zone)) - ONE_SECOND

    def hours_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the working hours of a day as spans of instants; none on a day that is not worked."""
        if not self.is_working_day(day):
            return []
        return [(self._instant(day, first), self._instant(day, last)) for first, last in self.hours]

    def _instant(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, ZoneInfo(self.time_zone)).astimezone(UTC)
