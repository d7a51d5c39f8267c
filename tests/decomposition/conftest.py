"""The company of the main job, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.country import Country, make_country
from support.south import South, make_south


@pytest.fixture
async def south(database: Database) -> South:
    """Make the company of the main job, for this test alone."""
    return await make_south()


@pytest.fixture
async def country(database: Database) -> Country:
    """Make the company of the main job with templates for runs, for this test alone."""
    return await make_country()
