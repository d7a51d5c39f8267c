"""Fixtures of the tests about access."""

import pytest

from plumb_platform.database import Database
from support.office import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    """Return a company with two units and an employee in each."""
    return await make_office()
