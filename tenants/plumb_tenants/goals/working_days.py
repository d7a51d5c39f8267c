"""The working days that expected progress is counted by."""

from collections.abc import Callable
from datetime import date

from plumb_platform.actor import Actor

SATURDAY = 5


async def working_days(actor: Actor) -> Callable[[date], bool]:  # noqa: ARG001 - the company's calendar decides
    """Return whether a day is worked, for any day."""
    return lambda day: day.weekday() < SATURDAY
