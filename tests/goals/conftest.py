"""Two teams of two companies, made fresh for each test that asks for them."""

import pytest

from plumb_platform.database import Database
from support.team import Team, make_team


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


@pytest.fixture
async def other_team(database: Database) -> Team:
    """Make a team of another company."""
    return await make_team()
