"""Arguments as a plan reads them at every request are those that graphql-core reads."""

from typing import Any

import pytest
from graphql.execution.values import VariableValues
from graphql.language import OperationDefinitionNode

from graphql import FieldNode, GraphQLError, GraphQLSchema, build_schema, get_argument_values, get_variable_values, parse
from plumb_schema.reads.arguments import ArgumentReader, reader_of

SDL = """
input Filter { name: String = "all", within: [ID!] }
type Query { list(first: Int = 20, after: String, must: ID!, sure: Int! = 7, where: Filter): String  plain: String }
"""
ASKED: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    ("query ($a: String) { list(must: 1, after: $a) }", ({}, {"a": None}, {"a": "x"})),
    ("query ($f: Int = 3, $m: ID!) { list(first: $f, must: $m) }", ({"m": "1"}, {"m": "1", "f": None}, {"m": 2, "f": 9})),
    ("query ($f: Int) { list(first: $f, must: 1, sure: 2) }", ({}, {"f": None}, {"f": 5})),
    ("query ($s: Int) { list(sure: $s, must: 1) }", ({}, {"s": None}, {"s": 5})),
    ("query ($i: ID!) { list(must: 1, where: {within: [$i, 2]}) }", ({"i": "a"}, {"i": "b"})),
    ("query ($n: String) { list(must: 1, where: {name: $n}) }", ({}, {"n": None}, {"n": "b"})),
    ("query ($w: Filter) { list(must: 1, where: $w) }", ({}, {"w": None}, {"w": {"within": "one"}})),
    ('{ list(must: 1, where: {within: "one"}, after: null) }', ({}, {})),
    ("{ plain }", ({}, {})),
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


@pytest.mark.parametrize(("text", "requests"), ASKED)
def test_arguments_are_those_of_graphql_core_at_every_request(
    schema: GraphQLSchema, text: str, requests: tuple[dict[str, Any], ...]
) -> None:
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    assert schema.query_type is not None
    reader = reader_of(schema.query_type.fields[node.name.value], node)
    for given in requests * 2:
        values = get_variable_values(schema, operation.variable_definitions or (), given)
        assert isinstance(values, VariableValues)
        assert _read(reader, values) == _expected(reader, values)


def _read(reader: ArgumentReader, values: VariableValues) -> object:
    try:
        return reader.read(values)
    except GraphQLError as error:
        return error.message


def _expected(reader: ArgumentReader, values: VariableValues) -> object:
    try:
        return get_argument_values(reader.field, reader.node, values)
    except GraphQLError as error:
        return error.message
