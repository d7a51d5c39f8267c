"""What a document changes: each root field with its service's call and what is asked of each type that it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql.execution.values import VariableValues

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    get_named_type,
)
from plumb_schema.changes.payloads import Complete, NeedsCore, completer_of, is_read_by_sql
from plumb_schema.ground.attempts import Changing
from plumb_schema.ground.permission import Need, need_of
from plumb_schema.reads.arguments import ArgumentReader, reader_of
from plumb_schema.reads.classes import declared
from plumb_schema.reads.selection import Selections, fragments_of

MakeInput = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class RootChange:
    """One root field of a mutation."""

    key: str
    nodes: Sequence[FieldNode]
    need: Need
    changing: Changing
    arguments: ArgumentReader
    resolve: Callable[..., Any]
    """The method that calls the service."""
    make_input: MakeInput
    """Makes the method's `input` of the arguments that graphql-core has read."""
    completers: Mapping[type, Complete]
    """What makes the answer of each type of plain attributes, by its class."""


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """All that a document changes, in its order; a text in place of a root field is the answer itself."""

    roots: Mapping[str, RootChange | str]


def change_plan(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
) -> ChangePlan | None:
    """Return the plan of a mutation, None for one that graphql-core has to execute."""
    root = schema.mutation_type
    assert root is not None  # noqa: S101 - what is asked for is a valid mutation
    selections = Selections(schema, fragments_of(document), variables)
    try:
        return ChangePlan(
            {
                key: root.name if nodes[0].name.value == "__typename" else _root(selections, root, key, nodes)
                for key, nodes in selections.of([operation.selection_set], root).items()
            }
        )
    except NeedsCore:
        return None


def _root(selections: Selections, root: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> RootChange:
    definition = root.fields[nodes[0].name.value]
    need, answer, own = need_of(definition), get_named_type(definition.type), _own(definition)
    changing = Changing.of(definition)
    if changing.is_public or need is None or not isinstance(answer, GraphQLUnionType):
        raise NeedsCore
    completers: dict[type, Complete] = {}
    for member in answer.types:
        if declared(member.name) is None:
            completers[member.extensions["strawberry-definition"].origin] = completer_of(selections, member, nodes, need)
        elif not is_read_by_sql(selections, member, nodes):
            raise NeedsCore
    resolve, reader = own.base_resolver.wrapped_func, reader_of(definition, nodes[0])
    return RootChange(key, nodes, need, changing, reader, resolve, _input_maker(definition), completers)


def _own(definition: GraphQLField) -> Any:
    """Return strawberry's definition of a mutation that is a method and nothing around it."""
    own = definition.extensions["strawberry-definition"]
    if own.base_resolver is None or own.extensions:
        raise NeedsCore
    return own


def _input_maker(definition: GraphQLField) -> MakeInput:
    if not definition.args:
        return lambda _: {}
    kind = get_named_type(definition.args["input"].type)
    if not isinstance(kind, GraphQLInputObjectType):
        raise NeedsCore
    own = kind.extensions["strawberry-definition"]

    def make(arguments: Mapping[str, Any]) -> dict[str, Any]:
        if "input" not in arguments:
            return {}
        given = arguments["input"]
        return {"input": None if given is None else own.from_input(own.origin, given, None)}

    return make
