"""Filters decided row by row in Python, in three values; and what is wrong with a filter whatever the rows are."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from plumb_platform.resources import Column, Kind, One, Resource, resource_named
from plumb_platform.resources.resource import camel
from plumb_schema.ground.ids import split_id
from support.naive.facts import Fact
from support.naive.sight import Sight

DEEPEST, MOST, PARTS = 8, 60, 240
NOBODY = UUID(int=0)
Where = Mapping[str, Any]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, given: bool(value == given),
    "gt": lambda value, given: bool(value > given),
    "gte": lambda value, given: bool(value >= given),
    "lt": lambda value, given: bool(value < given),
    "lte": lambda value, given: bool(value <= given),
    "contains": lambda value, given: given.lower() in value.lower(),
    "startsWith": lambda value, given: value.lower().startswith(given.lower()),
    "in": lambda value, given: value in given,
}


def matches(sight: Sight, fact: Fact, where: Where) -> bool | None:
    """Return whether a filter holds for a row; None where a value is not there or not shown."""
    return _all(_member(sight, fact, name, wanted) for name, wanted in where.items())


def _member(sight: Sight, fact: Fact, name: str, wanted: Any) -> bool | None:
    if name == "and":
        return _all(matches(sight, fact, each) for each in wanted)
    if name == "or":
        return _any(matches(sight, fact, each) for each in wanted)
    if name == "not":
        return matches(sight, fact, wanted) is not True
    if name == "under":
        return _is_under(sight, fact, wanted)
    relation = relation_named(fact.resource, name)
    if relation is not None:
        return _is_related(sight, fact, relation, wanted)
    column = column_named(fact.resource, name)
    value = sight.value(fact, column.name if column else "id")
    return _all(_compared(value, column, fact.resource, operator, each) for operator, each in wanted.items())


def _compared(value: Any, column: Column | None, resource: Resource, operator: str, given: Any) -> bool | None:
    if operator == "isNull":
        return (value is None) is bool(given)
    if value is None:
        # SQL: a null is in no list, and in an empty one it is surely not.
        return False if operator == "in" and not given else None
    wanted = [plain(column, resource, each) for each in given] if operator == "in" else plain(column, resource, given)
    return _COMPARISONS[operator](value, wanted)


def plain(column: Column | None, resource: Resource, given: Any) -> Any:
    """Return what a caller gave for a column as its values are."""
    target = resource.type_name if column is None else column.target
    if (column is None or column.kind is Kind.ID) and target:
        parts = split_id(str(given))
        return parts[1] if parts and parts[0] == target else NOBODY
    return getattr(given, "value", given)


def _is_related(sight: Sight, fact: Fact, relation: One, wanted: Where) -> bool:
    there = sight.facts.of(resource_named(relation.target)).get(fact.links[relation.name] or NOBODY)
    if there is None or not sight.shows(fact, relation.name) or not sight.reached(there):
        return False
    return matches(sight, there, wanted) is True


def _is_under(sight: Sight, fact: Fact, wanted: str) -> bool:
    top = sight.facts.of(fact.resource).get(plain(None, fact.resource, wanted))
    return top is not None and sight.reached(top) and fact.id in sight.facts.below[top.id]


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = set(parts)
    return False if False in found else None if None in found else True


def _any(parts: Iterable[bool | None]) -> bool | None:
    found = set(parts)
    return True if True in found else None if None in found else False


@dataclass
class FilterFaults:
    """Finds the codes of all that is wrong with a filter; one of them is what the caller is told."""

    sight: Sight
    size: int = 0
    comparisons: int = 0
    codes: set[str] = field(default_factory=set)

    def find(self, resource: Resource, where: Where, depth: int = 1) -> None:
        """Look through a filter."""
        self._count()
        if depth > DEEPEST:
            self.codes.add("FILTER_TOO_LARGE")
            return
        for name, wanted in where.items():
            self._count()
            if wanted is None:
                self.codes.add("FILTER_NULL")
            elif name in ("and", "or"):
                for each in wanted:
                    self.find(resource, each, depth + 2)
            elif name == "not":
                self.find(resource, wanted, depth + 1)
            elif name != "under":
                self._named(resource, name, wanted, depth + 1)

    def _named(self, resource: Resource, name: str, wanted: Where, depth: int) -> None:
        relation = relation_named(resource, name)
        if relation is None:
            column = column_named(resource, name)
            if column is not None and self.sight.shows_never(resource, column.name):
                self.codes.add("FIELD_HIDDEN")
            self._comparisons(wanted)
            return
        target = resource_named(relation.target)
        if self.sight.shows_never(resource, relation.name) or self.sight.reaches_none(target):
            self.codes.add("FIELD_HIDDEN")
        self.find(target, wanted, depth)

    def _count(self, *, comparisons: int = 0) -> None:
        self.size += 1
        self.comparisons += comparisons
        if self.size > PARTS or self.comparisons > MOST:
            self.codes.add("FILTER_TOO_LARGE")

    def _comparisons(self, wanted: Where) -> None:
        for each in wanted.values():
            self._count(comparisons=1)
            if each is None or (isinstance(each, list) and None in each):
                self.codes.add("FILTER_NULL")


def column_named(resource: Resource, name: str) -> Column | None:
    """Return a column by its name in the API, None for the id."""
    return next((column for column in resource.columns if camel(column.name) == name), None)


def relation_named(resource: Resource, name: str) -> One | None:
    """Return a relation to one by its name in the API."""
    return next((each for each in _ones(resource) if camel(each.name) == name), None)


def _ones(resource: Resource) -> Iterator[One]:
    return (each for each in resource.relations if isinstance(each, One))
