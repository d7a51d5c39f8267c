"""What a caller may see, decided row by row in Python: rows, fields of a row, and what no row can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from plumb_platform.permissions import Grants, Pair, Scope
from plumb_platform.resources import Kind, Many, One, Resource, resource_named
from plumb_platform.resources.resource import camel
from plumb_tenants.access.filters import filter_names
from plumb_tenants.formulas.service import CompiledFormula, FormulaError, Type, compile_formula
from support.naive.facts import Fact, Facts


@dataclass(frozen=True)
class Sight:
    """The pairs of one caller over the rows of one company."""

    grants: Grants
    facts: Facts

    def pairs(self, resource: Resource) -> tuple[Pair, ...]:
        """Return the pairs that reach for a resource."""
        return self.grants.of(resource.read)

    def reached(self, fact: Fact) -> bool:
        """Return whether a row is the caller's to read."""
        if fact.shown_to is not None and self._is_veiled(fact.resource) and self.grants.unit_id not in fact.shown_to:
            return False
        met = [pair for pair in self.pairs(fact.resource) if self._meets(pair, fact)]
        return any(not pair.denies for pair in met) and not any(pair.denies and pair.fields is None for pair in met)

    def shows(self, fact: Fact, name: str) -> bool:
        """Return whether a column or relation, and all that it tells, shows on a row that may be read."""
        repeated = fact.resource.columns_by_name[name].repeats if name in fact.resource.columns_by_name else None
        return all(self._shows(fact, each) for each in _told(fact.resource, name)) and (
            repeated is None or self._shows_there(repeated[0], fact.repeated[name])
        )

    def _shows_there(self, coordinate: str, row: UUID | None) -> bool:
        """Return whether a field of another row, which may be none, shows."""
        resource, name = _found(coordinate)
        if self.reaches_all(resource) and self.shows_always(resource, name):
            return True
        there = self.facts.of(resource).get(row) if row else None
        return there is not None and self.reached(there) and self.shows(there, name)

    def _shows(self, fact: Fact, name: str) -> bool:
        resource = fact.resource
        if self._always(resource, name):
            return True
        if self._never(resource, name):
            return False
        naming = self._naming(resource, name)
        if self._unlimited(resource, name):
            allowed = True
        else:
            allowed = any(self._meets(pair, fact) for pair in naming if not pair.denies)
        return allowed and not any(
            self._meets(pair, fact) for pair in naming if pair.denies and self._is_partial(pair, resource, name)
        )

    def shows_named(self, fact: Fact, name: str) -> bool:
        """Return whether a field shows on a row that another row names."""
        return name == "id" or _is_core(fact.resource, name) or self.reached(fact)

    def value(self, fact: Fact, name: str) -> Any:
        """Return a column's value as the caller sees it."""
        if name == "id":
            return fact.id
        return self.said(fact, name) if self.shows(fact, name) else None

    def said(self, fact: Fact, name: str) -> Any:
        """Return the value of a column that shows; of a kept text what it says to the caller."""
        values = fact.whole if name in fact.whole and all(map(self._sees, fact.told)) else fact.values
        return values[name]

    def _sees(self, told: Mapping[str, Any]) -> bool:
        """Return whether the caller reads a row and those of its fields that a kept text names."""
        resource = resource_named(told["type"])
        there = self.facts.rows.get(told["type"], {}).get(UUID(told["id"]))
        names = [each.name for each in (*resource.columns, *resource.relations) if camel(each.name) in told["fields"]]
        if there is None:
            return self.reaches_all(resource) and all(self.shows_always(resource, each) for each in names)
        return self.reached(there) and all(self.shows(there, each) for each in names)

    def shows_always(self, resource: Resource, name: str, *, named: bool = False) -> bool:
        """Return whether a field shows on every row that may be read, or that is `named` by one, without a look at any."""
        repeated = _repeated(resource, name)
        return all(self._always(resource, each, named=named) for each in _told(resource, name)) and (
            repeated is None or (self.reaches_all(repeated[0]) and self.shows_always(*repeated))
        )

    def _always(self, resource: Resource, name: str, *, named: bool = False) -> bool:
        if name == "id" or _is_core(resource, name):
            return True
        if named and not self.reaches_all(resource):
            return False
        if self._is_beyond(resource, name):
            return False
        naming = self._naming(resource, name)
        allowed = self._unlimited(resource, name) or any(_is_all(pair, resource) for pair in naming if not pair.denies)
        denying = [pair for pair in naming if pair.denies and self._is_partial(pair, resource, name)]
        return allowed and all(_is_nothing(pair, resource) for pair in denying)

    def shows_never(self, resource: Resource, name: str, *, named: bool = False) -> bool:
        """Return whether a field shows on no row, or on none that is `named` by one, whatever the rows are."""
        repeated = _repeated(resource, name)
        return any(self._never(resource, each, named=named) for each in _told(resource, name)) or (
            repeated is not None and (self.reaches_none(repeated[0]) or self.shows_never(*repeated))
        )

    def _never(self, resource: Resource, name: str, *, named: bool = False) -> bool:
        if name == "id" or _is_core(resource, name):
            return False
        if named and self.reaches_none(resource):
            return True
        if self._is_beyond(resource, name):
            return True
        naming = self._naming(resource, name)
        allowing = [pair for pair in naming if not pair.denies and not _is_nothing(pair, resource)]
        denying = [pair for pair in naming if pair.denies and self._is_partial(pair, resource, name)]
        allowed = self._unlimited(resource, name) or bool(allowing)
        return not allowed or any(_is_all(pair, resource) for pair in denying)

    def reaches_all(self, resource: Resource) -> bool:
        """Return whether every row of a resource is the caller's."""
        if resource.veil is not None and self._is_veiled(resource):
            return False
        pairs = self.pairs(resource)
        denying = [pair for pair in pairs if pair.denies and pair.fields is None]
        return any(_is_all(pair, resource) for pair in pairs if not pair.denies) and all(
            _is_nothing(pair, resource) for pair in denying
        )

    def reaches_none(self, resource: Resource) -> bool:
        """Return whether no row of a resource can be the caller's."""
        pairs = self.pairs(resource)
        allowing = [pair for pair in pairs if not pair.denies and not _is_nothing(pair, resource)]
        return not allowing or any(_is_all(pair, resource) for pair in pairs if pair.denies and pair.fields is None)

    def is_granted(self, resource: Resource) -> bool:
        """Return whether the permission is granted over any scope, denied or not."""
        return any(not pair.denies and pair.scope > Scope.NONE for pair in self.pairs(resource))

    def _is_veiled(self, resource: Resource) -> bool:
        lifting = resource.veil.lifted_by if resource.veil else ()
        return not any(pair.scope > Scope.NONE and not pair.denies for each in lifting for pair in self.grants.of(each))

    def _is_beyond(self, resource: Resource, name: str) -> bool:
        relation = resource.relations_by_name.get(name)
        if not isinstance(relation, One | Many) or relation.part:
            return False
        target = resource_named(relation.target)
        narrow = bool(target.own or target.mine or target.unit)
        allowing = [pair for pair in self.pairs(target) if not pair.denies]
        return not any(pair.scope is Scope.COMPANY or (narrow and pair.scope > Scope.NONE) for pair in allowing)

    def _unlimited(self, resource: Resource, name: str) -> bool:
        """Return whether whatever reaches a row shows this field of it."""
        allowing = [pair for pair in self.pairs(resource) if not pair.denies]
        return bool(allowing) and all(pair in self._naming(resource, name) for pair in allowing)

    def _is_partial(self, pair: Pair, resource: Resource, name: str) -> bool:
        # A denial of all fields has taken the whole row, so that it is no question of a field, unless fields are told apart.
        return pair.fields is not None or not self._unlimited(resource, name)

    def _naming(self, resource: Resource, name: str) -> list[Pair]:
        coordinate = name if "." in name else f"{resource.type_name}.{camel(name)}"
        return [pair for pair in self.pairs(resource) if pair.fields is None or coordinate in pair.fields]

    def _meets(self, pair: Pair, fact: Fact) -> bool:
        return self._is_within(pair.scope, fact) and _holds(pair, fact)

    def _is_within(self, scope: Scope, fact: Fact) -> bool:
        if scope in (Scope.NONE, Scope.COMPANY):
            return scope is Scope.COMPANY
        own = self.grants.person_id in fact.own or self.grants.membership_id in fact.mine
        if scope is Scope.OWN:
            return own
        return own or (fact.unit == self.grants.unit_id if scope is Scope.UNIT else self.grants.unit_id in fact.above)


def _told(resource: Resource, name: str) -> tuple[str, ...]:
    """Return a field and, by coordinates, those that it would give away."""
    column = resource.columns_by_name.get(name)
    return (name, *(column.tells if column else ()))


def _found(coordinate: str) -> tuple[Resource, str]:
    """Return the resource and the column that a coordinate names."""
    resource = resource_named(coordinate.partition(".")[0])
    return resource, next(each.name for each in resource.columns if f"{resource.type_name}.{camel(each.name)}" == coordinate)


def _repeated(resource: Resource, name: str) -> tuple[Resource, str] | None:
    """Return the field of another type that a column repeats, None for one that repeats none."""
    column = resource.columns_by_name.get(name)
    return _found(column.repeats[0]) if column and column.repeats else None


def _is_core(resource: Resource, name: str) -> bool:
    found = resource.columns_by_name.get(name) or resource.relations_by_name.get(name)
    return bool(getattr(found, "core", False))


def _is_all(pair: Pair, resource: Resource) -> bool:
    filtered = bool(pair.filter) and not (pair.denies and _formula(pair.filter, resource.type_name) is None)
    return pair.scope is Scope.COMPANY and not filtered


def _is_nothing(pair: Pair, resource: Resource) -> bool:
    starts = resource.own or resource.mine or (resource.unit is not None and pair.scope >= Scope.UNIT)
    if pair.scope is Scope.NONE or (pair.scope < Scope.COMPANY and not starts):
        return True
    return bool(pair.filter) and not pair.denies and _formula(pair.filter, resource.type_name) is None


def _holds(pair: Pair, fact: Fact) -> bool:
    if not pair.filter:
        return True
    formula = _formula(pair.filter, fact.resource.type_name)
    if formula is None:
        return pair.denies
    names = filter_names(fact.resource)
    values = {api: fact.values[column.name] for api, column in names.columns.items()}
    typed = {name: Decimal(value) if type(value) is int else value for name, value in values.items()}
    return formula.evaluate(typed).value is True


@cache
def _formula(text: str, type_name: str) -> CompiledFormula | None:
    """Return a filter of a matrix, None for one that names what the resource does not have."""
    try:
        made = compile_formula(text, filter_names(resource_named(type_name)).types)
    except FormulaError:
        return None
    return made if made.type is Type.BOOLEAN else None


def is_enum(resource: Resource, name: str) -> bool:
    """Return whether a column holds a member of an enumeration."""
    return name != "id" and resource.columns_by_name[name].kind is Kind.ENUM
