"""An office that fills in forms, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.forms_made import Office, make_office


@pytest.fixture
async def office(database: Database) -> Office:
    """Make the office for this test alone."""
    return await make_office()
