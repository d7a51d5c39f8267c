"""A second way to decide what pairs of a matrix reach: row by row in Python, without SQL; and random pairs to decide about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from uuid import UUID

from plumb_platform.permissions import Pair, Scope
from plumb_platform.resources import Resource
from plumb_tenants.access.filters import filter_names
from plumb_tenants.formulas.service import CompiledFormula, Value, compile_formula

FILTERS = (
    'state = "CONFIRMED"',
    "target > 500",
    "ISBLANK(ownerId)",
    'NOT(title = "甲") 且 weight + 1 <= 21',
    'IF(number > 1, target * 2 > 900, metric = "销售额")',
)
"""Filters over goals; the third names a field that no filter may, and so reaches nothing."""
FIELDS = ("Goal.target", "Goal.weight", "Goal.title", "Goal.owner")


@dataclass(frozen=True)
class Facts:
    """What decides about one row: whose it is, its unit with all units above it, and the values of its fields."""

    id: UUID
    people: frozenset[UUID]
    unit: UUID | None
    above: frozenset[UUID]
    values: Mapping[str, Value | None]


@dataclass(frozen=True)
class Caller:
    """Where row scope starts from."""

    person: UUID
    unit: UUID


def reaches(pair: Pair, caller: Caller, row: Facts, resource: Resource) -> bool:
    """Return whether a pair, allowing or denying, meets the row."""
    return within(pair.scope, caller, row) and holds(pair, row, resource)


def within(scope: Scope, caller: Caller, row: Facts) -> bool:
    own = caller.person in row.people
    return {
        Scope.NONE: False,
        Scope.OWN: own,
        Scope.UNIT: own or row.unit == caller.unit,
        Scope.SUBTREE: own or caller.unit in row.above,
        Scope.COMPANY: True,
    }[scope]


def holds(pair: Pair, row: Facts, resource: Resource) -> bool:
    if not pair.filter:
        return True
    formula = compiled(pair.filter, resource.type_name, tuple(filter_names(resource).types.items()))
    return pair.denies if formula is None else formula.evaluate(row.values).value is True


@cache
def compiled(text: str, _: str, types: tuple[tuple[str, object], ...]) -> CompiledFormula | None:
    names = dict(types)
    return None if "ownerId" in text else compile_formula(text, names)  # type: ignore[arg-type]  # the values are Types


def row_is_reached(pairs: Iterable[Pair], caller: Caller, row: Facts, resource: Resource) -> bool:
    met = [pair for pair in pairs if reaches(pair, caller, row, resource)]
    return any(not pair.denies for pair in met) and not any(pair.denies and pair.fields is None for pair in met)


def field_shows(pairs: Iterable[Pair], coordinate: str, caller: Caller, row: Facts, resource: Resource) -> bool:
    """Return whether a field shows on a row that is reached."""
    naming = [pair for pair in pairs if pair.fields is None or coordinate in pair.fields]
    met = [pair for pair in naming if reaches(pair, caller, row, resource)]
    return any(not pair.denies for pair in met) and not any(pair.denies for pair in met)


def random_pair(source: Random, filters: Sequence[str] = FILTERS) -> Pair:
    """Return a pair of any kind, denying one time in four."""
    some = frozenset(source.sample(FIELDS, source.randint(1, len(FIELDS))))
    return Pair(
        source.choice(list(Scope)),
        source.choice(filters) if source.random() < 0.4 else "",
        some if source.random() < 0.5 else None,
        source.random() < 0.25,
    )
