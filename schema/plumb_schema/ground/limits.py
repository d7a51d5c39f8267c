"""Limits of a document, measured in one walk that visits each fragment once, before validation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graphql.language import (
    FragmentSpreadNode,
    IntValueNode,
    Node,
    SelectionSetNode,
    SourceLocation,
    VariableNode,
    get_location,
)

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, InlineFragmentNode, OperationDefinitionNode
from plumb_platform.errors import InvalidInput
from plumb_schema.ground.connections import LARGEST_PAGE, PAGE_SIZE


class DocumentRefused(InvalidInput):
    """A document is refused as a whole, and `at` is where in it one finds why; None where it is not the document's text."""

    def __init__(self, *, at: SourceLocation | None = None, field: str = "query", **values: object) -> None:
        self.at = at
        zh, en = (f"（第 {at.line} 行第 {at.column} 列）", f" (line {at.line}, column {at.column})") if at else ("", "")
        super().__init__(field=field, where_zh=zh, where_en=en, **values)


class TooDeep(DocumentRefused):
    """Fields nest too deeply, or a fragment spreads itself."""

    code = "GRAPHQL_TOO_DEEP"
    zh = "查询嵌套过深{where_zh}，最多 {limit} 层。请把下层内容拆成另一次查询。"
    en = "The document nests too deeply{where_en}; at most {limit} levels are allowed. Ask for what is below by itself."


COUNTED = {
    "definitions": "定义",
    "fields": "字段",
    "repeated fields": "重复字段",
    "cost": "开销",
    "values": "数据项",
    "digits of a number": "数字位数",
}
"""What a document may hold only so much of, in en and zh-CN."""


class TooComplex(DocumentRefused):
    """The document asks for too many fields, or its pages multiply to too many."""

    code = "GRAPHQL_TOO_COMPLEX"
    zh = "查询过于复杂{where_zh}：{what_zh}最多为 {limit}。请减少内容，或拆成多次请求。"
    en = "The document is too complex{where_en}: its {what_en} may come to {limit} at most. Ask for less, or in several requests."

    def __init__(self, *, what: str, limit: int, at: SourceLocation | None = None, field: str = "query") -> None:
        super().__init__(at=at, field=field, what_zh=COUNTED[what], what_en=what, limit=limit)


class ListTooLong(InvalidInput):
    """A list in the variables holds more than one request may bring; it is counted before any of it is looked at."""

    code = "GRAPHQL_LIST_TOO_LONG"
    zh = "列表 {place} 有 {found} 项，一次最多 {limit} 项，请分批提交。"
    en = "The list {place} has {found} items; one request may bring {limit}. Send them in parts."


class TooManyAliases(DocumentRefused):
    """The document renames too many fields."""

    code = "GRAPHQL_TOO_MANY_ALIASES"
    zh = "别名过多{where_zh}，最多 {limit} 个。请拆成多次请求。"
    en = "Too many aliases{where_en}; at most {limit} are allowed. Ask in several requests."


def place_of(node: Node | None) -> SourceLocation | None:
    """Return where a node stands in its document."""
    return get_location(node.loc.source, node.loc.start) if node is not None and node.loc is not None else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may hold; cost counts one for each object field, multiplied by the pages above it."""

    characters: int = 32_768
    tokens: int = 1_200
    depth: int = 20
    aliases: int = 50
    fields: int = 300
    repeats: int = 60
    cost: int = 50_000
    definitions: int = 60
    errors: int = 3
    body_marks: int = 50_000
    variable_depth: int = 32
    list_items: int = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """Size of a selection set with its fragments spread out."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0
    repeats: int = 0
    """Fields named again beside themselves: validation compares each with each."""
    names: tuple[str, ...] = ()
    """Names in the answer at the top of this set."""
    last: Node | None = None
    deepest: Node | None = None
    aliased: Node | None = None
    dearest: Node | None = None
    """Where it ends, where it is deepest, its last alias, and the field of it that costs most: what a refusal names."""

    def closed(self) -> "Measure":
        """Return the measure of a set to which nothing is added any more: its repeats counted."""
        repeats = self.repeats + len(self.names) - len(set(self.names))
        return replace(self, repeats=repeats, names=())


class Meter:
    """Measures documents; the time is linear in the text, whatever the fragments do."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, object], limits: Limits) -> None:
        self._limits = limits
        self._variables = variables
        self._document = document
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._known: dict[str, Measure] = {}
        self._open: set[str] = set()
        self.asks_variables = False
        """Whether the cost depends on the values of variables, so that it cannot be kept with the document."""

    def total(self) -> Measure:
        """Return the size of the whole document; raises TooDeep, TooComplex or TooManyAliases."""
        if len(self._document.definitions) > self._limits.definitions:
            at = place_of(self._document.definitions[self._limits.definitions])
            raise TooComplex(what="definitions", limit=self._limits.definitions, at=at)
        operations = [node for node in self._document.definitions if isinstance(node, OperationDefinitionNode)]
        for name in self._fragments:
            self._fragment(name, 0)
        return self._checked(self._sum(self._set(node.selection_set, 0).closed() for node in operations))

    def _set(self, node: SelectionSetNode | None, level: int) -> Measure:
        # Inline fragments and spreads count as levels here only so that recursion stays bounded.
        if level > 2 * self._limits.depth:
            raise TooDeep(limit=self._limits.depth, at=place_of(node))
        return self._sum(self._selection(selection, level) for selection in (node.selections if node else ()))

    def _selection(self, node: object, level: int) -> Measure:
        if isinstance(node, FieldNode):
            below = self._set(node.selection_set, level + 1).closed()
            name = (node.alias or node.name).value
            cost = 1 + self._page(node) * below.cost
            aliased = below.aliased or (node if node.alias else None)
            places = (node, below.deepest or node, aliased, node)
            aliases, fields = below.aliases + bool(node.alias), below.fields + 1
            return Measure(below.depth + 1, aliases, fields, cost, below.repeats, (name,), *places)
        if isinstance(node, InlineFragmentNode):
            return self._set(node.selection_set, level + 1)
        return self._fragment(node.name.value, level + 1) if isinstance(node, FragmentSpreadNode) else Measure()

    def _fragment(self, name: str, level: int) -> Measure:
        if name not in self._fragments:
            return Measure()  # validation names the unknown fragment
        if name in self._open:
            raise TooDeep(limit=self._limits.depth, at=place_of(self._fragments[name]))
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self._checked(self._set(self._fragments[name].selection_set, level))
            self._open.discard(name)
        return self._known[name]

    def _sum(self, parts: Iterable[Measure]) -> Measure:
        depth = aliases = fields = cost = repeats = dear = 0
        names: list[str] = []
        last = deepest = aliased = dearest = None
        for part in parts:
            if part.depth > depth:
                depth, deepest = part.depth, part.deepest
            if part.cost > dear:
                dear, dearest = part.cost, part.dearest
            last, aliased = part.last or last, part.aliased or aliased
            aliases, fields = aliases + part.aliases, fields + part.fields
            cost, repeats = cost + part.cost, repeats + part.repeats
            names += part.names
            if fields > self._limits.fields:
                raise TooComplex(what="fields", limit=self._limits.fields, at=place_of(last))
            if aliases > self._limits.aliases:
                raise TooManyAliases(limit=self._limits.aliases, at=place_of(aliased))
        return Measure(depth, aliases, fields, cost, repeats, tuple(names), last, deepest, aliased, dearest)

    def _checked(self, size: Measure) -> Measure:
        limits = self._limits
        if size.depth > limits.depth:
            raise TooDeep(limit=limits.depth, at=place_of(size.deepest))
        if size.closed().repeats > limits.repeats:
            raise TooComplex(what="repeated fields", limit=limits.repeats, at=place_of(size.last))
        if size.cost > limits.cost:
            raise TooComplex(what="cost", limit=limits.cost, at=place_of(size.dearest))
        return size

    def _page(self, node: FieldNode) -> int:
        """Return by how much a field multiplies what is below it: the page that it asks for, at most the largest."""
        for argument in node.arguments or ():
            if argument.name.value == "first":
                return min(max(self._number(argument.value), 1), LARGEST_PAGE)
        below = node.selection_set.selections if node.selection_set else ()
        is_page = any(isinstance(each, FieldNode) and each.name.value == "edges" for each in below)
        return PAGE_SIZE if is_page else 1

    def _number(self, node: object) -> int:
        if isinstance(node, VariableNode):
            self.asks_variables = True
            value = self._variables.get(node.name.value)
            return value if isinstance(value, int) else LARGEST_PAGE
        return int(node.value) if isinstance(node, IntValueNode) and len(node.value) < 5 else LARGEST_PAGE
