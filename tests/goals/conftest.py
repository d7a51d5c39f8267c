"""Two teams of two companies, made fresh for each test that asks for them, and a way to ask the product by GraphQL."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.team import Team, make_team

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def team(database: Database) -> Team:
    """Make a team for this test alone."""
    return await make_team()


@pytest.fixture
async def other_team(database: Database) -> Team:
    """Make a team of another company."""
    return await make_team()


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks a document on 30 June 2026 and gives its field `it`, or the whole answer without one."""

    async def asked(actor: Actor, document: str, **variables: Any) -> Any:
        context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
        with clock_at(datetime(2026, 6, 30, 4, 0, tzinfo=UTC)):
            body = (await product_engine.answer(Operation(document, variables), context)).body
        return body["data"]["it"] if "errors" not in body and "it" in body["data"] else body

    return asked
