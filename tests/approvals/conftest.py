"""A company with three levels of managers and a strategy unit, made fresh for each test."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from support.approvals_made import Bureau, make_bureau


@pytest.fixture
async def bureau(database: Database) -> Bureau:
    """Make the company for this test alone."""
    return await make_bureau()


@pytest.fixture(autouse=True)
def in_a_year_that_the_calendar_knows() -> Iterator[None]:
    """Hold the clock in 2026, whose working days are announced for good."""
    with clock_at(datetime(2026, 6, 1, 2, tzinfo=UTC)):
        yield
