"""The company of the main job, made fresh for each test that asks for it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.country import Country, make_country
from support.portraits_made import Gate, make_gate
from support.south import South, make_south

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def south(database: Database) -> South:
    """Make the company of the main job, for this test alone."""
    return await make_south()


@pytest.fixture
async def country(database: Database) -> Country:
    """Make the company of the main job with templates for runs, for this test alone."""
    return await make_country()


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks as somebody and returns the one root field's answer, or raises on any error."""

    async def asked(actor: Actor, query: str, **variables: Any) -> Any:
        context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
        answer = await product_engine.answer(Operation(query, variables), context)
        assert "errors" not in answer.body, answer.body
        (found,) = answer.body["data"].values()
        return found

    return asked


@pytest.fixture
async def gate(south: South, ask: Ask) -> Gate:
    """Make the company of the main job with the gate."""
    return await make_gate(south, ask)
