"""A team with customers, made fresh for each test that asks for it."""

import pytest

from plumb_platform.database import Database
from support.actions_made import CLINIC, HOSPITALS, bring
from support.team import Team, make_team


@pytest.fixture
async def team(database: Database) -> Team:
    """Make the team with its hospitals for this test alone."""
    made = await make_team()
    await bring(made.company.hr, *HOSPITALS, CLINIC)
    return made
