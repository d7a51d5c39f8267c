"""Limits of a document, measured in one walk that visits each fragment once, before validation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graphql.language import FragmentSpreadNode, IntValueNode, SelectionSetNode, VariableNode

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, InlineFragmentNode, OperationDefinitionNode
from plumb_platform.errors import InvalidInput
from plumb_schema.ground.connections import LARGEST_PAGE, PAGE_SIZE


class TooDeep(InvalidInput):
    """Fields nest too deeply, or a fragment spreads itself."""

    code = "GRAPHQL_TOO_DEEP"
    zh = "查询嵌套过深，最多 {limit} 层。请把下层内容拆成另一次查询。"
    en = "The document nests too deeply; at most {limit} levels are allowed. Ask for what is below by itself."


COUNTED = {
    "definitions": "定义",
    "fields": "字段",
    "repeated fields": "重复字段",
    "cost": "开销",
    "values": "数据项",
    "digits of a number": "数字位数",
}
"""What a document may hold only so much of, in en and zh-CN."""


class TooComplex(InvalidInput):
    """The document asks for too many fields, or its pages multiply to too many."""

    code = "GRAPHQL_TOO_COMPLEX"
    zh = "查询过于复杂：{what_zh}最多为 {limit}。请减少内容，或拆成多次请求。"
    en = "The document is too complex: its {what_en} may come to {limit} at most. Ask for less, or in several requests."

    def __init__(self, *, what: str, limit: int) -> None:
        super().__init__(what_zh=COUNTED[what], what_en=what, limit=limit)


class ListTooLong(InvalidInput):
    """A list in the variables holds more than one request may bring; it is counted before any of it is looked at."""

    code = "GRAPHQL_LIST_TOO_LONG"
    zh = "列表 {place} 有 {found} 项，一次最多 {limit} 项，请分批提交。"
    en = "The list {place} has {found} items; one request may bring {limit}. Send them in parts."


class TooManyAliases(InvalidInput):
    """The document renames too many fields."""

    code = "GRAPHQL_TOO_MANY_ALIASES"
    zh = "别名过多，最多 {limit} 个。请拆成多次请求。"
    en = "Too many aliases; at most {limit} are allowed. Ask in several requests."


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
            raise TooComplex(what="definitions", limit=self._limits.definitions)
        operations = [node for node in self._document.definitions if isinstance(node, OperationDefinitionNode)]
        for name in self._fragments:
            self._fragment(name, 0)
        return self._checked(self._sum(self._set(node.selection_set, 0).closed() for node in operations))

    def _set(self, node: SelectionSetNode | None, level: int) -> Measure:
        # Inline fragments and spreads count as levels here only so that recursion stays bounded.
        if level > 2 * self._limits.depth:
            raise TooDeep(limit=self._limits.depth)
        return self._sum(self._selection(selection, level) for selection in (node.selections if node else ()))

    def _selection(self, node: object, level: int) -> Measure:
        if isinstance(node, FieldNode):
            below = self._set(node.selection_set, level + 1).closed()
            name = (node.alias or node.name).value
            cost = 1 + self._page(node) * below.cost
            return Measure(below.depth + 1, below.aliases + bool(node.alias), below.fields + 1, cost, below.repeats, (name,))
        if isinstance(node, InlineFragmentNode):
            return self._set(node.selection_set, level + 1)
        return self._fragment(node.name.value, level + 1) if isinstance(node, FragmentSpreadNode) else Measure()

    def _fragment(self, name: str, level: int) -> Measure:
        if name not in self._fragments:
            return Measure()  # validation names the unknown fragment
        if name in self._open:
            raise TooDeep(limit=self._limits.depth)
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self._checked(self._set(self._fragments[name].selection_set, level))
            self._open.discard(name)
        return self._known[name]

    def _sum(self, parts: Iterable[Measure]) -> Measure:
        depth = aliases = fields = cost = repeats = 0
        names: list[str] = []
        for part in parts:
            depth, aliases = max(depth, part.depth), aliases + part.aliases
            fields, cost, repeats = fields + part.fields, cost + part.cost, repeats + part.repeats
            names += part.names
            if fields > self._limits.fields:
                raise TooComplex(what="fields", limit=self._limits.fields)
        return Measure(depth, aliases, fields, cost, repeats, tuple(names))

    def _checked(self, size: Measure) -> Measure:
        limits = self._limits
        if size.depth > limits.depth:
            raise TooDeep(limit=limits.depth)
        if size.aliases > limits.aliases:
            raise TooManyAliases(limit=limits.aliases)
        if size.closed().repeats > limits.repeats:
            raise TooComplex(what="repeated fields", limit=limits.repeats)
        if size.cost > limits.cost:
            raise TooComplex(what="cost", limit=limits.cost)
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
