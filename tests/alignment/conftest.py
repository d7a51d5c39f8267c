"""The region of the case study, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.alignment_made import Region, make_region


@pytest.fixture
async def region(database: Database) -> Region:
    """Make the region for this test alone."""
    return await make_region()
