"""Documents for every root field and every list of the schema, with each of their arguments, those that Python answers too."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from plumb_platform.permissions import Grants
from plumb_schema.ground.ids import encode_id
from plumb_schema.reads.classes import declared, read_of
from support.filled_company import FilledCompany
from support.minimal_inputs import minimal_arguments, type_named
from support.naive.documents import Generated, is_list
from support.naive.world import World
from support.schema_walk import RootField, id_places, root_fields

PLACED = ("where", "orderBy", "first", "after")


@dataclass(frozen=True)
class Asking:
    """A document with its variables, and the root field that it is for, where Python answers that."""

    text: str
    variables: dict[str, Any]
    name: str = ""


def askings_of(world: World, filled: FilledCompany, source: Random, grants: Grants) -> list[Asking]:
    """Return documents for every root field, and for every list of every type."""
    return [*_compiled(world, source, grants), *_by_python(world, filled, source)]


def _compiled(world: World, source: Random, grants: Grants) -> Iterator[Asking]:
    """Yield documents for every root field that SQL answers, and for every list of every type with each of its arguments."""
    schema = world.oracle.schema
    query = schema.query_type
    assert query is not None
    for name, definition in query.fields.items():
        if read_of(definition) is None:
            continue
        made = _written(world, source, grants, query, name=name)
        yield Asking(made.text, made.variables)
    for kind, name in lists_of_types(schema):
        rows = list(world.facts.rows.get(kind.name, {}))
        made = _written(world, source, grants, kind, name=name, of=encode_id(kind.name, source.choice(rows)))
        yield Asking(made.text, made.variables)


def lists_of_types(schema: GraphQLSchema) -> list[tuple[GraphQLObjectType, str]]:
    """Return every list that stands on a type of rows."""
    kinds = [each for each in schema.type_map.values() if isinstance(each, GraphQLObjectType) and declared(each.name)]
    return [(kind, name) for kind in kinds for name, each in kind.fields.items() if is_list(each)]


def _written(world: World, source: Random, grants: Grants, owner: GraphQLObjectType, *, name: str, of: str = "") -> Generated:
    """Write documents for a field until one gives all that a page may be asked by."""
    definition = owner.fields[name]
    while True:
        writer = world.writer(source, grants, faults=0.0)
        arguments = writer._arguments(owner, name, definition)
        if all(f"{each}: " in arguments for each in PLACED if each in definition.args):
            part = f"{name}{arguments} {writer._below(definition.type, 2, alone=False)}"
            inner = f'node(id: "{of}") {{ ... on {owner.name} {{ {part} }} }}' if of else part
            head = f"({', '.join(writer.variables.declared)})" if writer.variables.declared else ""
            return Generated(" ".join([f"query Wanted{head} {{ {inner} }}", *writer.fragments]), writer.variables.given)


def _by_python(world: World, filled: FilledCompany, source: Random) -> Iterator[Asking]:
    """Yield every root field that Python answers: with what it needs, and with several rows for each id that it takes."""
    own = {kind: encode_id(kind.partition(".")[0], value) for kind, value in filled.ids.items()}
    places = [each for each in id_places(world.oracle.schema) if each.root.kind == "query"]
    for root in root_fields(world.oracle.schema):
        if root.kind != "query" or read_of(root.field) is not None:
            continue
        yield _asking(root, minimal_arguments(root, own))
        for place in places:
            kind = _own_type(place.coordinate)
            if place.root.name == root.name and kind in world.facts.rows:
                for row in source.sample(list(world.facts.rows[kind]), min(3, len(world.facts.rows[kind]))):
                    yield _asking(root, minimal_arguments(root, own, asked=encode_id(kind, row), place=place))


def _own_type(coordinate: str) -> str:
    return (type_named(coordinate) or "").partition(".")[0]


def _asking(root: RootField, variables: dict[str, Any]) -> Asking:
    return Asking(root.document(variables), variables, root.name)
