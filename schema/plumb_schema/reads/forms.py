"""The form of a request's variables: what of them decides the text of a statement."""

from collections.abc import Iterator
from typing import Any

from graphql.execution.values import VariableValues

from graphql import (
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    type_from_ast,
)
from plumb_schema.ground.connections import is_size
from plumb_schema.ground.ids import id_parts


def form_of_variables(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: VariableValues) -> tuple[object, ...]:
    """Return what of the variables decides the text of a statement: which are given, names, members of enumerations."""
    form: list[object] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in variables.coerced:
            # Where the values were coerced, their types are known; resolvers are handed the values alone.
            source, value = variables.sources.get(name), variables.coerced[name]
            kind = source.signature.type if source else type_from_ast(schema, definition.type)
            form += (_type_of(value),) if is_id(kind) and type(value) is str else _form(kind, value)
        else:
            form.append("absent")
    return tuple(form)


def is_id(kind: Any) -> bool:
    """Return whether a type is that of one id, which most variables are."""
    return (kind.of_type if isinstance(kind, GraphQLNonNull) else kind) is GraphQLID


def _type_of(global_id: str) -> str | None:
    parts = id_parts(global_id)
    return parts[0] if parts else None


def _form(kind: Any, value: Any) -> Iterator[object]:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if value is None:
        yield None
    elif isinstance(kind, GraphQLInputObjectType):
        yield "{"
        for name, each in value.items():
            yield name
            yield from _form(_member(kind, name), each)
        yield "}"
    elif isinstance(kind, GraphQLList):
        yield from _list_form(kind.of_type, value if isinstance(value, list) else [value])
    elif isinstance(kind, GraphQLEnumType) or getattr(kind, "name", "") == "Boolean":
        yield value
    elif getattr(kind, "name", "") == "Int":
        # It may be the size of a page, which stands in the text.
        yield value if is_size(value) else "size"
    elif getattr(kind, "name", "") == "ID":
        yield _type_of(str(value))
    else:
        yield True


def _list_form(kind: Any, values: list[Any]) -> Iterator[object]:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLInputObjectType | GraphQLList):
        yield "["
        for each in values:
            yield from _form(inner, each)
        yield "]"
    else:
        yield None in values


def _member(kind: GraphQLInputObjectType, name: str) -> GraphQLInputType | None:
    found = kind.fields.get(name) or next((each for each in kind.fields.values() if each.out_name == name), None)
    return found.type if found else None
