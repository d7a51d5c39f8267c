"""All validation rules as one say what graphql-core's validation says: the same faults, in the same order, as many."""

import pytest

from graphql import parse, specified_rules, validate
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.rules import EveryRule

GOAL = "query A($id: ID!) { goal(id: $id) { %s } }"
DOCUMENTS = [
    GOAL % "id title owner { id name } children(first: 3) { edges { node { id title } } }",
    GOAL % "nothing owner { nothing } title { id } owner",
    GOAL % "id: title id title: id title children(first: 2) { edges { node { id } } } children { pageInfo { endCursor } }",
    GOAL % "... on Person { id } ... F ... G",
    GOAL % "...F } } fragment F on Goal { ...G title } fragment G on Goal { ...F nothing } query B { goals { edges { cursor }",
    GOAL % "...F } } fragment F on Goal { owner { ...F } } fragment H on Nobody { id } query B { goals { edges { cursor }",
    "query A($id: Int, $id: ID, $unused: Nobody, $input: Goal = 3) { goal(id: $id, id: $other, more: 1) { id } }",
    "{ goal { id } goals(first: true, where: {nothing: 1, nothing: 2}) @skip @skip(if: 3) @nobody { edges { cursor } } }",
    "{ goal(id: 1.5) { id } } query A { me { id } } query A { me { id } } type Extra { id: ID }",
    'mutation A { reviseGoal(input: {goalId: "x", target: {}, target: "1"}) { ... on Goal { id } ... on Nobody { id } } }',
    "subscription A { goal(id: 1) { id } goals { edges { node { id } } } nothing }",
    "query A { __schema { types { name nothing fields { type { ofType { nothing } } } } } __typename(a: 1) }",
    "fragment F on Goal { id } fragment F on Goal @include(if: $a) { title }",
]


@pytest.mark.parametrize("text", DOCUMENTS)
@pytest.mark.parametrize("most", [1, 3, 100])
@pytest.mark.parametrize("anonymous", [True, False])
def test_faults_are_those_of_graphql_core(product_engine: Engine, text: str, most: int, *, anonymous: bool) -> None:
    schema, document = product_engine.schema, parse(text)
    one, many = (
        [
            (error.message, error.locations)
            for error in validate(schema, document, rules, max_errors=most, hide_suggestions=anonymous)
        ]
        for rules in ([EveryRule], specified_rules)
    )
    assert one == many
    assert bool(one) is (text != DOCUMENTS[0])
