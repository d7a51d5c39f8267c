"""Strict freshness: whoever asks behind a commit sees it, in whatever order transactions begin, take numbers and end."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count

import pytest

from plumb_platform.database import Database, fetch_value, tenant_transaction
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from support import freshness
from support.companies import add_unit, make_company
from support.freshness import READERS, TOTAL, WRITERS, Ask, Tale, raced, wrongly
from support.goals_made import add_cycle, add_goals
from support.naive.wide import WIDE

VERSIONS = "{ goals { edges { node { version } } } }"
WRONG = {
    "told before the commit": (freshness.begun, False),
    "highest transaction": (freshness.newest, False),
    "taken behind the answer": (freshness.committed, True),
}


@pytest.fixture
async def tale(database: Database) -> Tale:
    company = await make_company()
    unit, cycle = await add_unit(company, "GD", "广东省区"), await add_cycle(company)
    goals = await add_goals(company, cycle, [(unit, company.hr)] * WRITERS)
    async with tenant_transaction(company.hr):
        return Tale(company.hr, list(goals), await fetch_value(TOTAL))


def through(engine: Engine, ground: Ground, tale: Tale) -> Ask:
    async def ask() -> int:
        context = Context(ground=ground, actor=tale.actor)
        edges = (await engine.answer(Operation(VERSIONS), context)).body["data"]["goals"]["edges"]
        return sum(int(edge["node"]["version"]) for edge in edges) - tale.before

    return ask


@pytest.mark.parametrize("seed", range(3))
async def test_no_reader_of_any_process_is_given_less_than_was_committed(
    ground: Ground, product_engine: Engine, tale: Tale, seed: int
) -> None:
    # Two engines keep answers as two processes do; two readers of one share what it keeps.
    engines = [Engine(product_engine.schema, WIDE) for _ in range(2)]
    await raced(tale, [through(engines[place % 2], ground, tale) for place in range(READERS)], seed)
    assert tale.stale == []
    async with tenant_transaction(tale.actor):
        assert await fetch_value(TOTAL) == tale.committed + tale.before
    assert {await through(engine, ground, tale)() for engine in engines} == {tale.committed}
    assert tale.committed >= freshness.CHANGES * WRITERS // 2


@pytest.mark.parametrize("name", WRONG)
async def test_the_race_finds_a_version_that_is_wrong(tale: Tale, name: str) -> None:
    version, is_after = WRONG[name]
    asked: Callable[[], Awaitable[int]] = partial(version, tale)
    # The mildest is found by every second race; the time that any test may take ends a search in vain.
    for seed in count():
        await raced(tale, [wrongly(tale, asked, is_after=is_after) for _ in range(READERS)], seed)
        if tale.stale:
            return
