"""Two teams of two companies, made fresh for each test that asks for them, and a way to ask the product by GraphQL."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.asking import Ask
from support.team import Team, make_team


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


@pytest.fixture
async def other_team(database: Database) -> Team:
    """Make a team of another company."""
    return await make_team()


class AskIt(Ask):
    """Gives the field `it`, or the whole answer where there is none."""

    async def __call__(self, actor: Actor | None, document: str, /, **variables: Any) -> Any:
        body = await self.body(actor, document, **variables)
        return body["data"]["it"] if "errors" not in body and "it" in body["data"] else body


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return what asks a document on 30 June 2026 and gives its field `it`, or the whole answer without one."""
    return AskIt(product_engine, ground, at=datetime(2026, 6, 30, 4, 0, tzinfo=UTC))
