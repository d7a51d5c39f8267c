"""One table in a statement: its aliases, the joins that its expressions turned out to need, its visible values."""

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from plumb_platform.errors import fields_told
from plumb_platform.resources import Column, Resource, Retells, resource_named
from plumb_platform.resources.resource import camel
from plumb_schema.reads.sight import Sight
from plumb_schema.reads.slots import Slots
from plumb_schema.reads.sql import FALSE, TRUE, both, conjunction

_UNIT_TREE = "org_unit_closure"
READER = "reader"


@dataclass
class Names:
    """Gives every table of a statement a name of its own, and remembers what the statement reads and hides."""

    slots: Slots
    sight: Sight
    count: int = 0
    reads: set[str] = field(default_factory=set)
    hidden: dict[str, None] = field(default_factory=dict)
    is_timeless: bool = True
    """Whether an answer holds until one of its tables changes; one that goes by the clock does not."""
    has_lists: bool = False
    """Whether the answer holds a list: to keep a single object costs as much as to read it."""

    def row(self, resource: Resource, *, named: bool = False) -> "RowSource":
        """Return a new occurrence of a resource's table."""
        self.count += 1
        self.reads.update(resource.reads)
        self.is_timeless &= bool(resource.reads)
        return RowSource(resource, Aliases(resource, f"t{self.count}", self), named)

    def tables(self, text: str) -> tuple[str, ...] | None:
        """Return the tables that decide how long the answer of a statement holds, None for one that is not kept."""
        # The tree of units stands behind row scope, whatever the resource.
        reads = self.reads | ({_UNIT_TREE} if _UNIT_TREE in text else set())
        return tuple(sorted(reads)) if self.is_timeless and self.has_lists else None

    def alias(self) -> str:
        """Return a new name for a source that is no resource."""
        self.count += 1
        return f"t{self.count}"

    def word(self, name: str) -> str | None:
        """Return what an expression may say of the moment: the caller, their language or the time; None for another name."""
        if name == "member":
            return self.slots.membership()
        if name == "locale":
            return self.slots.put(lambda moment: moment.locale, "text", key="locale")
        if name == "now":
            self.is_timeless = False
            return self.slots.put(lambda moment: moment.now, "timestamptz", key="now")
        return None

    def reader(self, retells: Retells, row: "Aliases") -> str:
        """Return the condition on which the caller may see all values that the kept texts of a row say."""
        by_type: dict[str, list[str]] = defaultdict(list)
        for coordinate in sorted({*retells.fields, *(fields_told() if retells.refusals else ())}):
            by_type[coordinate.partition(".")[0]].append(coordinate)
        said = self.alias()
        cases = {each: self._sees(each, coordinates, said, row.alias) for each, coordinates in by_type.items()}
        if all(condition == TRUE for condition in cases.values()):
            return TRUE
        whens = " ".join(f"when '{each}' then {both(_only(by_type[each], said), condition)}" for each, condition in cases.items())
        rows = retells.rows.format_map(row)
        source = f"jsonb_to_recordset({rows}) as {said}(type text, id uuid, fields jsonb)"
        return f"(not exists (select from {source} where (case {said}.type {whens} else false end) is not true))"

    def _sees(self, type_name: str, coordinates: Sequence[str], said: str, row: str) -> str:
        """Return the condition on which the caller reads a row that is named, and of some of its fields those that are."""
        there = self.row(resource_named(type_name))
        conditions = [self.sight.row(there.resource, there.aliases)]
        for coordinate in coordinates:
            hideable = coordinate in there.resource.fields
            shows = self.sight.field(there.resource, coordinate, there.aliases) if hideable else TRUE
            if shows != TRUE:
                conditions.append(f"(not {said}.fields ? '{coordinate.partition('.')[2]}' or {shows})")
        seen = conjunction(conditions)
        if FALSE in conditions or seen == TRUE:
            return FALSE if FALSE in conditions else TRUE
        # With `offset 0` each is looked up by its id; else all that the caller sees is hashed, anew for each row that tells.
        of_row = f"{there.alias}.tenant_id = {row}.tenant_id and {there.key} = {said}.id"
        return f"exists (select from {there.source()} where {of_row} and {seen} offset 0)"


def _only(coordinates: Sequence[str], said: str) -> str:
    """Return the condition that a text says of a row no other fields than these, of which alone is asked whether they show."""
    names = ", ".join(f"'{each.partition('.')[2]}'" for each in coordinates)
    return f"{said}.fields <@ jsonb_build_array({names})"


@dataclass
class Aliases(Mapping[str, str]):
    """What the names in a resource's expressions stand for in one statement; learns which joins are needed."""

    resource: Resource
    alias: str
    names: Names
    used: dict[str, None] = field(default_factory=dict)
    reads_told: str = ""
    """Whether the caller may see all that the row's kept texts say, once that is asked."""

    def __getitem__(self, name: str) -> str:
        if name == "row":
            return self.alias
        if name == READER and self.resource.retells is not None:
            return self._reader(self.resource.retells)
        word = self.names.word(name)
        if word is not None:
            return word
        self.used[next(join.alias for join in self.resource.joins if join.alias == name)] = None
        return f"{self.alias}{name}"

    def _reader(self, retells: Retells) -> str:
        # Beside the row, so that it is asked once a row, however many of its texts are shown, filtered or sorted by.
        self.reads_told = self.reads_told or self.names.reader(retells, self)
        if self.reads_told == TRUE:
            return TRUE
        self.used[READER] = None
        return f"{self.alias}{READER}.sees"

    @property
    def reader_join(self) -> str:
        """Return what stands beside the table for `{reader}`; without `offset 0` each place that names it asks anew."""
        return f" cross join lateral (select {self.reads_told} as sees offset 0) {self.alias}{READER}"

    def __iter__(self) -> Iterator[str]:
        return iter(("row", *(join.alias for join in self.resource.joins)))

    def __len__(self) -> int:
        return 1 + len(self.resource.joins)


@dataclass
class RowSource:
    """A resource's table under an alias; of rows that are only `named`, what is not core shows where the caller reaches them."""

    resource: Resource
    aliases: Aliases
    named: bool = False

    @property
    def alias(self) -> str:
        """Return the name of the table itself."""
        return self.aliases.alias

    def sql(self, template: str, **more: str) -> str:
        """Return an expression of the resource over this occurrence, and remember the joins that it uses."""
        return template.format_map(ChainMap(more, cast(MutableMapping[str, str], self.aliases)))

    @property
    def key(self) -> str:
        """Return the expression of the row's id."""
        return self.sql(self.resource.key)

    def source(self, joins: Collection[str] | None = None) -> str:
        """Return the table with its joins, to stand behind FROM; with those used so far, once all else is said."""
        return f'"{self.resource.table}" {self.alias}{self.joined(self.aliases.used if joins is None else joins)}'

    def joined(self, joins: Collection[str]) -> str:
        """Return some joins, to stand behind the table."""
        named = "".join(f" {self.sql(join.sql)}" for join in self.resource.joins if join.alias in joins)
        return named + (self.aliases.reader_join if READER in joins else "")

    def shows(self, name: str, sight: Sight) -> str:
        """Return the condition under which a field shows on this row; the id and core fields always do."""
        field_of = self.resource.columns_by_name.get(name) or self.resource.relations_by_name.get(name)
        if name == "id" or getattr(field_of, "core", False):
            return TRUE
        shows = sight.field(self.resource, self.coordinate(name), self.aliases)
        return both(sight.row(self.resource, self.aliases), shows) if self.named else shows

    def value(self, column: Column, sight: Sight) -> str | None:
        """Return a column's value as the caller sees it, None when no row shows it."""
        return self.masked(self.shows(column.name, sight), self.sql(column.sql))

    def masked(self, shows: str, sql: str) -> str | None:
        """Return an expression as it shows, None when it never does."""
        if shows == FALSE:
            return None
        return sql if shows == TRUE else f"(case when {shows} then {sql} end)"

    def coordinate(self, name: str) -> str:
        """Return the name of a field as a matrix and an answer write it."""
        return f"{self.resource.type_name}.{camel(name)}"
