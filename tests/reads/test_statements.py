"""How many statements an answer takes: as many for one row as for a hundred (A49)."""

from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_schema.ground.ids import encode_id
from support.companies import add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE
from support.naive.world import Asked
from support.wire import Wire, listened

NESTED = """query ($n: Int) { goals(first: $n) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { title target
  owner { name manager { name } } unit { name parent { name } } parent { title }
  children(first: $n) { totalCount edges { node { title months { target } owner { email } } } } months { target } } } }
  people(first: $n) { edges { node { name reports(first: $n) { edges { node { name goals(first: $n) { totalCount } } } }
  } } } }"""
MIXED = """query ($n: Int) { goals(first: $n) { edges { node { title children(first: $n) { edges { node { title } } } } } }
  definitionKinds { name } }"""
REVISE = """mutation ($input: ReviseGoalInput!, $n: Int) { reviseGoal(input: $input) { __typename ... on Goal { version target
  children(first: $n) { totalCount edges { node { title owner { name } months { target } } } } } } }"""


@pytest.fixture
def reading(product_engine: Engine) -> Engine:
    """Return an engine that keeps no answer: each is read."""
    return Engine(product_engine.schema, WIDE, kept_bytes=0)


async def listened_to(engine: Engine, context: Context, document: str, **variables: Any) -> tuple[Wire, Any]:
    async with listened() as wire:
        answer = await engine.answer(Operation(document, variables), context)
    assert "errors" not in answer.body
    return wire, answer.body["data"]


async def test_a_nested_page_of_any_size_is_one_statement(asked: Asked, reading: Engine) -> None:
    actor, grants = asked.callers["admin"]
    sizes = {}
    for size in (2, 2, 20, 100):
        wire, data = await listened_to(reading, asked.world.context(actor, grants), NESTED, n=size)
        sizes[len(data["goals"]["edges"])] = len(wire.sent)
    assert sizes == {2: 1, 20: 1, len(asked.world.facts.rows["Goal"]): 1}


async def test_a_page_beside_fields_of_python_takes_as_many_for_any_size(asked: Asked, reading: Engine) -> None:
    actor, grants = asked.callers["admin"]
    counts = [len((await listened_to(reading, asked.world.context(actor, grants), MIXED, n=n))[0].own) for n in (2, 2, 100)]
    assert counts[1] == counts[2]


async def add_children(company_system: Actor, parent: UUID, children: list[UUID]) -> None:
    async with tenant_transaction(company_system):
        await execute("update goal set parent_id = $1 where id = any($2)", parent, children)


async def test_the_answer_of_a_change_takes_as_many_statements_for_any_size(
    database: Database, ground: Ground, reading: Engine
) -> None:
    company = await make_company()
    unit = await add_unit(company, "GD", "广东省区")
    cycle = await add_cycle(company)
    parent, *children = await add_goals(company, cycle, [(unit, company.hr)] * 41)
    await add_children(company.system, parent, children)
    counts, listed = [], []
    for place, size in enumerate((1, 1, 40)):
        wanted = {"goalId": encode_id("Goal", parent), "version": 2 + place, "target": f"{place + 5}.00", "reason": "市场变化"}
        context = Context(ground=ground, actor=company.hr, request_id="test-request")
        wire, data = await listened_to(reading, context, REVISE, input=wanted, n=size)
        assert data["reviseGoal"]["target"] == f"{place + 5}.00"
        listed.append(len(data["reviseGoal"]["children"]["edges"]))
        counts.append(len(wire.own))
    assert listed == [1, 1, 40]
    assert counts[1] == counts[2]
