"""Random documents over the product's schema, from a seed: whatever a client may write about what resources stand behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from plumb_schema.reads.classes import AnyNode, declared, read_of
from support.naive.values import Filters, Variables, Word, literal

MakeCursor = Callable[[Random, str, str, list[dict[str, Any]]], str]
"""Returns a cursor for a type, a place (`Person.goals`) and an order."""
PYTHON_FIELDS = frozenset({"body", "lint", "archivePath", "downloadPath", "pdfPath", "PlanNode.months"})
"""Fields that no statement answers, of any type or of the one named; months of goals are columns, those of nodes are not."""


def is_python(kind: str, name: str) -> bool:
    """Return whether a field of a type needs Python of ours."""
    return name in PYTHON_FIELDS or f"{kind}.{name}" in PYTHON_FIELDS


def is_list(definition: GraphQLField) -> bool:
    """Return whether a field answers pages."""
    return {"first", "after"} <= definition.args.keys() and get_named_type(definition.type).name.endswith("Connection")


def row_type(definition: GraphQLField) -> GraphQLObjectType:
    """Return the type of the rows that a field answers by pages."""
    found: Any = get_named_type(definition.type)
    for name in ("edges", "node"):
        found = get_named_type(found.fields[name].type)
    assert isinstance(found, GraphQLObjectType)
    return found


@dataclass(frozen=True)
class Generated:
    """A document and the variables that go with it."""

    text: str
    variables: dict[str, Any]
    optional: frozenset[str] = frozenset()
    """Variables that may be left out."""


@dataclass
class Writer:
    """Writes one document."""

    schema: GraphQLSchema
    source: Random
    pool: Mapping[str, Sequence[Any]]
    ids: Sequence[str]
    """Global ids of rows of every type, and of none."""
    cursor: MakeCursor
    faults: float = 0.03
    """How likely an argument is wrong."""
    python: bool = False
    """Whether fields that need Python may be asked for."""
    aliases: int = 0
    fragments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.variables = Variables(self.source, self.source.choice([0.0, 0.3, 0.6]))
        self.filters = Filters(self.source, self.pool, self.variables)

    def document(self) -> Generated:
        """Return a document of one to three root fields."""
        query = self.schema.query_type
        assert query is not None
        roots = [name for name, each in query.fields.items() if read_of(each) is not None]
        parts = [
            self._field(query, name, levels=4, alone=False) for name in self.source.choices(roots, k=self.source.randint(1, 3))
        ]
        if self.source.random() < 0.2:
            parts.append(self.source.choice(["__typename", f"{self._alias()}: __typename"]))
        if self.source.random() < 0.2:
            last = parts.pop()
            parts.append(self._wrapped(query, lambda: f"{last} __typename"))
        head = f"({', '.join(self.variables.declared)})" if self.variables.declared else ""
        name = self.source.choice([" Wanted", ""]) if head else " Wanted"
        return Generated(
            " ".join([f"query{name}{head} {{ {' '.join(parts)} }}", *self.fragments]), self.variables.given, self._optional()
        )

    def nested(self, levels: int) -> Generated:
        """Return a document of one list whose rows hold lists, and so on: each with arguments, cursors and a count."""
        query = self.schema.query_type
        assert query is not None
        roots = [name for name, each in query.fields.items() if is_list(each) and self._lists(row_type(each))]
        part = self._list(query, self.source.choice(roots), levels)
        head = f" Wanted({', '.join(self.variables.declared)})" if self.variables.declared else " Wanted"
        return Generated(f"query{head} {{ {part} }}", self.variables.given, self._optional())

    def _list(self, owner: GraphQLObjectType, name: str, levels: int) -> str:
        definition = owner.fields[name]
        kind = row_type(definition)
        plain = [
            each for each, of in kind.fields.items() if is_leaf_type(get_named_type(of.type)) and not is_python(kind.name, each)
        ]
        parts = ["id", *self.source.sample(plain, min(2, len(plain)))]
        inner = self._lists(kind) if levels > 1 else []
        for step, list_name in self.source.sample(inner, min(len(inner), self.source.randint(1, 2))):
            through = get_named_type(kind.fields[step].type) if step else kind
            assert isinstance(through, GraphQLObjectType)
            made = self._list(through, list_name, levels - 1)
            parts.append(f"{self._alias()}: {step} {{ id {made} }}" if step else made)
        page = f"totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ {' '.join(parts)} }} }}"
        # Outer pages are often whole, or nothing would be left for the inner ones.
        arguments = self._arguments(owner, name, definition) if self.source.random() < 1 / levels else ""
        return f"{self._alias()}: {name}{arguments} {{ {page} }}"

    def _lists(self, kind: GraphQLObjectType) -> list[tuple[str, str]]:
        """Return the lists of a type and of what its rows lead to: the relation between, empty for none, and the list."""
        found = [("", name) for name, each in kind.fields.items() if is_list(each)]
        for name, each in kind.fields.items():
            there = get_named_type(each.type)
            if isinstance(there, GraphQLObjectType) and declared(there.name) and not isinstance(each.type, GraphQLList):
                found += [(name, inner) for inner, of in there.fields.items() if is_list(of)]
        return found

    def _optional(self) -> frozenset[str]:
        return frozenset(each[1:].partition(":")[0] for each in self.variables.declared if "!" not in each or "=" in each)

    def selection(self, kind: Any, levels: int, *, alone: bool) -> str:
        """Return a selection set; fields of types that stand `alone` need names that no other type's have."""
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            return f"{{ {self._abstract(kind, levels)} }}"
        return f"{{ {self._members(kind, levels, alone=alone)} }}"

    def _members(self, kind: GraphQLObjectType, levels: int, *, alone: bool) -> str:
        names = [name for name in kind.fields if self.python or not is_python(kind.name, name)]
        if levels <= 0:
            names = [name for name in names if is_leaf_type(get_named_type(kind.fields[name].type))]
        is_page = kind.name.endswith(("Connection", "Edge"))
        chosen = self.source.sample(names, min(len(names), self.source.randint(1, 3 if is_page else 4)))
        if is_page and self.source.random() < 0.8:
            chosen = list(dict.fromkeys([*chosen, *(each for each in ("edges", "node") if each in names)]))
        parts = [self._field(kind, name, levels - 1, alone=alone) for name in chosen]
        if self.source.random() < 0.15:
            parts.append(f"{self._alias()}: __typename" if alone else "__typename")
        if self.source.random() < 0.2:
            parts.append(self._wrapped(kind, lambda: self._members(kind, levels - 1, alone=alone)))
        if self.source.random() < 0.1 and not alone:
            # The same field again: what both ask for is one answer.
            plain = [
                name for name in chosen if not kind.fields[name].args and not is_leaf_type(get_named_type(kind.fields[name].type))
            ]
            parts += [
                f"{name} {self.selection(get_named_type(kind.fields[name].type), levels - 1, alone=False)}" for name in plain[:1]
            ]
        return " ".join(parts)

    def _field(self, owner: GraphQLObjectType, name: str, levels: int, *, alone: bool) -> str:
        definition = owner.fields[name]
        arguments = self._arguments(owner, name, definition)
        renamed = alone or bool(definition.args) or self.source.random() < 0.15
        head = f"{self._alias()}: {name}" if renamed else name
        if self.source.random() < 0.04:
            arguments += self._directive()
        return f"{head}{arguments} {self._below(definition.type, levels, alone=alone)}"

    def _below(self, kind: GraphQLOutputType, levels: int, *, alone: bool) -> str:
        named = get_named_type(kind)
        if is_leaf_type(named):
            return ""
        if named.name == "DefinitionBody":
            return "{ __typename }"
        return self.selection(named, levels, alone=alone)

    def _abstract(self, kind: GraphQLUnionType | GraphQLInterfaceType, levels: int) -> str:
        members = list(self.schema.get_possible_types(kind))
        chosen = self.source.sample(members, self.source.randint(1, len(members)))
        parts = ["__typename"] if self.source.random() < 0.6 else []
        if isinstance(kind, GraphQLInterfaceType):
            parts += [self.source.choice(["id", f"{self._alias()}: id", "... on Node { id }"])]
        for member in chosen:
            inner = self._members(member, min(levels, 2), alone=True)
            parts.append(
                self._spread(member.name, inner) if self.source.random() < 0.3 else f"... on {member.name} {{ {inner} }}"
            )
        return " ".join(parts)

    def _wrapped(self, kind: GraphQLObjectType, inner: Callable[[], str]) -> str:
        chance = self.source.random()
        if declared(kind.name) and chance < 0.2:
            made = "id" if chance < 0.1 else f"id ... on {kind.name} {{ {inner()} }}"
            return self._spread("Node", made) if self.source.random() < 0.5 else f"... on Node {{ {made} }}"
        if chance < 0.4:
            return f"...{self._directive()} {{ {inner()} }}"
        if chance < 0.7:
            return f"... on {kind.name}{self._directive() if chance < 0.5 else ''} {{ {inner()} }}"
        return self._spread(kind.name, inner())

    def _spread(self, condition: str, inner: str) -> str:
        name = f"Part{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition} {{ {inner} }}")
        return f"...{name}{self._directive() if self.source.random() < 0.2 else ''}"

    def _directive(self) -> str:
        word = self.source.choice(["include", "skip"])
        holds = self.source.random() < (0.7 if word == "include" else 0.3)
        return f" @{word}(if: {self.variables.written('Boolean!', holds)})"

    def _alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}{'_long' * 14 if self.source.random() < 0.05 else ''}"

    def _arguments(self, owner: GraphQLObjectType, name: str, definition: GraphQLField) -> str:
        parts = []
        if "id" in definition.args:
            wanted = [each for each in self.ids if self._is_wanted(definition, each)]
            parts.append(f"id: {self.variables.written('ID!', self.source.choice(wanted))}")
        if "where" in definition.args and self.source.random() < 0.4:
            kind = get_named_type(definition.args["where"].type)
            assert isinstance(kind, GraphQLInputObjectType)
            parts.append(f"where: {self._where(kind)}")
        order = self._order(definition) if "orderBy" in definition.args and self.source.random() < 0.5 else None
        if order is not None:
            parts.append(f"orderBy: {self.variables.written(str(definition.args['orderBy'].type), order)}")
        if "first" in definition.args and self.source.random() < 0.7:
            size = self.source.choice([0, -1, 101]) if self.source.random() < self.faults else self.source.randint(1, 6)
            parts.append(f"first: {self.variables.written('Int', size, optional=True)}")
        if "after" in definition.args and self.source.random() < 0.25:
            target = get_named_type(definition.type).name.removesuffix("Connection")
            wrong = self.source.random() < self.faults
            place = "Query.goals" if wrong else f"{owner.name}.{name}"
            made = self.cursor(self.source, target, place, order or [])
            made = self.source.choice(["bad", made]) if wrong else made
            parts.append(f"after: {self.variables.written('String', made, optional=True)}")
        self.source.shuffle(parts)
        return f"({', '.join(parts)})" if parts else ""

    def _is_wanted(self, definition: GraphQLField, global_id: str) -> bool:
        own = f"{get_named_type(definition.type).name}_"
        return isinstance(read_of(definition), AnyNode) or global_id.startswith(own) or self.source.random() < 0.05

    def _where(self, kind: GraphQLInputObjectType) -> str:
        whole = self.source.random() < self.variables.share / 2
        made = self.filters.filter(kind, 3, plain=whole)
        if self.source.random() < self.faults:
            made.setdefault(self.source.choice(list(kind.fields)), None)
        return self.variables.variable(kind.name, made, optional=True) if whole else literal(made)

    def _order(self, definition: GraphQLField) -> list[dict[str, Any]]:
        order = get_named_type(definition.args["orderBy"].type)
        assert isinstance(order, GraphQLInputObjectType)
        fields = get_named_type(order.fields["field"].type)
        assert isinstance(fields, GraphQLEnumType)
        names = self.source.sample(list(fields.values), self.source.randint(0, 2))
        return [{"field": Word(name)} | self._direction() for name in names]

    def _direction(self) -> dict[str, Any]:
        return {"direction": Word(self.source.choice(["ASC", "DESC"]))} if self.source.random() < 0.7 else {}
