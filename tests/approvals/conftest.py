"""A company with three levels of managers and a strategy unit, made fresh for each test."""

import pytest

from plumb_platform.database import Database
from support.approvals_made import Bureau, make_bureau


@pytest.fixture
async def bureau(database: Database) -> Bureau:
    """Make the company for this test alone."""
    return await make_bureau()
