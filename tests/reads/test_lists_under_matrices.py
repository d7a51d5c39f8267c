"""Two thousand lists under random matrices over random org trees: rows, order, hidden fields and counts as decided in Python.

Rows C56, A46.
"""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_platform.resources import resource_named
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.companies import add_unit, make_company
from support.goals_made import add_cycle
from support.naive.execution import Oracle
from support.naive.lists import TYPES, listed
from support.naive.matrices import random_grants
from support.naive.random_rows import add_random_rows, add_random_units
from support.naive.world import World

TREES, EACH = 8, 250


async def a_tree(ground: Ground, engine: Engine, oracle: Oracle, source: Random) -> tuple[World, Actor]:
    """Make a company of people and goals over a tree of its own."""
    company = await make_company()
    await add_unit(company, "HQ", "总部")
    await add_random_units(company, source, 12)
    await add_cycle(company)
    await add_random_rows(company, source, people=12, goals=40)
    return await World(ground, engine, oracle, company.system).load(), company.hr


@pytest.fixture(scope="module")
async def trees(database: Database, ground: Ground, engine: Engine, oracle: Oracle) -> list[tuple[World, Actor]]:
    return [await a_tree(ground, engine, oracle, Random(seed)) for seed in range(TREES)]


async def test_two_thousand_lists_are_those_of_a_decision_row_by_row(trees: list[tuple[World, Actor]]) -> None:
    for seed, (world, actor) in enumerate(trees):
        source = Random(100 + seed)
        people = list(world.facts.rows["Person"])
        for _ in range(EACH):
            caller = replace(actor, person_id=source.choice(people))
            resources = [resource_named(name) for name in (*TYPES.values(), "Cycle")]
            grants = random_grants(source, caller, world.facts, world.version, resources)
            name = source.choice(["goals", "goals", "people", "units"])
            text, variables = listed(world, source, name)
            assert not await world.differs(caller, grants, text, variables), grants.pairs
    tally = sum((world.tally for world, _ in trees), Counter[str]())
    assert tally["compared"] == 2000
    assert tally["refused"] > 200
    assert tally["hiding"] > 500
