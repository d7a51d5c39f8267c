"""Whatever a client meets in the schema says what it is, in zh and in en, and one word has one meaning."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from graphql import GraphQLEnumType, GraphQLSchema, get_named_type, is_union_type, specified_scalar_types
from plumb_schema.ground.glossary import glossary
from support.product_schema import product_schema

IN_BOTH = re.compile(r"[\u4e00-\u9fff].* / .*[A-Za-z]|^(CSV|JSON|KPI|PDF|SHA-256) / ", re.DOTALL)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return product_schema()


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield the coordinate and the description of each type, field, argument and value of ours."""
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in specified_scalar_types or name == "JSON":  # these are not ours
            continue
        yield name, kind.description
        fields: dict[str, Any] = getattr(kind, "fields", {})
        values = kind.values if isinstance(kind, GraphQLEnumType) else {}
        for word, part in [*fields.items(), *values.items()]:
            yield f"{name}.{word}", part.description
            for argument, each in getattr(part, "args", {}).items():
                yield f"{name}.{word}({argument}:)", each.description


def test_everything_is_described_in_both_languages(schema: GraphQLSchema) -> None:
    found = {place: said for place, said in described(schema) if not IN_BOTH.search(said or "")}
    assert found == {}


def test_of_a_result_one_name_has_one_type_whatever_came_of_the_change(schema: GraphQLSchema) -> None:
    assert schema.mutation_type
    for change, field in schema.mutation_type.fields.items():
        types: dict[str, set[str]] = {}
        result = get_named_type(field.type)
        for member in result.types if is_union_type(result) else ():
            for name, part in member.fields.items():
                types.setdefault(name, set()).add(str(part.type))
        assert {name: found for name, found in types.items() if len(found) > 1} == {}, change


def test_the_glossary_holds_no_word_that_nothing_asks_for(schema: GraphQLSchema) -> None:
    said = {text for _, text in described(schema)}
    assert [word for word, text in glossary().items() if text not in said] == []


def test_a_part_that_is_derived_means_what_it_derives_from(schema: GraphQLSchema) -> None:
    said = dict(described(schema))
    assert said["GoalFilter.target"] == said["Goal.target"]
    assert said["LetterOrderField.SEALED_AT"] == said["Letter.sealedAt"]
    assert said["LetterBodyInput.logo"] == said["LetterBody.logo"]
