"""Every root field and every list of the schema, with each of its arguments, in two worlds that differ in what is hidden (N7).

`test_two_worlds` writes documents at random; here none is left out, those that Python answers too: sums, reports, explanations.
"""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from graphql import (
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_required_argument,
    parse,
    visit,
)
from plumb_platform.database import Database
from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.pairs import EVERYTHING
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.filled_company import FilledCompany, fill_company
from support.naive.askings import askings_of, lists_of_types
from support.naive.documents import is_list
from support.naive.execution import Oracle
from support.naive.hidden_changes import change_what_is_hidden, reached_rows
from support.naive.random_rows import add_random_rows
from support.naive.sight import Sight
from support.naive.wide import wide_engine
from support.naive.world import World

SOME = frozenset({"Goal.title", "Goal.owner", "Goal.ownerId", "Goal.unit", "Goal.unitId", "Goal.children", "Goal.parent"})
NAMES = frozenset({"Person.unit", "Person.manager", "Person.skills", "Person.goals", "Person.reports"})
WORLDS: dict[str, dict[str, tuple[Pair, ...]]] = {
    "fields that show nowhere": {
        "goal:read": (Pair(Scope.COMPANY, fields=SOME),),
        "person:read": (Pair(Scope.COMPANY, fields=NAMES),),
    },
    "fields and rows that show in part": {
        "goal:read": (Pair(Scope.OWN), Pair(Scope.SUBTREE, fields=SOME)),
        "person:read": (Pair(Scope.OWN), Pair(Scope.SUBTREE, fields=NAMES)),
    },
    "nothing": {},
}
"""What somebody reads of goals and of people who may do everything else, over the whole company."""


@pytest.fixture(scope="module")
async def filled(database: Database) -> FilledCompany:
    made = await fill_company("处处两个世界公司")
    await add_random_rows(made.company, Random(8))
    return made


@pytest.fixture
async def world(filled: FilledCompany, ground: Ground, engine: Engine, oracle: Oracle) -> World:
    return await World(ground, engine, oracle, filled.company.system).load()


def grants_of_world(world: World, filled: FilledCompany, name: str) -> Grants:
    actor = filled.south.representatives[0]
    assert actor.person_id is not None
    assert actor.membership_id is not None
    unit = world.facts.rows["Person"][actor.person_id].unit
    assert unit is not None
    whole = {each.value: (EVERYTHING,) for each in Permission if each.value not in ("goal:read", "person:read")}
    return Grants(whole | WORLDS[name], actor.person_id, unit, actor.membership_id, actor.roles, world.version)


class Used(Visitor):
    """Notes which lists and root fields a document asks for, and by which arguments."""

    def __init__(self, info: TypeInfo, roots: set[str], lists: set[str]) -> None:
        super().__init__()
        self.info, self.roots, self.lists = info, roots, lists

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, definition = self.info.get_parent_type(), self.info.get_field_def()
        if parent is None or definition is None:
            return
        if parent.name == "Query":
            self.roots.add(node.name.value)
        if is_list(definition):
            self.lists |= {f"{parent.name}.{node.name.value}({each.name.value}:)" for each in node.arguments or ()}


def all_lists(schema: GraphQLSchema) -> set[str]:
    """Return every list of the schema with each of its optional arguments."""
    query = schema.query_type
    assert query is not None
    owners = [(query, name) for name, each in query.fields.items() if is_list(each)] + lists_of_types(schema)
    return {
        f"{owner.name}.{name}({each}:)"
        for owner, name in owners
        for each, argument in owner.fields[name].args.items()
        if not is_required_argument(argument)
    }


@pytest.mark.parametrize("name", list(WORLDS))
async def test_no_door_of_the_schema_tells_two_worlds_apart(
    world: World, filled: FilledCompany, engine: Engine, name: str
) -> None:
    source, actor = Random(name), filled.south.representatives[0]
    grants = grants_of_world(world, filled, name)
    askings = askings_of(world, filled, source, grants)
    roots, lists, info = set[str](), set[str](), TypeInfo(world.oracle.schema)
    for each in askings:
        visit(parse(each.text), TypeInfoVisitor(info, Used(info, roots, lists)))
    assert set(getattr(world.oracle.schema.query_type, "fields", {})) - roots == set()
    assert all_lists(world.oracle.schema) - lists == set()
    before = [(await world.ask(actor, grants, each.text, each.variables)).body for each in askings]
    sight = Sight(grants, world.facts)
    reached = reached_rows(sight)
    assert await change_what_is_hidden(filled.company.system, sight, source) > 20
    await world.load()
    assert reached_rows(Sight(grants, world.facts)) == reached
    world.engine = wide_engine(engine)
    again = replace(grants, version=world.version)
    told = []
    for each, answer in zip(askings, before, strict=True):
        now = (await world.ask(actor, again, each.text, each.variables)).body
        if now != answer:
            told.append(f"{each.name or each.text}\n  {each.variables}\n  before {answer}\n  after  {now}")
    assert told == [], "\n".join([str(len(told)), *told[:6]])
