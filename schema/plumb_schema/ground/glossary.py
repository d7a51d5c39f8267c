"""What every name of the schema means, in zh and en: a word has one meaning wherever it stands, and `glossary.csv` says it once.

A class says what is particular to it; the glossary speaks where it is silent. It is asked by coordinate first (`Letter.number`,
`GoalState.PROPOSED`), arguments as `(first:)`, and then by the word alone.
"""

import csv
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

Words = Mapping[str, str]
DERIVED = ("Input", "Filter", "OrderField")
"""Endings of types whose parts mean what those of the type without the ending mean."""
ENDINGS = {
    "Connection": "分页列表 / A page of a list.",
    "Edge": "列表中的一行与其游标 / A row of a list with its cursor.",
    "Filter": "筛选条件，所给须全部成立 / Conditions, all of which must hold.",
    "Order": "排序依据 / What a list is ordered by.",
    "OrderField": "可排序的字段 / What a list can be ordered by.",
}


def glossary() -> Words:
    """Return the meanings by word or coordinate, each as "zh / en."."""
    text = (files("plumb_schema") / "glossary.csv").read_text(encoding="utf-8")
    return {row["word"]: f"{row['zh']} / {row['en']}." for row in csv.DictReader(text.splitlines())}


def describe(schema: GraphQLSchema, words: Words) -> None:
    """Give each type, field, argument and value that has no description the one that its name has."""
    own = {name: kind for name, kind in schema.type_map.items() if not name.startswith("__")}
    # Types that others derive from come first.
    for name in sorted(own, key=lambda each: each.endswith(DERIVED)):
        for part, word, asked in _parts(name, own[name]):
            part.description = part.description or _meaning(schema, words, name, word, asked)
    roots = _of_roots(schema)
    for name, kind in own.items():
        kind.description = kind.description or roots.get(name) or words.get(name) or _by_ending(name)


def _parts(name: str, kind: Any) -> Iterator[tuple[Any, str, tuple[str, ...]]]:
    """Yield what can bear a description, with its word and what the glossary is asked for, the most particular first."""
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        for word, field in kind.fields.items():
            yield field, word, (f"{name}.{word}", word)
            for argument, each in field.args.items():
                yield each, argument, (f"{name}.{word}({argument}:)", f"({argument}:)", argument)
    elif isinstance(kind, GraphQLInputObjectType):
        for word, each in kind.fields.items():
            yield each, word, (f"{name}.{word}", word)
    elif isinstance(kind, GraphQLEnumType):
        for word, each in kind.values.items():
            yield each, word, (f"{name}.{word}", word)


def _meaning(schema: GraphQLSchema, words: Words, name: str, word: str, asked: tuple[str, ...]) -> str | None:
    found = words.get(asked[0])
    if found is None and name.endswith(DERIVED):
        found = _of_origin(schema, name, _camel(word) if name.endswith("OrderField") else word) or words.get(_camel(word))
    return found or next((words[each] for each in asked if each in words), None)


def _of_origin(schema: GraphQLSchema, name: str, word: str) -> str | None:
    """Return what a derived type's part means by the type that it derives from: `GoalFilter.title` is `Goal.title`."""
    ending = max((each for each in DERIVED if name.endswith(each)), key=len)
    fields: dict[str, Any] = getattr(schema.type_map.get(name.removesuffix(ending)), "fields", {})
    return fields[word].description if word in fields else None


def _of_roots(schema: GraphQLSchema) -> dict[str, str]:
    """Return what the inputs and results of changes are, by their names."""
    found = {}
    for word, field in (schema.mutation_type.fields if schema.mutation_type else {}).items():
        found[str(field.type).rstrip("!")] = (
            f"{word} 的结果：所得对象，或说明原因的 Problem / What `{word}` answers: the object, or why not."
        )
        for each in field.args.values():
            found[str(each.type).rstrip("!")] = f"{word} 的输入 / What `{word}` needs."
    return found


def _by_ending(name: str) -> str | None:
    return next((ENDINGS[each] for each in sorted(ENDINGS, key=len, reverse=True) if name.endswith(each)), None)


def _camel(word: str) -> str:
    first, *others = word.lower().split("_") if word.isupper() else [word]
    return first + "".join(each.title() for each in others)
