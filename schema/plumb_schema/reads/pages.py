"""The SQL of one page: its edges, where it stands in its list, and how many there are in all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import FieldNode, GraphQLObjectType, get_named_type
from plumb_schema.ground.connections import LARGEST_PAGE, PAGE_SIZE, PageSizeInvalid
from plumb_schema.reads.keyset import Keyset
from plumb_schema.reads.rows import RowSource
from plumb_schema.reads.selection import Groups
from plumb_schema.reads.slots import Moment
from plumb_schema.reads.sql import conjunction, json_object, type_name

if TYPE_CHECKING:
    from plumb_schema.reads.compiler import Compiler


@dataclass(frozen=True)
class PageParts:
    """What a page is made of: its rows, those behind its cursor, its order, and the place where its arguments stand."""

    compiler: "Compiler"
    row: RowSource
    kind: GraphQLObjectType
    rows: str
    behind: str
    keyset: Keyset
    place: int
    path: tuple[str, ...]

    @property
    def size(self) -> str:
        """Return the placeholder of the page's size."""
        return self.compiler.slots.put(self._size, "integer", key=("size", self.place))

    @property
    def key_columns(self) -> list[str]:
        """Return the names under which a row's key stands beside it."""
        return [f"k{index}" for index in range(len(self.keyset.keys))]

    def member(self, name: str) -> GraphQLObjectType:
        """Return the object type of a field of the connection."""
        found = get_named_type(self.kind.fields[name].type)
        assert isinstance(found, GraphQLObjectType)  # noqa: S101 - edges and pageInfo are objects
        return found

    def _size(self, moment: Moment) -> int:
        first = moment.arguments[self.place].get("first")
        size: int = PAGE_SIZE if first is None else first
        if not 1 <= size <= LARGEST_PAGE:
            raise PageSizeInvalid(field=".".join([*self.path[1:], "first"]), largest=LARGEST_PAGE, value=size)
        return size


def page_sql(parts: PageParts, groups: Groups) -> str:
    """Return the JSON of a connection with the fields of `groups`."""
    asked = {key: nodes for key, nodes in groups.items() if nodes[0].name.value == "edges"}
    columns = {key: f"e{index}" for index, key in enumerate(asked)}
    edges = {columns[key]: _edge(parts, nodes) for key, nodes in asked.items()}
    page = parts.compiler.names.alias()
    answer = json_object([(key, _member(parts, page, nodes, columns.get(key, ""))) for key, nodes in groups.items()])
    if not any(nodes[0].name.value in ("edges", "pageInfo") for nodes in groups.values()):
        return answer
    return f"(with {page} as ({_rows(parts, edges)}) select {answer})"


def _member(parts: PageParts, page: str, nodes: list[FieldNode], column: str) -> str:
    name = nodes[0].name.value
    if name == "edges":
        return f"(select coalesce(json_agg({column} order by place), '[]'::json) from {page} where place <= {parts.size})"
    if name == "pageInfo":
        return _page_info(parts, page, nodes)
    if name == "totalCount":
        return f"(select count(*) from {parts.row.source()} where {parts.rows})"
    return type_name(parts.kind.name)


def _rows(parts: PageParts, edges: dict[str, str]) -> str:
    ordering = parts.keyset.ordering
    columns = [f"row_number() over (order by {ordering}) as place"]
    columns += [f"{sql} as {column}" for column, sql in edges.items()]
    columns += [f"{key.sql} as {column}" for key, column in zip(parts.keyset.keys, parts.key_columns, strict=True)]
    conditions = conjunction([parts.rows, parts.behind])
    source = parts.row.source()
    return f"select {', '.join(columns)} from {source} where {conditions} order by {ordering} limit {parts.size} + 1"


def _edge(parts: PageParts, nodes: list[FieldNode]) -> str:
    kind, compiler = parts.member("edges"), parts.compiler
    answers: dict[str, Callable[[list[FieldNode]], str]] = {
        "__typename": lambda _: type_name(kind.name),
        "cursor": lambda _: parts.keyset.cursor(compiler.slots, [each.sql for each in parts.keyset.keys]),
        "node": lambda each: compiler.node(parts.row, each, (*parts.path, "edges", "node")),
    }
    groups = compiler.selections.below(nodes, kind)
    return json_object([(key, answers[each[0].name.value](each)) for key, each in groups.items()])


def _page_info(parts: PageParts, page: str, nodes: list[FieldNode]) -> str:
    kind = parts.member("pageInfo")
    last = parts.keyset.cursor(parts.compiler.slots, parts.key_columns)
    answers = {
        "__typename": type_name(kind.name),
        "hasNextPage": f"((select count(*) from {page}) > {parts.size})",
        "endCursor": f"(select {last} from {page} where place <= {parts.size} order by place desc limit 1)",
    }
    groups = parts.compiler.selections.below(nodes, kind)
    return json_object([(key, answers[each[0].name.value]) for key, each in groups.items()])
