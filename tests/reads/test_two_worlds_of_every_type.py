"""Fields and rows of every type that a matrix can limit, hidden at random, in two worlds that differ in nothing else (N7)."""

from dataclasses import replace
from random import Random

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.pairs import EVERYTHING
from plumb_platform.resources import known_resources
from plumb_platform.resources.resource import camel
from plumb_platform.settings import Settings
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.filled_company import FilledCompany, fill_company
from support.naive.askings import Asking, askings_of
from support.naive.every_hidden_change import change_every_hidden, changeable
from support.naive.execution import Oracle
from support.naive.hidden_changes import reached_rows
from support.naive.random_rows import add_random_rows
from support.naive.sight import Sight
from support.naive.wide import wide_engine
from support.naive.world import OTHER_SCHEMAS, World

COUNTED = {
    "erasurePreview": "what is kept of somebody is counted whole, by a permission over the whole company",
    "reconcileCredit": "the credit of an order that one reads is added up whole, or it would prove nothing (C61)",
    "retentionPreview": "what is due is counted whole, by a permission over the whole company",
    "goalTransparency": "peers are counted whether or not they are seen, a few never apart (A12)",
}
"""Answers that count what their caller does not see on purpose; the tests of each say so."""
AGREED = Asking("{ proposals(first: 50) { edges { node { confirmed confirmedAt } } } }", {})
"""What proposals say of the goals that they became, which documents made at random ask too seldom."""
WORLDS = ("fields 1", "fields 2", "rows 1", "rows 5", "but one 0", "but one 2", "but one 6", "but one 9")
"""Half of the types show half of their fields, in `rows` some of their rows besides; in `but one` all types all but a field."""


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    made = await fill_company("每种类型两个世界公司")
    await add_random_rows(made.company, Random(15))
    return made


@pytest.fixture
async def world(filled: FilledCompany, ground: Ground, engine: Engine, oracle: Oracle) -> World:
    return await World(ground, engine, oracle, filled.company.system).load()


def random_pairs(source: Random, *, rows: bool) -> dict[str, tuple[Pair, ...]]:
    """Return what somebody may do: everything, but of half of the types they read half of the fields, or some of the rows."""
    pairs: dict[str, tuple[Pair, ...]] = {each.value: (EVERYTHING,) for each in Permission}
    behind: dict[str, set[str]] = {}
    for name, resource in sorted(known_resources().items()):
        if name not in OTHER_SCHEMAS:
            behind.setdefault(resource.read.value, set()).update(resource.fields)
    for permission, fields in behind.items():
        if source.random() < 0.5:
            shown = frozenset(source.sample(sorted(fields), len(fields) // 2))
            pairs[permission] = (Pair(Scope.COMPANY, fields=shown),)
            if rows:
                scope = source.choice([Scope.NONE, Scope.OWN, Scope.UNIT, Scope.SUBTREE])
                pairs[permission] = (Pair(scope), Pair(source.choice([scope, Scope.COMPANY]), fields=shown))
    return pairs


def pairs_but_one(turn: int) -> dict[str, tuple[Pair, ...]]:
    """Return what somebody may do: everything, but of each type they read all fields but one, in each turn another."""
    pairs: dict[str, tuple[Pair, ...]] = {each.value: (EVERYTHING,) for each in Permission}
    behind: dict[str, set[str]] = {}
    hidden: set[str] = set()
    for name, resource in known_resources().items():
        if name not in OTHER_SCHEMAS:
            left = [f"{name}.{camel(column.name)}" for column, _, _ in changeable(resource)]
            hidden |= {left[turn % len(left)]} if left else set()
            behind.setdefault(resource.read.value, set()).update(resource.fields)
    return pairs | {permission: (Pair(Scope.COMPANY, fields=frozenset(shown - hidden)),) for permission, shown in behind.items()}


def grants_of_world(world: World, filled: FilledCompany, name: str) -> Grants:
    actor = filled.south.representatives[0]
    assert actor.person_id is not None
    assert actor.membership_id is not None
    unit = world.facts.rows["Person"][actor.person_id].unit
    assert unit is not None
    kind, number = name.rsplit(" ", 1)
    pairs = pairs_but_one(int(number)) if kind == "but one" else random_pairs(Random(name), rows=kind == "rows")
    return Grants(pairs, actor.person_id, unit, actor.membership_id, actor.roles, world.version)


@pytest.mark.parametrize("name", WORLDS)
async def test_what_is_hidden_of_any_type_changes_no_answer(
    world: World, filled: FilledCompany, engine: Engine, settings: Settings, name: str
) -> None:
    actor, grants = filled.south.representatives[0], grants_of_world(world, filled, name)
    askings = [*askings_of(world, filled, Random(name), grants), AGREED]
    before = [(await world.ask(actor, grants, each.text, each.variables)).body for each in askings]
    sight = Sight(grants, world.facts)
    reached = reached_rows(sight)
    changed = await change_every_hidden(settings, sight)
    await world.load()
    assert reached_rows(Sight(grants, world.facts)) == reached
    world.engine = wide_engine(engine)
    again = replace(grants, version=world.version)
    asked = zip(askings, before, strict=True)
    told = [await difference(world, (actor, again), each, answer) for each, answer in asked if each.name not in COUNTED]
    found = [each for each in told if each]
    assert found == [], "\n".join([str(len(found)), str(dict(changed)), *found[:8]])
    assert len(changed) > 35
    assert sum("errors" not in answer for answer in before) > len(before) / 2


async def difference(world: World, caller: tuple[Actor, Grants], asking: Asking, before: dict[str, object]) -> str:
    """Return what an answer says now that it did not say before, empty when it is the same."""
    now = (await world.ask(*caller, asking.text, asking.variables)).body
    return "" if now == before else f"{asking.name or asking.text}\n  {asking.variables}\n  before {before}\n  after  {now}"
