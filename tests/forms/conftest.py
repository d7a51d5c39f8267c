"""An office that fills in forms, made fresh for each test that asks for it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from support.approvals_made import Bureau, make_bureau
from support.form_approvals_made import Desk, make_desk
from support.forms_made import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    """Make the office for this test alone."""
    return await make_office()


@pytest.fixture
def working_days_known() -> Iterator[None]:
    """Hold the clock in 2026, whose working days are announced for good."""
    with clock_at(datetime(2026, 6, 1, 2, tzinfo=UTC)):
        yield


@pytest.fixture
async def bureau(database: Database, working_days_known: None) -> Bureau:
    """Make the company of three levels of managers for this test alone."""
    return await make_bureau()


@pytest.fixture
async def desk(database: Database, working_days_known: None) -> Desk:
    """Make that company with a form that runs on a flow."""
    return await make_desk()
