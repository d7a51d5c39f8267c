"""Every input object of the API is what strawberry itself would make of it, and thousands of them cost little (G8)."""

from random import Random
from typing import Any

import pytest
import strawberry
from strawberry.types.arguments import convert_argument

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from plumb_schema.ground.build import core_of
from plumb_schema.ground.guard import UnsoundSchema
from plumb_schema.ground.input_objects import install_makers
from plumb_schema.schema import make_schema

DEEPEST = 3


@pytest.fixture(scope="module")
def schema() -> strawberry.Schema:
    return make_schema()


def definitions(schema: strawberry.Schema) -> dict[GraphQLInputObjectType, Any]:
    """Return strawberry's definition of each input type of the API."""
    inputs = [each for each in core_of(schema).type_map.values() if isinstance(each, GraphQLInputObjectType)]
    return {each: each.extensions["strawberry-definition"] for each in inputs}


def some_value(source: Random, of: Any, depth: int = 0) -> Any:
    """Return a value as graphql-core has read it; what stands for a scalar is a thing of its own, to be passed on as it is."""
    if isinstance(of, GraphQLNonNull):
        of = of.of_type
    elif source.random() < 0.2:
        return None
    if isinstance(of, GraphQLList):
        return [some_value(source, of.of_type, depth) for _ in range(0 if depth >= DEEPEST else source.randint(0, 2))]
    if not isinstance(of, GraphQLInputObjectType):
        return object()
    said = {}
    for name, field in of.fields.items():
        required = isinstance(field.type, GraphQLNonNull)
        if required or (depth < DEEPEST and source.random() < 0.6):
            said[name] = some_value(source, field.type, depth + 1)
    return said


def test_every_input_object_is_what_strawberry_makes_of_it(schema: strawberry.Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    source, known, scalars = Random(20261127), definitions(schema), schema.schema_converter.scalar_registry
    given = {each: [some_value(source, GraphQLNonNull(each)) for _ in range(6)] for each in known}

    def made() -> list[list[Any]]:
        return [[convert_argument(value, known[each].origin, scalars, schema.config) for value in given[each]] for each in given]

    ours = made()
    with monkeypatch.context() as patch:
        for definition in known.values():
            assert definition.from_input is not None
            patch.setattr(definition, "from_input", None)
        theirs = made()
    assert ours == theirs
    assert len(ours) > 300


def test_a_list_that_is_a_default_is_not_shared_by_those_who_leave_it_out(schema: strawberry.Schema) -> None:
    kept: list[str] = ["甲"]
    of = next(each for each in definitions(schema) if each.name == "CreatePlanInput")
    said = {"participants": kept, "cycleId": "", "templateVersionId": "", "unitId": ""}
    first, second = (convert_argument(said, definitions(schema)[of].origin, {}, schema.config) for _ in range(2))
    assert first.participants == second.participants == kept  # type: ignore[attr-defined] # an object of the API
    assert first.participants is not kept is not second.participants  # type: ignore[attr-defined] # as above


def test_a_field_that_nobody_here_knows_how_to_make_is_refused() -> None:
    @strawberry.input
    class Odd:
        value: strawberry.Maybe[str]

    @strawberry.type
    class Query:
        @strawberry.field
        def odd(self, odd: Odd) -> str:
            return str(odd)

    schema = strawberry.Schema(query=Query)
    install_makers(core_of(schema), schema.config)
    with pytest.raises(UnsoundSchema):
        convert_argument({"value": "x"}, Odd, {}, schema.config)
