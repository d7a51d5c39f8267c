"""Clocks: when a term ends and how long something took, by clock hours, working days or working hours; pure (N12, D11).

Time in which a clock was paused does not count. A pause moves the end of a term of working days by the working days that it
spans: one within a day moves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.calendars.rules import ONE_DAY, Calendar
from plumb_tenants.definitions.kinds import Body

LONGEST_TERM = 2000
NOTHING = timedelta(0)
Span = tuple[datetime, datetime]


class PauseInvalid(InvalidInput):
    """A pause ends after it begins, and only the last one may still run."""

    code = "PAUSE_INVALID"
    zh = "第 {place} 个暂停无效：结束须晚于开始，且只有最后一个可以未结束。"
    en = "Pause {place} is not valid: it ends after it begins, and only the last one may still run."


class Clock(StrEnum):
    """What a term counts: hours as they pass, working days to their end (调休 included), or working hours."""

    CLOCK_HOURS = "CLOCK_HOURS"
    WORKING_DAYS = "WORKING_DAYS"
    WORKING_HOURS = "WORKING_HOURS"


class Term(Body):
    """期限 / How long something may take: so many hours or days of a clock."""

    clock: Clock = Clock.WORKING_DAYS
    amount: Annotated[int, Field(ge=1, le=LONGEST_TERM)]


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock stands; without an end it still does."""

    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How long something took without its pauses: by the clock, in working hours, and over how many working days."""

    clock: timedelta
    working: timedelta
    working_days: int
    paused: timedelta


def due_at(calendar: Calendar, started: datetime, term: Term, pauses: Sequence[Pause] = ()) -> datetime | None:
    """Return the last instant of a term; None while a pause still runs. Later than that is overdue."""
    paused = _checked(pauses)
    if pauses and pauses[-1].ends_at is None:
        return None
    if term.clock is Clock.WORKING_DAYS:
        first = calendar.day_of(started)
        lost = sum(calendar.working_days_between(calendar.day_of(a), calendar.day_of(b)) for a, b in _within(paused, started))
        return calendar.end_of(calendar.add_working_days(first, term.amount + lost))
    left = timedelta(hours=term.amount)
    for span in _running(calendar, started, term.clock):
        for first_instant, last_instant in _without(span, paused):
            if last_instant - first_instant >= left:
                return first_instant + left
            left -= last_instant - first_instant
    raise AssertionError("time does not end")


def elapsed(calendar: Calendar, started: datetime, ended: datetime, pauses: Sequence[Pause] = ()) -> Elapsed:
    """Return how long something took from one instant to a later one, by both clocks (C65, C80)."""
    paused = [(a, min(b, ended)) for a, b in _within(_checked(pauses, until=ended), started) if a < ended]
    clock = sum((b - a for a, b in _without((started, ended), paused)), NOTHING)
    working = NOTHING
    for span in _working_spans(calendar, started, ended):
        working += sum((b - a for a, b in _without(span, paused)), NOTHING)
    between = calendar.working_days_between
    days = between(calendar.day_of(started), calendar.day_of(ended))
    days -= sum(between(calendar.day_of(a), calendar.day_of(b)) for a, b in paused)
    return Elapsed(clock=clock, working=working, working_days=days, paused=ended - started - clock)


def _checked(pauses: Sequence[Pause], *, until: datetime | None = None) -> list[Span]:
    """Return the pauses as spans that neither touch nor overlap, earliest first; one that still runs ends at `until`."""
    spans = []
    for place, pause in enumerate(pauses):
        end = pause.ends_at or until or pause.starts_at
        if (pause.ends_at is None and place != len(pauses) - 1) or (pause.ends_at is not None and end <= pause.starts_at):
            raise PauseInvalid(field=f"pauses[{place}]", place=place + 1)
        spans.append((pause.starts_at, max(end, pause.starts_at)))
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _within(spans: Sequence[Span], started: datetime) -> list[Span]:
    return [(max(first, started), last) for first, last in spans if last > started]


def _without(span: Span, paused: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a span in which nothing is paused."""
    edges = [span[0]]
    for first, last in paused:
        if last > span[0] and first < span[1]:
            edges += [max(first, span[0]), min(last, span[1])]
    edges.append(span[1])
    yield from ((a, b) for place, (a, b) in enumerate(pairwise(edges)) if place % 2 == 0 and a < b)


def _running(calendar: Calendar, started: datetime, clock: Clock) -> Iterator[Span]:
    """Yield the spans in which a clock of hours runs, without end."""
    if clock is Clock.CLOCK_HOURS:
        yield started, datetime.max.replace(tzinfo=started.tzinfo) - ONE_DAY
        return
    day = calendar.day_of(started)
    while True:
        yield from _worked(calendar, day, started)
        day += ONE_DAY


def _working_spans(calendar: Calendar, started: datetime, ended: datetime) -> Iterator[Span]:
    first = calendar.day_of(started)
    for step in range((calendar.day_of(ended) - first).days + 1):
        yield from ((a, min(b, ended)) for a, b in _worked(calendar, first + ONE_DAY * step, started) if a < ended)


def _worked(calendar: Calendar, day: date, started: datetime) -> Iterator[Span]:
    yield from ((max(first, started), last) for first, last in calendar.hours_of(day) if last > started)
