"""Documents: parsed, measured and validated once, then kept; an anonymous one may ask for public fields only."""

import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql.language import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    Source,
    SourceLocation,
    get_location,
)

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)
from plumb_platform.errors import InvalidInput, Unauthenticated
from plumb_schema.ground.guard import declarations
from plumb_schema.ground.in_chinese import Said
from plumb_schema.ground.limits import DocumentRefused, Limits, Measure, Meter, TooComplex, TooDeep
from plumb_schema.ground.literals import with_texts_seen
from plumb_schema.ground.permission import PUBLIC
from plumb_schema.ground.rules import EveryRule

KEPT_DOCUMENTS, KEPT_CHARACTERS = 256, 400_000


class TooManyTokens(DocumentRefused):
    """The text is longer than any honest document."""

    code = "GRAPHQL_TOO_MANY_TOKENS"
    zh = "查询文本过长{where_zh}，最多 {tokens} 个词元、{characters} 个字符。请把值放进变量，或拆成多次请求。"
    en = (
        "The document is too long{where_en}; at most {tokens} tokens and {characters} characters are allowed. "
        "Send values as variables, or ask in several requests."
    )


class SyntaxInvalid(DocumentRefused):
    """The text is not GraphQL."""

    code = "GRAPHQL_SYNTAX"
    zh = "GraphQL 语法错误（第 {line} 行第 {column} 列）：{reason}"
    en = "GraphQL syntax error at line {line}, column {column}: {reason}"


class DocumentInvalid(InvalidInput):
    """The document does not fit the schema; `errors` says where, and is empty for an anonymous caller."""

    code = "GRAPHQL_INVALID"
    zh = "该 GraphQL 文档与接口定义不符。"
    en = "The document does not fit the schema."

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed."""

    document: DocumentNode
    size: Measure
    asks_variables: bool
    is_public: bool
    kept: dict[str, Any] = field(default_factory=dict)
    """What others have made of it, for as long as it is kept."""


class Documents:
    """The documents of one schema, the recent ones kept within bounds of number and text."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0
        self._public = _public_fields(schema)

    def prepare(self, text: str, variables: Mapping[str, object], *, anonymous: bool) -> Prepared:
        """Return the document of a text, ready to execute.

        Raises TooManyTokens, SyntaxInvalid, TooDeep, TooComplex, TooManyAliases or DocumentInvalid. An anonymous
        caller gets Unauthenticated for every root field that is not public, known or unknown, before anything
        of the schema is looked at, and one constant DocumentInvalid for whatever else does not fit.
        """
        kept = self._kept.get(text)
        if kept is not None and (kept.is_public or not anonymous):
            self._kept.move_to_end(text)
            if not kept.asks_variables:
                return kept
            return replace(kept, size=self._meter(kept.document, variables).total())
        prepared = self._prepare(text, variables, anonymous)
        self._keep(text, prepared)
        return prepared

    def _prepare(self, text: str, variables: Mapping[str, object], anonymous: bool) -> Prepared:
        document = self._parse(text)
        if anonymous and not all(field in self._public for field in _root_fields(document)):
            raise Unauthenticated
        meter = self._meter(document, variables)
        size = meter.total()
        errors = validate(self._schema, document, [EveryRule], max_errors=self._limits.errors, hide_suggestions=anonymous)
        too_long = next((error for error in errors if isinstance(error.original_error, ValueError)), None)
        if not anonymous and too_long is not None:
            # Python reads no integer longer than this, and says so by a ValueError.
            at = too_long.locations[0] if too_long.locations else None
            raise TooComplex(what="digits of a number", limit=sys.get_int_max_str_digits(), at=at)
        is_public = not errors and self._asks_public_fields_only(document)
        if errors or (anonymous and not is_public):
            raise DocumentInvalid([] if anonymous else errors)
        return Prepared(document, size, meter.asks_variables, is_public)

    def _meter(self, document: DocumentNode, variables: Mapping[str, object]) -> Meter:
        return Meter(document, variables, self._limits)

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.characters:
            end = get_location(Source(text), limits.characters)
            raise TooManyTokens(tokens=limits.tokens, characters=limits.characters, at=end)
        try:
            document = parse(text, max_tokens=limits.tokens)
        except GraphQLSyntaxError as error:
            at = error.locations[0] if error.locations else SourceLocation(1, 1)
            if "tokens" in error.message and "more than" in error.message:
                raise TooManyTokens(tokens=limits.tokens, characters=limits.characters, at=at) from None
            if "nested too deeply" in error.message:
                raise TooDeep(limit=limits.depth, at=at) from None
            reason = error.message.removeprefix("Syntax Error: ")
            raise SyntaxInvalid(at=at, line=at.line, column=at.column, reason=Said(reason[:200])) from None
        return with_texts_seen(document, text)

    def _asks_public_fields_only(self, document: DocumentNode) -> bool:
        if not all(field in self._public for field in _root_fields(document)):
            return False
        finder = _PrivateFinder(TypeInfo(self._schema), self._public)
        visit(document, TypeInfoVisitor(finder.types, finder))
        return not finder.found

    def _keep(self, text: str, prepared: Prepared) -> None:
        replaced = self._kept.pop(text, None)
        self._kept[text] = prepared
        self._characters += 0 if replaced else len(text)
        while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
            old, _ = self._kept.popitem(last=False)
            self._characters -= len(old)


class _PrivateFinder(Visitor):
    def __init__(self, types: TypeInfo, public: frozenset[tuple[str, str]]) -> None:
        super().__init__()
        self.types, self.public, self.found = types, public, False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.types.get_parent_type()
        name = node.name.value
        if parent is None or (name != "__typename" and (parent.name, name) not in self.public):
            self.found = True


def _public_fields(schema: GraphQLSchema) -> frozenset[tuple[str, str]]:
    """Return (type, field) of all that is public; an interface's field is when it is so in each of its types."""
    needs = {(owner.name, name): need for owner, name, _, need in declarations(schema)}
    found = {place for place, need in needs.items() if need is PUBLIC}
    for interface in schema.type_map.values():
        if isinstance(interface, GraphQLInterfaceType):
            owners = schema.get_possible_types(interface)
            names = [name for name in interface.fields if all((owner.name, name) in found for owner in owners)]
            found |= {(interface.name, name) for name in names}
    roots = {OperationType.QUERY: schema.query_type, OperationType.MUTATION: schema.mutation_type}
    for kind, root in roots.items():
        names = [name for owner, name in found if root is not None and owner == root.name]
        found |= {(kind.value, name) for name in [*names, "__typename"]}
    return frozenset(found)


def _root_fields(document: DocumentNode) -> Iterator[tuple[str, str]]:
    """Yield (kind of operation, field) of every root field, through fragments, each fragment once per kind."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    seen: set[tuple[str, str]] = set()
    sets: list[tuple[str, SelectionSetNode]] = [
        (node.operation.value, node.selection_set) for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    if not sets:
        yield "", ""
    while sets:
        kind, selections = sets.pop()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield kind, node.name.value
            elif isinstance(node, InlineFragmentNode):
                sets.append((kind, node.selection_set))
            elif isinstance(node, FragmentSpreadNode) and (name := node.name.value) in fragments and (kind, name) not in seen:
                seen.add((kind, name))
                sets.append((kind, fragments[name].selection_set))
