"""The one source of time, replaceable in tests and demos."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_source: ContextVar[Callable[[], datetime]] = ContextVar("clock", default=lambda: datetime.now(UTC))


def now() -> datetime:
    """Return the current instant, aware and in UTC."""
    return _source.get()()


def today(time_zone: str) -> date:
    """Return the calendar day that a company in `time_zone` (an IANA name) lives in now."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def clock_at(instant: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Replace the clock for the current context by a fixed aware instant or by a function."""
    source = instant if callable(instant) else lambda: instant
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
