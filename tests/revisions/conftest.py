"""The company of case study 003, made fresh for each test."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from support.asking import Ask
from support.revised_office import JUNE, Desk, make_desk
from support.revisions_made import Reset, make_reset


@pytest.fixture
async def reset(database: Database) -> Reset:
    """Make the company for this test alone."""
    return await make_reset()


@pytest.fixture
def in_june() -> Iterator[None]:
    """Hold the clock when the desk's goal is revised."""
    with clock_at(JUNE):
        yield


@pytest.fixture
async def desk(database: Database, ask: Ask, in_june: None) -> Desk:
    """Make the office of letters for this test alone."""
    return await make_desk(ask)


@pytest.fixture(autouse=True)
def in_a_year_that_the_calendar_knows() -> Iterator[None]:
    """Hold the clock in 2026, whose working days are announced for good."""
    with clock_at(datetime(2026, 6, 1, 2, tzinfo=UTC)):
        yield
