"""A company with a library of factors and a person whom a CRM tells about, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.team import Team, make_team


@pytest.fixture
async def team(database: Database) -> Team:
    """Make the company for this test alone."""
    return await make_team()
