"""Filters: what a caller gives becomes conditions over what the caller sees, also across relations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_platform.resources import Column, One, reference, resource_named
from plumb_platform.resources.resource import camel
from plumb_schema.reads.rows import Names, RowSource
from plumb_schema.reads.sight import Sight
from plumb_schema.reads.slots import Moment
from plumb_schema.reads.sql import FALSE, TRUE, conjunction
from plumb_schema.reads.values import given, sql_type, uuid_of
from plumb_tenants.access.fields import FieldHidden

DEEPEST, MOST = 8, 60
PARTS = 4 * MOST
"""The most parts of any kind: conditions, relations, alternatives, each level of each."""
Path = tuple[str | int, ...]

_COMPARISONS: Mapping[str, str] = {
    "eq": "{value} = {given}",
    "in": "{value} = any({given})",
    "gt": "{value} > {given}",
    "gte": "{value} >= {given}",
    "lt": "{value} < {given}",
    "lte": "{value} <= {given}",
    "contains": "strpos(lower({value}), lower({given})) > 0",
    "startsWith": "starts_with(lower({value}), lower({given}))",
    "isNull": "({value} is null) = {given}",
}
_COUNTED = frozenset({"eq", "in", "isNull"})
ALL = " limit (select null::bigint)"
"""All rows, of which PostgreSQL expects a tenth: ids that it expects not to fit into memory (`work_mem`, 200,000 of them) it does
not hash, and goes through all that was found for each row."""


class FilterEmpty(InvalidInput):
    """A null inside a filter says nothing; whoever looks for empty values says isNull."""

    code = "FILTER_NULL"
    zh = "筛选条件中不能出现 null；查找空值请用 isNull。"
    en = "A filter cannot hold null; use isNull to look for empty values."


class FilterTooLarge(InvalidInput):
    """A filter is as large as a person can mean."""

    code = "FILTER_TOO_LARGE"
    zh = "筛选条件过于复杂：最多 {deepest} 层、{most} 个条件。请减少条件，多个取值请用 in，或拆成多次查询。"
    en = (
        "The filter is too complex: at most {deepest} levels and {most} conditions are allowed. "
        "Use fewer, `in` for many values, or ask in several requests."
    )


@dataclass
class Where:
    """Makes the condition of one filter; values are found in the arguments of `place` at every request."""

    names: Names
    sight: Sight
    place: int
    at: tuple[str, ...]
    size: int = 0
    comparisons: int = 0
    guesses: int = 0
    """Comparisons for which PostgreSQL knows nothing and expects a third of all rows: row security keeps its statistics shut."""

    def condition(self, row: RowSource, wanted: Mapping[str, Any], path: Path = ("where",)) -> str:
        """Return the condition of a filter on a row."""
        self._count()
        if len(path) > DEEPEST:
            raise self._too_large
        return _all([self._member(row, name, value, (*path, name)) for name, value in wanted.items()])

    def _member(self, row: RowSource, name: str, wanted: Any, path: Path) -> str:
        self._count()
        if wanted is None:
            raise FilterEmpty(field=self._said(path))
        if name in ("and", "or"):
            parts = [self.condition(row, each, (*path, index)) for index, each in enumerate(wanted)]
            return _all(parts) if name == "and" else f"({' or '.join(parts) or 'false'})"
        if name == "not":
            return f"(not coalesce({self.condition(row, wanted, path)}, false))"
        if name == "under":
            return self._under(row, path)
        column = _columns(row).get(name)
        return self._column(row, column, wanted, path) if column else self._relation(row, name, wanted, path)

    def _column(self, row: RowSource, column: Column, wanted: Mapping[str, Any], path: Path) -> str:
        value = row.value(column, self.sight)
        if value is None:
            raise FieldHidden(field=self._said(path), name=row.coordinate(column.name))
        return _all([self._comparison(value, column, name, each, (*path, name)) for name, each in wanted.items()])

    def _comparison(self, value: str, column: Column, name: str, wanted: Any, path: Path) -> str:
        self._count(comparisons=1)
        self.guesses += name not in _COUNTED
        if wanted is None or (isinstance(wanted, list) and None in wanted):
            raise FilterEmpty(field=self._said(path))
        kind = "boolean" if name == "isNull" else sql_type(column) + ("[]" if name == "in" else "")
        slot = self.sight.slots.put(self._value(column, name, path), kind)
        return f"({_COMPARISONS[name].format(value=value, given=slot)})"

    def _relation(self, row: RowSource, name: str, wanted: Mapping[str, Any], path: Path) -> str:
        relation = next(each for each in row.resource.relations if isinstance(each, One) and camel(each.name) == name)
        shows = row.shows(relation.name, self.sight)
        there = self.names.row(resource_named(relation.target))
        reaches = self.sight.row(there.resource, there.aliases)
        if FALSE in (shows, reaches):
            raise FieldHidden(field=self._said(path), name=row.coordinate(relation.name))
        by, before = row.sql(relation.by), self.guesses
        found = _all([reaches, self.condition(there, wanted, path)])
        related = f"{by} in (select {there.key} from {there.source()} where {found}"
        # Found first and kept by their ids: a page that looks up the related row of each of its own until it has a hundred
        # looks up half a million for a name that one person has. Where PostgreSQL knows how many there are, it chooses.
        return _all([shows, f"(({related}{ALL})) is true)" if self.guesses > before else f"({related}))"])

    def _under(self, row: RowSource, path: Path) -> str:
        top = self.sight.slots.put(self._id(path, row.resource.type_name), "uuid")
        below = f"{row.key} in (select descendant_id from {row.resource.closure} where ancestor_id = {top})"
        above = self.names.row(row.resource)
        reaches = self.sight.row(above.resource, above.aliases)
        if reaches == TRUE:
            return below
        # What may not be seen cannot be named either.
        return f"({below} and exists (select from {above.source()} where {above.key} = {top} and {reaches}))"

    def _value(self, column: Column, name: str, path: Path) -> Callable[[Moment], Any]:
        def find(moment: Moment) -> Any:
            value = _found(moment.arguments[self.place], path)
            if name == "isNull":
                return value
            return [given(column, each) for each in value] if name == "in" else given(column, value)

        return find

    def _id(self, path: Path, type_name: str) -> Callable[[Moment], Any]:
        return lambda moment: uuid_of(str(_found(moment.arguments[self.place], path)), type_name)

    def _count(self, *, comparisons: int = 0) -> None:
        # What compares nothing makes SQL as well: a relation, a subtree, an empty alternative.
        self.size += 1
        self.comparisons += comparisons
        if self.comparisons > MOST or self.size > PARTS:
            raise self._too_large

    @property
    def _too_large(self) -> FilterTooLarge:
        return FilterTooLarge(field=self._said(("where",)), deepest=DEEPEST, most=MOST)

    def _said(self, path: Path) -> str:
        return ".".join([*self.at[1:], *(str(step) for step in path)])


def _columns(row: RowSource) -> dict[str, Column]:
    own = {camel(column.name): column for column in row.resource.columns}
    return {"id": reference("id", row.resource.type_name, row.resource.key)} | own


def _found(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _all(conditions: list[str]) -> str:
    both = conjunction(conditions)
    return both if both == TRUE else f"({both})"
