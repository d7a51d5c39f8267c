"""Kept plans: many documents of one caller take no more memory than a process has for plans."""

import gc
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.engine import Engine
from plumb_schema.reads import plan
from plumb_schema.reads.plan import Plan
from support.asking import Ask
from support.companies import make_company


@pytest.fixture
async def reader(database: Database) -> Actor:
    return (await make_company()).admin


@pytest.fixture
def asking(product_engine: Engine, ask: Ask) -> Ask:
    """Return what asks an engine that has kept nothing yet."""
    return Ask(Engine(product_engine.schema), ask.ground)


async def alive(ask: Ask, actor: Actor, documents: int) -> int:
    """Ask so many documents and return how many of their plans are still held, whoever holds them."""
    mark = f"a{uuid4().hex}"
    for number in range(documents):
        assert await ask(actor, f"{{ {mark}{number}: goals {{ totalCount }} }}") == {"totalCount": 0}
    gc.collect()
    return sum(isinstance(each, Plan) and mark in each.sql for each in gc.get_objects())


async def test_the_answers_of_a_plan_do_not_keep_it(asking: Ask, reader: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "KEPT_PLANS", 3)
    assert await alive(asking, reader, 10) == 3


async def test_plans_are_kept_within_bounds_of_bytes(asking: Ask, reader: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "KEPT_BYTES", 100_000)
    assert 1 <= await alive(asking, reader, 20) < 10


async def test_a_plan_weighs_the_nodes_of_its_document_too(asking: Ask, reader: Actor) -> None:
    long = "company { key " + "...@skip(if: true) { key } " * 58 + "}"
    planner = asking.engine._reader.planner
    before = planner.bytes
    await asking(reader, f"{{ {long} }}")
    assert planner.bytes - before > 180 * len(long)
