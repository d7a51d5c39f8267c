"""Variables of a request: texts and ids are taken as they stand, whatever else is graphql-core's to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
)


@dataclass(frozen=True, slots=True)
class PlainVariable:
    """A variable that takes a text or an id and has no value of its own."""

    name: str
    signature: GraphQLVariableSignature
    is_required: bool


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of one operation, looked up in the schema once."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    plain: tuple[PlainVariable, ...] | None
    """None where one of them is of another kind."""

    def read(self, given: Mapping[str, Any], *, errors: int) -> VariableValues | list[GraphQLError]:
        """Return what graphql-core makes of what a client sent: values, or at most so many errors and one more."""
        found = None if self.plain is None else _plain_values(self.plain, given)
        definitions = self.operation.variable_definitions or ()
        return found or get_variable_values(self.schema, definitions, dict(given), errors)


def variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Variables:
    """Return the variables of an operation."""
    plain: list[PlainVariable] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError) or definition.default_value is not None:
            return Variables(schema, operation, None)
        kind: object = signature.type.of_type if isinstance(signature.type, GraphQLNonNull) else signature.type
        if kind is not GraphQLID and kind is not GraphQLString:
            return Variables(schema, operation, None)
        plain.append(PlainVariable(signature.name, signature, isinstance(signature.type, GraphQLNonNull)))
    return Variables(schema, operation, tuple(plain))


def _plain_values(plain: tuple[PlainVariable, ...], given: Mapping[str, Any]) -> VariableValues | None:
    """Return the values, None when one of them is not simply a text, or missing where it may be."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for variable in plain:
        value = given.get(variable.name, Undefined)
        if type(value) is not str and (variable.is_required or value is not Undefined):
            return None
        sources[variable.name] = VariableValueSource(variable.signature, value)
        if value is not Undefined:
            coerced[variable.name] = value
    return VariableValues(sources, coerced)
