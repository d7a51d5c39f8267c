"""The company of the main job, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.asking import Ask
from support.country import Country, make_country
from support.portraits_made import Gate, make_gate
from support.south import South, make_south


@pytest.fixture
async def south(database: Database) -> South:
    """Make the company of the main job, for this test alone."""
    return await make_south()


@pytest.fixture
async def country(database: Database) -> Country:
    """Make the company of the main job with templates for runs, for this test alone."""
    return await make_country()


@pytest.fixture
async def gate(south: South, ask: Ask) -> Gate:
    """Make the company of the main job with the gate."""
    return await make_gate(south, ask)
