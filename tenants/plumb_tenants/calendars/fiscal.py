"""The fiscal year of a company or of a split, as a body says it."""

from typing import Annotated

from pydantic import Field

from plumb_platform.numbers.periods import FiscalCalendar, FiscalPattern
from plumb_tenants.definitions.kinds import Body


class FiscalYear(Body):
    """财年 / The periods of the year: calendar months or 4-4-5 weeks, and the month that begins it (A42)."""

    pattern: FiscalPattern = FiscalPattern.MONTHS
    first_month: Annotated[int, Field(ge=1, le=12)] = 1

    @property
    def fiscal(self) -> FiscalCalendar:
        """Return the year as period arithmetic wants it."""
        return FiscalCalendar(self.pattern, self.first_month)
