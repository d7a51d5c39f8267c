"""The SQL of one page: its edges, where it stands in its list, and how many there are in all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import FieldNode, GraphQLObjectType, get_named_type
from plumb_schema.reads.keyset import Keyset
from plumb_schema.reads.rows import RowSource
from plumb_schema.reads.selection import Groups
from plumb_schema.reads.sql import Pairs, conjunction, json_list, json_object, type_name

if TYPE_CHECKING:
    from plumb_schema.reads.compiler import Compiler


@dataclass(frozen=True)
class PageParts:
    """What a page is made of: its rows, those behind its cursor, its order, the joins that these need, and its size."""

    compiler: "Compiler"
    row: RowSource
    kind: GraphQLObjectType
    rows: str
    behind: str
    keyset: Keyset
    joins: frozenset[str]
    size: int
    path: tuple[str, ...]

    @property
    def key_columns(self) -> list[str]:
        """Return the names under which a row's key stands beside it."""
        return [f"k{index}" for index in range(len(self.keyset.keys))]

    def member(self, name: str) -> GraphQLObjectType:
        """Return the object type of a field of the connection."""
        found = get_named_type(self.kind.fields[name].type)
        assert isinstance(found, GraphQLObjectType)  # noqa: S101 - edges and pageInfo are objects
        return found


def page_sql(parts: PageParts, groups: Groups) -> str:
    """Return the JSON of a connection with the fields of `groups`."""
    names = [nodes[0].name.value for nodes in groups.values()]
    if names == ["edges"]:
        ((key, nodes),) = groups.items()
        return json_object([(key, json_list(_edge(parts, nodes), _source(parts, parts.size)))])
    asked = {key: nodes for key, nodes in groups.items() if nodes[0].name.value == "edges"}
    columns = {key: f"e{index}" for index, key in enumerate(asked)}
    edges = {columns[key]: json_object(_edge(parts, nodes)) for key, nodes in asked.items()}
    page = parts.compiler.names.alias()
    answer = json_object([(key, _member(parts, page, nodes, columns.get(key, ""))) for key, nodes in groups.items()])
    return f"(with {page} as ({_rows(parts, edges)}) select {answer})" if {"edges", "pageInfo"} & set(names) else answer


def _member(parts: PageParts, page: str, nodes: list[FieldNode], column: str) -> str:
    name = nodes[0].name.value
    if name == "edges":
        return f"(select coalesce(json_agg(o.{column}), '[]'::json) from (select {column} from {page} limit {parts.size}) o)"
    if name == "pageInfo":
        return _page_info(parts, page, nodes)
    if name == "totalCount":
        return f"(select count(*) from {parts.row.source(parts.joins)} where {parts.rows})"
    return type_name(parts.kind.name)


def _rows(parts: PageParts, edges: dict[str, str]) -> str:
    columns = [f"{sql} as {column}" for column, sql in edges.items()]
    columns += [f"{key.sql} as {column}" for key, column in zip(parts.keyset.keys, parts.key_columns, strict=True)]
    # One row more than the page holds tells whether there is a next one.
    return f"select {', '.join(columns)} from {_source(parts, parts.size + 1)}"


def _source(parts: PageParts, limit: int) -> str:
    row, ordering = parts.row, parts.keyset.ordering
    conditions = conjunction([parts.rows, parts.behind])
    rows = f"{row.source(parts.joins)} where {conditions} order by {ordering} limit {limit}"
    if parts.joins >= set(row.aliases.used):
        return rows
    # The rows of the page are found first, and only they are joined to what else is shown of them.
    return f"(select {row.alias}.* from {rows}) {row.alias}{row.joined(row.aliases.used)} order by {ordering}"


def _edge(parts: PageParts, nodes: list[FieldNode]) -> Pairs:
    kind, compiler = parts.member("edges"), parts.compiler
    answers: dict[str, Callable[[list[FieldNode]], str]] = {
        "__typename": lambda _: type_name(kind.name),
        "cursor": lambda _: parts.keyset.cursor(compiler.slots, [each.sql for each in parts.keyset.keys]),
        "node": lambda each: json_object(compiler.node(parts.row, each, (*parts.path, "edges", "node"))),
    }
    groups = compiler.selections.below(nodes, kind)
    return [(key, answers[each[0].name.value](each)) for key, each in groups.items()]


def _page_info(parts: PageParts, page: str, nodes: list[FieldNode]) -> str:
    kind = parts.member("pageInfo")
    last = parts.keyset.cursor(parts.compiler.slots, parts.key_columns)
    keys = ", ".join(parts.key_columns)
    behind = f"greatest(least((select count(*) from {page}), {parts.size}) - 1, 0)"
    answers = {
        "__typename": type_name(kind.name),
        "hasNextPage": f"((select count(*) from {page}) > {parts.size})",
        # The row is found first: an offset would make a cursor of every row that it skips.
        "endCursor": f"(select {last} from (select {keys} from {page} offset {behind} limit 1) l)",
    }
    groups = parts.compiler.selections.below(nodes, kind)
    return json_object([(key, answers[each[0].name.value]) for key, each in groups.items()])
