"""Asking the small API directly, without HTTP, over a real company."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support.companies import CompanyFixture, make_company
from support.small_api import Ask, small_engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Return one engine for all tests, as a process has one."""
    return small_engine()


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    """Make a company of this test's own."""
    return await make_company()


@pytest.fixture
def ask(engine: Engine, ground: Ground) -> Ask:
    """Return a function that asks as somebody, or as nobody."""

    async def asked(actor: Actor | None, query: str, **variables: Any) -> Answer:
        context = Context(ground=ground, actor=actor, request_id="test-request", locale="en")
        return await engine.answer(Operation(query, variables), context)

    return asked
