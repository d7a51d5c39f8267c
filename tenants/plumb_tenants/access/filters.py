"""Filters of a matrix: which fields of a resource a condition may name, and the condition as SQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from plumb_platform.resources import Column, Kind, Resource
from plumb_platform.resources.resource import camel
from plumb_tenants.formulas.service import Formula, FormulaError, Type
from plumb_tenants.formulas.to_sql import Bind, SqlColumn, condition_of, to_sql

_TYPES: Mapping[Kind, Type] = {
    Kind.TEXT: Type.TEXT,
    Kind.ENUM: Type.TEXT,
    Kind.DECIMAL: Type.NUMBER,
    Kind.INTEGER: Type.NUMBER,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
}
INTEGER_DIGITS, DECIMAL_DIGITS = (10, 0), (18, 2)
"""The most digits before and after the point; amounts are numeric(20,2)."""


class Start(Enum):
    """Where row scope starts from; a plan keeps the place and each request fills in its own caller and the company's day."""

    PERSON = "person"
    UNIT = "unit"
    MEMBERSHIP = "membership"
    TODAY = "today"


_OF_THE_MOMENT = frozenset({"now", "locale", "member", "reader"})
Bound = Start | Decimal | str
"""What a placeholder stands for: the caller's person, unit or membership, the day, or a constant of a filter."""


@dataclass(frozen=True, slots=True)
class FilterNames:
    """The fields of a resource that a filter may name, by their names in the API."""

    columns: Mapping[str, Column]

    @property
    def types(self) -> Mapping[str, Type]:
        """Return the formula type of each."""
        return {name: _TYPES[column.kind] for name, column in self.columns.items()}


def filter_names(resource: Resource) -> FilterNames:
    """Return the fields of a resource that have a type of the formula language and do not go by the moment."""
    named = [column for column in resource.columns if column.kind in _TYPES and not _OF_THE_MOMENT & set(_words(column.sql))]
    return FilterNames({camel(column.name): column for column in named})


def _words(sql: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", sql)


def filter_sql(text: str, resource: Resource, aliases: Mapping[str, str], bind: Bind) -> str:
    """Return the SQL of a filter over a row; it holds only when its result is true, null is no.

    `aliases` has `row` and the resource's joins; only those that the filter needs are looked up. Raises FormulaError.
    """
    names = filter_names(resource)
    formula = _parsed(text, tuple(names.types.items()))
    used = {name: names.columns[name] for name in formula.names}
    columns = {name: _sql_column(column, column.sql.format_map(aliases)) for name, column in used.items()}
    return to_sql(formula, columns, bind)


def fields_filtered(text: str, resource: Resource) -> list[str]:
    """Return the fields of a resource that a filter asks and that a matrix may hide; none where it is no filter over it."""
    try:
        formula = _parsed(text, tuple(filter_names(resource).types.items()))
    except FormulaError:
        return []
    return sorted(name for name in formula.names if f"{resource.type_name}.{name}" in resource.fields)


@lru_cache(maxsize=1000)
def _parsed(text: str, types: tuple[tuple[str, Type], ...]) -> Formula:
    return condition_of(text, dict(types))


def _sql_column(column: Column, sql: str) -> SqlColumn:
    whole, places = INTEGER_DIGITS if column.kind is Kind.INTEGER else DECIMAL_DIGITS
    return SqlColumn(sql, _TYPES[column.kind], whole, places)
