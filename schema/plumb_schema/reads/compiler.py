"""From a selection to SQL: every object one row_to_json, every relation one correlated sub-select, permissions within."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_argument_values, get_named_type
from plumb_platform.permissions import Grants
from plumb_platform.resources import Column, Items, Made, Many, One, OneOf, resource_named
from plumb_platform.resources.resource import camel
from plumb_schema.ground.connections import PAGE_SIZE, check_size, is_size
from plumb_schema.reads.keyset import keyset_of
from plumb_schema.reads.pages import PageParts, page_sql
from plumb_schema.reads.rows import Names, RowSource
from plumb_schema.reads.selection import Groups, Selections
from plumb_schema.reads.sight import Sight
from plumb_schema.reads.slots import Slots
from plumb_schema.reads.sql import FALSE, TRUE, Pairs, conjunction, json_list, json_object, type_name
from plumb_schema.reads.values import global_id, shown
from plumb_schema.reads.where import Where

Path = tuple[str, ...]


class NeedsPython(Exception):
    """The selection holds a field that PostgreSQL cannot answer."""


@dataclass(frozen=True)
class Compiler:
    """Puts the statement of one document together for one shape of grants.

    With `python`, fields that need it are left to a completer, which finds the row's id and what those fields use
    beside the answer; else they raise NeedsPython.
    """

    selections: Selections
    grants: Grants
    slots: Slots
    names: Names
    python: bool = False

    @property
    def sight(self) -> Sight:
        """Return what the caller may see."""
        return self.names.sight

    def node(self, row: RowSource, nodes: Sequence[FieldNode], path: Path) -> Pairs:
        """Return the members of a row's JSON as the selection of `nodes` wants them."""
        kind = self.kind(row.resource.type_name)
        return self.members(row, kind, self.selections.below(nodes, kind), path)

    def kind(self, type_name: str) -> GraphQLObjectType:
        """Return an object type of the schema by its name."""
        found = self.selections.schema.type_map[type_name]
        assert isinstance(found, GraphQLObjectType)  # noqa: S101 - a resource's type is one
        return found

    def members(self, row: RowSource, kind: GraphQLObjectType, groups: Groups, path: Path) -> Pairs:
        """Return the members of a row's JSON for the fields of `groups`."""
        pairs: Pairs = []
        beside: dict[str, str] = {}
        for key, nodes in groups.items():
            name = nodes[0].name.value
            if name == "__typename":
                pairs.append((key, type_name(kind.name)))
            elif (sql := self._field(row, kind.fields[name], name, nodes, (*path, key))) is not None:
                pairs.append((key, sql))
            elif not self.python:
                raise NeedsPython
            else:
                beside |= self._made(row, row.resource.made_by_name[name])
        if self.python:
            pairs += [("$type", type_name(kind.name)), ("$id", row.key), *beside.items()]
        return pairs

    def _made(self, row: RowSource, made: Made) -> dict[str, str]:
        """Return what stands beside a row for a field that Python makes: whether it shows, and what it is made of."""
        shows = row.shows(made.name, self.sight)
        if shows != TRUE:
            self.names.hidden[row.coordinate(made.name)] = None
        used = {f"${made.name}.{name}": row.masked(shows, row.sql(sql)) or "null" for name, sql in made.uses}
        return {made.mark: shows} | used

    def _field(self, row: RowSource, definition: GraphQLField, name: str, nodes: list[FieldNode], path: Path) -> str | None:
        if name == "id":
            return global_id(row.resource.type_name, row.key)
        known = row.resource.members.get(name)
        if known is None:
            return None
        shows = row.shows(known.name, self.sight)
        if isinstance(known, One | Many) and not known.part and not self.sight.reaches_any(resource_named(known.target)):
            shows = FALSE
        if shows != TRUE:
            self.names.hidden[row.coordinate(known.name)] = None
        if shows == FALSE:
            return "null::json"
        return row.masked(shows, self._value(row, known, definition, nodes, path))

    def _value(
        self,
        row: RowSource,
        known: Column | One | OneOf | Many | Items,
        definition: GraphQLField,
        nodes: list[FieldNode],
        path: Path,
    ) -> str:
        if isinstance(known, Column):
            return shown(known, row.sql(known.sql))
        if isinstance(known, One):
            there = self.names.row(resource_named(known.target), named=known.named)
            return self.one(there, row, row.sql(known.by), nodes, path, part=known.part)
        if isinstance(known, OneOf):
            cases = []
            for target, by in known.members:
                key, there = row.sql(by), self.names.row(resource_named(target))
                cases.append(f"when {key} is not null then {self.one(there, row, key, nodes, path)}")
            return f"(case {' '.join(cases)} end)"
        if isinstance(known, Items):
            return self._items(row, known, nodes)
        return self._many(row, known, definition, nodes, path)

    def one(
        self, there: RowSource, row: RowSource, by: str, nodes: Sequence[FieldNode], path: Path, *, part: bool = False
    ) -> str:
        """Return the JSON of the row that `by` names, null where it is not there or not the caller's."""
        pairs = self.node(there, nodes, path)
        reaches = TRUE if part else self.sight.row(there.resource, there.aliases)
        conditions = [f"{there.alias}.tenant_id = {row.alias}.tenant_id", f"{there.key} = {by}", reaches]
        return json_object(pairs, f"{there.source()} where {conjunction(conditions)}")

    def _items(self, row: RowSource, items: Items, nodes: Sequence[FieldNode]) -> str:
        kind = self.kind(items.type_name)
        alias = self.names.alias()
        columns = {camel(column.name): column for column in items.columns}
        pairs: Pairs = []
        for key, each in self.selections.below(nodes, kind).items():
            name = each[0].name.value
            if name == "__typename":
                pairs.append((key, type_name(kind.name)))
            else:
                pairs.append((key, shown(columns[name], columns[name].sql.format(item=alias))))
        return json_list(pairs, f"{row.sql(items.source)} {alias} order by {items.order.format(item=alias)}")

    def _many(self, row: RowSource, many: Many, definition: GraphQLField, nodes: list[FieldNode], path: Path) -> str:
        self.names.has_lists = True
        there = self.names.row(resource_named(many.target))
        on = [f"{there.alias}.tenant_id = {row.alias}.tenant_id", row.sql(many.on, there=there.alias)]
        if not many.part:
            on.append(self.sight.row(there.resource, there.aliases))
        if many.paged:
            return self.connection(there, definition, nodes, path, on, row.coordinate(many.name))
        pairs = self.node(there, nodes, path)
        keyset = keyset_of(there, self.sight, [], row.coordinate(many.name), "")
        return json_list(pairs, f"{there.source()} where {conjunction(on)} order by {keyset.ordering}")

    def connection(  # noqa: PLR0917 - all of them are the page's
        self, row: RowSource, definition: GraphQLField, nodes: list[FieldNode], path: Path, on: Iterable[str], coordinate: str
    ) -> str:
        """Return the JSON of a connection over the rows for which all of `on` holds."""
        self.names.has_lists = True
        place = self.slots.place(nodes[0], definition)
        arguments: Mapping[str, Any] = get_argument_values(definition, nodes[0], self.selections.variables)
        at = (*path, "orderBy")
        keyset = keyset_of(row, self.sight, arguments.get("orderBy") or [], coordinate, ".".join(at[1:]))
        wanted = arguments.get("where")
        where = Where(self.names, self.sight, place, path).condition(row, wanted) if wanted else TRUE
        rows = conjunction([*on, where])
        after = keyset.behind(self.slots, place) if arguments.get("after") is not None else TRUE
        kind = get_named_type(definition.type)
        assert isinstance(kind, GraphQLObjectType)  # noqa: S101 - a connection is one
        size = self._size(arguments.get("first"), place, path)
        joins = frozenset(row.aliases.used)
        parts = PageParts(self, row, kind, rows, after, keyset, joins, size, path)
        return page_sql(parts, self.selections.below(nodes, kind))

    def _size(self, first: int | None, place: int, path: Path) -> int:
        # The size stands in the text, so that PostgreSQL plans for it; a wrong one is refused at every request.
        self.slots.check(lambda moment: check_size(moment.arguments[place].get("first"), ".".join([*path[1:], "first"])))
        return PAGE_SIZE if first is None or not is_size(first) else first
