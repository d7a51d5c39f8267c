"""By which calendar quarters are counted: that of a body where its kind has one, else the company's (A42, C44)."""

from collections.abc import Awaitable, Callable
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.numbers.periods import FiscalCalendar
from plumb_tenants.definitions.kinds import Kind

CompanyYear = Callable[[Actor], Awaitable[FiscalCalendar]]
"""Tells the fiscal year of the actor's company."""
_TOLD_BY: list[CompanyYear] = []


def company_year_by(told: CompanyYear) -> None:
    """Name what tells a company's fiscal year: calendars do, which are definitions themselves and stand on this domain."""
    _TOLD_BY[:] = [told]


async def fiscal_calendar(actor: Actor, kind: Kind, body: Any) -> FiscalCalendar:
    """Return the calendar by which quarters are counted for a body of a kind."""
    return kind.fiscal(body) if kind.fiscal is not None else await _TOLD_BY[0](actor)
