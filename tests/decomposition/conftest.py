"""The company of the main job, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.south import South, make_south


@pytest.fixture
async def south(database: Database) -> South:
    """Make the company of the main job, for this test alone."""
    return await make_south()
