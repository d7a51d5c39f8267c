"""The official Chinese working days (调休 included) of the years that have been announced, as marks on days (A43)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from plumb_tenants.calendars.official_days import DAYS

YEARS = frozenset(DAYS)


@cache
def official_marks() -> Mapping[date, bool]:
    """Return the days on which the announcement and not the week decides: whether they are worked."""
    marks: dict[date, bool] = {}
    for year, (free, working) in DAYS.items():
        marks |= dict.fromkeys(_days(year, free), False) | dict.fromkeys(_days(year, working), True)
    return marks


def _days(year: int, spans: str) -> Iterator[date]:
    for span in spans.split():
        first, _, last = span.partition("-")
        day, end = _day(year, first), _day(year, last or first)
        while day <= end:
            yield day
            day += timedelta(days=1)


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))
