"""A company that sells, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.sellers import Sellers, make_sellers


@pytest.fixture
async def sellers(database: Database) -> Sellers:
    """Make the company for this test alone."""
    return await make_sellers()
