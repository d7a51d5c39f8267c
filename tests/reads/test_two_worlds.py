"""Two worlds that differ only in what a caller may not see answer every question alike (N7)."""

from dataclasses import replace
from random import Random

import pytest

from plumb_platform.database import Database
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_platform.resources import resource_named
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.filled_company import FilledCompany, fill_company
from support.naive.execution import Oracle
from support.naive.hidden_changes import change_what_is_hidden, reached_rows
from support.naive.matrices import random_grants
from support.naive.random_rows import add_random_rows
from support.naive.sight import Sight
from support.naive.wide import wide_engine
from support.naive.world import World

MATRICES, DOCUMENTS = 8, 25
HIDEABLE = ("Goal", "Person")


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    made = await fill_company("两个世界公司")
    await add_random_rows(made.company, Random(4))
    return made


@pytest.fixture
async def world(filled: FilledCompany, ground: Ground, engine: Engine, oracle: Oracle) -> World:
    return await World(ground, engine, oracle, filled.company.system).load()


async def grants_that_hide(world: World, filled: FilledCompany, source: Random) -> Grants:
    """Return what a representative may do, goals and people by a random matrix; row scope goes by no value that changes."""
    actor = filled.south.representatives[0]
    held = await world.held(actor)
    drawn = random_grants(source, actor, world.facts, world.version, [resource_named(name) for name in HIDEABLE])
    plain = {name: tuple(replace(pair, filter="") for pair in pairs) for name, pairs in drawn.pairs.items()}
    return Grants({**held.pairs, **plain}, held.person_id, held.unit_id, held.membership_id, held.roles, world.version)


async def test_what_is_hidden_changes_no_answer(world: World, filled: FilledCompany, engine: Engine) -> None:
    source, actor, changed, answers = Random(6), filled.south.representatives[0], 0, 0
    for place in range(MATRICES):
        await world.load()
        grants = await grants_that_hide(world, filled, source)
        documents = [world.document(source, grants, python=place % 4 == 0) for _ in range(DOCUMENTS)]
        before = [(await world.ask(actor, grants, each.text, each.variables)).body for each in documents]
        reached = reached_rows(Sight(grants, world.facts))
        changed += await change_what_is_hidden(filled.company.system, Sight(grants, world.facts), source)
        await world.load()
        assert reached_rows(Sight(grants, world.facts)) == reached
        world.engine = wide_engine(engine)
        again = Grants(
            grants.pairs, grants.person_id, grants.unit_id, grants.membership_id, grants.roles, world.version, shape=grants.shape
        )
        for each, answer in zip(documents, before, strict=True):
            now = (await world.ask(actor, again, each.text, each.variables)).body
            assert now == answer, f"{each.text}\n{each.variables}\n  before {answer}\n  after  {now}"
            answers += answer.get("data") is not None
    assert changed > 500
    assert answers == MATRICES * DOCUMENTS


NO_TARGET = frozenset({"Goal.title", "Goal.owner", "Goal.ownerId", "Goal.children"})


def grants_of_goals(world: World, filled: FilledCompany, *pairs: Pair) -> Grants:
    person = filled.south.representatives[0].person_id
    assert person is not None
    unit = world.facts.rows["Person"][person].unit
    assert unit is not None
    company = {name: (Pair(Scope.COMPANY),) for name in ("person:read", "unit:read", "company:read")}
    return Grants({"goal:read": pairs, **company}, person, unit, version=world.version)


@pytest.mark.parametrize(
    ("arguments", "field", "name"),
    [
        ('where: {target: {gt: "1"}}', "where.target", "Goal.target"),
        ("where: {target: {isNull: true}}", "where.target", "Goal.target"),
        ("where: {not: {target: {isNull: true}}}", "where.not.target", "Goal.target"),
        ('where: {or: [{title: {eq: "甲"}}, {weight: {eq: "1"}}]}', "where.or.1.weight", "Goal.weight"),
        ("orderBy: [{field: TARGET}]", "orderBy", "Goal.target"),
        ("orderBy: [{field: TITLE}, {field: CONFIRMED_AT, direction: DESC}]", "orderBy", "Goal.confirmedAt"),
        ("where: {unit: {}}", "where.unit", "Goal.unit"),
        ('where: {parent: {title: {eq: "甲"}}}', "where.parent", "Goal.parent"),
        ("where: {cycle: {}}", "where.cycle", "Goal.cycle"),
    ],
)
async def test_what_shows_nowhere_can_neither_filter_nor_sort(
    world: World, filled: FilledCompany, arguments: str, field: str, name: str
) -> None:
    grants = grants_of_goals(world, filled, Pair(Scope.COMPANY, fields=NO_TARGET))
    text = f"{{ goals({arguments}) {{ totalCount }} company {{ currency }} }}"
    answer = await world.ask(filled.south.representatives[0], grants, text)
    assert answer.body == {
        "data": {"goals": None, "company": {"currency": "CNY"}},
        "errors": [
            {
                "message": f"You may not see the field {name}: nothing can be filtered, sorted, summed, explained or fetched "
                "by it.",
                "extensions": {"code": "FIELD_HIDDEN", "field": field},
                "locations": [{"line": 1, "column": 3}],
                "path": ["goals"],
            }
        ],
    }


async def test_a_nested_list_is_refused_with_its_root_field(world: World, filled: FilledCompany) -> None:
    grants = grants_of_goals(world, filled, Pair(Scope.COMPANY, fields=NO_TARGET))
    text = "{ goals { edges { node { children(orderBy: [{field: TARGET}]) { totalCount } } } } company { currency } }"
    body = (await world.ask(filled.south.representatives[0], grants, text)).body
    assert body["data"] == {"goals": None, "company": {"currency": "CNY"}}
    assert [error["extensions"] for error in body["errors"]] == [{"code": "FIELD_HIDDEN", "field": "edges.node.children.orderBy"}]


async def test_what_is_hidden_on_some_rows_filters_and_sorts_as_null_there(world: World, filled: FilledCompany) -> None:
    actor = filled.south.representatives[0]
    grants = grants_of_goals(world, filled, Pair(Scope.OWN), Pair(Scope.COMPANY, fields=NO_TARGET))
    own = sum(fact.own == {actor.person_id} for fact in world.facts.rows["Goal"].values())
    every = len(world.facts.rows["Goal"])
    for where, count in (("{target: {isNull: true}}", every - own), ('{target: {gte: "0"}}', own), ('{target: {lt: "0"}}', 0)):
        text = f"{{ goals(where: {where}) {{ totalCount }} }}"
        assert (await world.ask(actor, grants, text)).body == {"data": {"goals": {"totalCount": count}}}
    for direction in ("ASC", "DESC"):
        order = f"orderBy: [{{field: TARGET, direction: {direction}}}]"
        text = f"{{ goals(first: 100, {order}) {{ edges {{ node {{ ownerId target }} }} }} }}"
        body = (await world.ask(actor, grants, text)).body
        nodes = [edge["node"] for edge in body["data"]["goals"]["edges"]]
        assert [node["target"] is not None for node in nodes] == [True] * own + [False] * (len(nodes) - own)
        assert body["extensions"] == {"hidden": ["Goal.target"]}
