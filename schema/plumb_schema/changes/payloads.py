"""What a document asks of a payload's plain attributes, as Python that takes them from the object and writes them out."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    get_named_type,
    is_leaf_type,
)
from plumb_schema.ground.permission import PUBLIC, SIGNED_IN, Need, need_of
from plumb_schema.reads.classes import declared
from plumb_schema.reads.selection import Selections

Complete: TypeAlias = Callable[[Any], Any]
"""Returns a value as JSON can hold it; raises TypeError for one that the schema does not allow."""


class NeedsCore(Exception):
    """The selection holds what only graphql-core completes: a resolver, a row in a payload, a permission of its own."""


def completer_of(selections: Selections, kind: GraphQLObjectType, nodes: Sequence[FieldNode], held: Need) -> Complete:
    """Return what makes an object's answer of its attributes; raises NeedsCore.

    Whoever may make the change has shown that they hold `held`, so that attributes which need no more are shown.
    """
    if declared(kind.name) is not None:
        raise NeedsCore
    members: list[tuple[str, Complete]] = []
    for key, group in selections.below(nodes, kind).items():
        name = group[0].name.value
        members.append((key, _constant(kind.name) if name == "__typename" else _member(selections, kind, name, group, held)))
    return lambda value: {key: complete(value) for key, complete in members}


def is_read_by_sql(selections: Selections, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> bool:
    """Return whether PostgreSQL can answer all that nodes ask of a resource's row, whoever asks."""
    resource = declared(kind.name)
    for group in selections.below(nodes, kind).values():
        name = group[0].name.value
        if name == "__typename":
            continue
        if resource is not None and name in resource.made_by_name:
            return False
        below = get_named_type(kind.fields[name].type)
        if not all(is_read_by_sql(selections, each, group) for each in _objects(below)):
            return False
    return True


def _objects(kind: Any) -> Sequence[GraphQLObjectType]:
    return kind.types if hasattr(kind, "types") else () if is_leaf_type(kind) else (kind,)


def _constant(value: str) -> Complete:
    return lambda _: value


def _member(selections: Selections, kind: GraphQLObjectType, name: str, nodes: list[FieldNode], held: Need) -> Complete:
    definition = kind.fields[name]
    if (need_of(definition) or need_of(kind)) not in (PUBLIC, SIGNED_IN, held):
        raise NeedsCore
    get, finish = _attribute(definition), _finisher(selections, definition.type, nodes, held)
    return lambda value: finish(get(value))


def _attribute(definition: GraphQLField) -> Complete:
    own = definition.extensions["strawberry-definition"]
    if own.base_resolver is not None or own.extensions or definition.args:
        raise NeedsCore
    return attrgetter(own.python_name)


def _finisher(selections: Selections, kind: GraphQLOutputType, nodes: list[FieldNode], held: Need) -> Complete:
    if isinstance(kind, GraphQLNonNull):
        return _required(_finisher(selections, kind.of_type, nodes, held))
    if isinstance(kind, GraphQLList):
        return _list(_finisher(selections, kind.of_type, nodes, held))
    if isinstance(kind, GraphQLObjectType):
        complete = completer_of(selections, kind, nodes, held)
        return lambda value: None if value is None else complete(value)
    if not is_leaf_type(kind):
        raise NeedsCore
    return _leaf(kind.coerce_output_value, is_text=kind is GraphQLString)


def _required(finish: Complete) -> Complete:
    def finished(value: Any) -> Any:
        found = finish(value)
        if found is None:
            raise TypeError("a payload holds nothing where its type says that there is something")
        return found

    return finished


def _list(finish: Complete) -> Complete:
    def finished(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise TypeError(f"a payload holds {type(value).__name__} where its type says a list")
        return [finish(each) for each in value]

    return finished


def _leaf(coerce: Complete, *, is_text: bool) -> Complete:
    def finished(value: Any) -> Any:
        if value is None or (is_text and type(value) is str):
            return value
        found = coerce(value)
        if found is None or found is Undefined:
            raise TypeError(f"a payload's {type(value).__name__} is no value of its type")
        return found

    return finished
