"""Variables: read by what their types say, they are what graphql-core makes of them, faults included."""

from typing import Any

import pytest
from graphql.execution.values import VariableValues

from graphql import OperationDefinitionNode, get_variable_values, parse
from plumb_schema.ground.engine import Engine
from plumb_schema.reads.coercion import Coercions
from plumb_schema.reads.forms import form_of_variables
from plumb_schema.reads.variables import variables_of

DECLARED = ["", "($a: ID!)", "($a: String)", "($a: ID, $b: String!)", '($a: String = "x", $b: ID)', "($a: [ID!], $b: Int)"]
GIVEN: list[dict[str, Any]] = [
    {},
    {"a": "Goal_01a21945-8113-7419-9cd9-662bb771074b"},
    {"a": None, "b": "x"},
    {"a": "", "b": "y", "c": "unknown"},
    {"a": 7, "b": True},
    {"a": ["x"], "b": {"a": "x"}},
]


def written(values: VariableValues) -> dict[str, tuple[str, object]]:
    """Return type and original value of each variable; types of lists and of what may not be null are made anew each time."""
    return {name: (str(source.signature.type), source.value) for name, source in values.sources.items()}


@pytest.mark.parametrize("declared", DECLARED)
def test_every_value_is_read_as_graphql_core_reads_it(product_engine: Engine, declared: str) -> None:
    schema = product_engine.schema
    (operation,) = parse(f"query {declared} {{ __typename }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = variables_of(schema, operation, Coercions())
    for given in GIVEN:
        expected = get_variable_values(schema, operation.variable_definitions or (), given, 3)
        found = variables.read(given, errors=3)
        if isinstance(expected, list):
            assert isinstance(found, list)
            assert [error.message for error in found] == [error.message for error in expected]
        else:
            assert not isinstance(found, list)
            assert found.coerced == expected.coerced
            assert written(found) == written(expected)
            assert form_of_variables(schema, operation, found) == form_of_variables(schema, operation, expected)
