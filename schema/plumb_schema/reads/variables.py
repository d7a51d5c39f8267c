"""Variables of an operation: what a client sent, read by what its schema says, which is looked up once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
)
from plumb_schema.reads.coercion import Coerce, Coercions, NotPlain, plainly


@dataclass(frozen=True, slots=True)
class KnownVariable:
    """A variable that has no value of its own."""

    name: str
    signature: GraphQLVariableSignature
    coerce: Coerce
    is_required: bool


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of one operation, looked up in the schema once."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    known: tuple[KnownVariable, ...] | None
    """None where one of them has a value of its own."""

    def read(self, given: Mapping[str, Any], *, errors: int) -> VariableValues | list[GraphQLError]:
        """Return what graphql-core makes of what a client sent: values, or at most so many errors and one more."""
        found = None if self.known is None else _plain_values(self.known, given)
        definitions = self.operation.variable_definitions or ()
        return found or get_variable_values(self.schema, definitions, dict(given), errors)


def variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode, coercions: Coercions) -> Variables:
    """Return the variables of an operation."""
    known: list[KnownVariable] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError) or definition.default_value is not None:
            return Variables(schema, operation, None)
        is_required = isinstance(signature.type, GraphQLNonNull)
        known.append(KnownVariable(signature.name, signature, coercions.of(signature.type), is_required))
    return Variables(schema, operation, tuple(known))


def _plain_values(known: tuple[KnownVariable, ...], given: Mapping[str, Any]) -> VariableValues | None:
    """Return the values, None when one of them is not plainly right, or missing where it may not be."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for variable in known:
        value = given.get(variable.name, Undefined)
        sources[variable.name] = VariableValueSource(variable.signature, value)
        if value is not Undefined:
            try:
                coerced[variable.name] = plainly(variable.coerce, value)
            except NotPlain:
                return None
        elif variable.is_required:
            return None
    return VariableValues(sources, coerced)
