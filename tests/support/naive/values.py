"""Random values of a schema's inputs, written into a document or carried by its variables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)


class Word(str):
    """A member of an enumeration, written without quotes."""

    __slots__ = ()


class Absent:
    """What is left out."""


ABSENT = Absent()


@dataclass
class Variables:
    """The variables of one document: what it declares and what the request gives."""

    source: Random
    share: float
    declared: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    def written(self, kind: str, value: Any, *, optional: bool = False) -> str:
        """Return a value as it stands in the document: itself, or a variable that holds it."""
        if self.source.random() >= self.share:
            return literal(value)
        return self.variable(kind, value, optional=optional)

    def variable(self, kind: str, value: Any, *, optional: bool = False) -> str:
        """Return a new variable that comes to a value: given, by default, or left out."""
        name = f"v{len(self.declared)}"
        chance = self.source.random()
        if chance < 0.2 and not kind.endswith("!") and optional:
            self.declared.append(f"${name}: {kind}")
        elif chance < 0.4 and value is not None:
            self.declared.append(f"${name}: {kind.rstrip('!')} = {literal(value)}")
        else:
            self.declared.append(f"${name}: {kind}")
            self.given[name] = value
        return f"${name}"


def literal(value: Any) -> str:
    """Return a value as GraphQL writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Raw:
    """A part of a value that is written already, such as a variable inside a filter."""

    text: str


@dataclass
class Filters:
    """Makes random filters whose values are met by some rows."""

    source: Random
    pool: Mapping[str, Sequence[Any]]
    """Values that rows have, by the coordinate of the filter's field (`GoalFilter.title`)."""
    variables: Variables

    def filter(self, kind: GraphQLInputObjectType, levels: int, *, plain: bool) -> dict[str, Any]:
        """Return a filter of one to three members; a `plain` one holds no variables, so that it can be one itself."""
        made: dict[str, Any] = {}
        for name in self.source.sample(list(kind.fields), self.source.randint(0 if self.source.random() < 0.1 else 1, 2)):
            of = kind.fields[name].type
            value = self._member(kind, name, of, levels, plain=plain)
            if not isinstance(value, Absent):
                made[name] = value
        return made

    def _member(self, kind: GraphQLInputObjectType, name: str, of: GraphQLInputType, levels: int, *, plain: bool) -> Any:
        if name in ("and", "or"):
            count = self.source.randint(0, 2)
            return [self.filter(kind, levels - 1, plain=plain) for _ in range(count)] if levels > 0 else ABSENT
        if name == "under":
            return self.source.choice(self.pool["OrgUnitFilter.id"])
        assert isinstance(of, GraphQLInputObjectType)
        if "and" in of.fields:
            return self.filter(of, levels - 1, plain=plain) if levels > 0 else ABSENT
        return self._comparisons(f"{kind.name}.{name}", of, plain=plain)

    def _comparisons(self, coordinate: str, of: GraphQLInputObjectType, *, plain: bool) -> dict[str, Any]:
        operator = self.source.choice(list(of.fields))
        inner = of.fields[operator].type
        if operator == "isNull":
            return {operator: self.source.random() < 0.5}
        value = self._value(coordinate, inner)
        if plain or self.source.random() > self.variables.share:
            return {operator: value}
        return {operator: Raw(self.variables.variable(str(inner), value, optional=True))}

    def _value(self, coordinate: str, of: GraphQLInputType) -> Any:
        if isinstance(of, GraphQLNonNull):
            return self._value(coordinate, of.of_type)
        if isinstance(of, GraphQLList):
            return [self._value(coordinate, of.of_type) for _ in range(self.source.randint(0, 3))]
        if isinstance(of, GraphQLEnumType):
            return Word(self.source.choice(list(of.values)))
        known = self.pool.get(coordinate)
        if known:
            value = self.source.choice(known)
            return value[: self.source.randint(0, len(value))] if _is_text(of) and self.source.random() < 0.3 else value
        return {"Int": 1, "Boolean": True, "Decimal": "1", "Date": "2026-01-01", "DateTime": "2026-01-01T00:00:00Z"}.get(
            getattr(of, "name", ""), "无"
        )


def _is_text(of: GraphQLInputType) -> bool:
    return getattr(of, "name", "") == "String"
