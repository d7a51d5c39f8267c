"""Plans: one statement for all that a query asks, made once for each document, shape of grants and form of variables."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from graphql.execution.values import VariableValues

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
)
from plumb_platform.database.proving import Kind
from plumb_platform.database.reading import reading_statements
from plumb_platform.errors import DomainError
from plumb_platform.permissions import Grants
from plumb_schema.reads.arguments import ArgumentReader, Arguments
from plumb_schema.reads.classes import declared
from plumb_schema.reads.compiler import Compiler, NeedsPython
from plumb_schema.reads.forms import form_of_variables
from plumb_schema.reads.kept import weight_of
from plumb_schema.reads.roots import named_root, root_sql
from plumb_schema.reads.rows import Names
from plumb_schema.reads.selection import Selections, fragments_of
from plumb_schema.reads.sight import Sight
from plumb_schema.reads.slots import Moment, Slots, Value
from plumb_schema.reads.sql import conjunction, json_object

KEPT_PLANS, KEPT_BYTES = 1024, 48 * 1024 * 1024
_PLAN, _CHARACTER, TEXT = 10_000, 16, 180
"""Bytes that a plan takes, about, and that each character adds: of its SQL, and of the document whose nodes it holds."""
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class RootError:
    """A root field that is refused whatever its rows are."""

    key: str
    node: FieldNode
    error: DomainError


class ArgumentsWrong(Exception):
    """Arguments of some root fields are wrong; the other fields can be answered."""

    def __init__(self, errors: Mapping[str, DomainError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, eq=False)
class Plan:
    """One statement and what it needs: the data of a whole query, or of one field.

    `sql` is an expression of text; `tables` decide how long an answer stays true, None that it is not kept.
    """

    sql: str
    values: tuple[tuple[str, Value], ...]
    checks: tuple[tuple[str, Value], ...]
    places: tuple[ArgumentReader, ...]
    tables: tuple[str, ...] | None
    hidden: tuple[str, ...]
    nodes: Mapping[str, FieldNode]
    errors: tuple[RootError, ...] = ()
    serial: int = field(default_factory=count().__next__)
    """Its own number, by which its answers are kept: they would keep the plan itself long after its turn."""

    @cached_property
    def statements(self) -> Mapping[Kind, str]:
        """Return the statements that read this in one round trip, by what proves the caller."""
        return reading_statements(self.sql, values=len(self.values), is_kept=self.tables is not None)

    def arguments(self, variables: VariableValues) -> tuple[Arguments, ...]:
        """Return what the places of this plan got under the variables of one request."""
        return tuple([place.read(variables) for place in self.places])

    def bound(self, moment: Moment) -> list[Any]:
        """Return the values to bind, in order; raises ArgumentsWrong."""
        found: list[Any] = []
        errors: dict[str, DomainError] = {}
        for root, value in (*self.checks, *self.values):
            try:
                found.append(value(moment))
            except DomainError as error:
                errors.setdefault(root, error)
        if errors:
            raise ArgumentsWrong(errors)
        return found[len(self.checks) :]


class Planner:
    """Makes and keeps the plans of one schema, within bounds of number and of bytes."""

    def __init__(self, schema: GraphQLSchema, *, first: int) -> None:
        self._schema = schema
        self._first = first
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self.bytes = 0

    def plan(
        self,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        grants: Grants,
        *,
        without: frozenset[str] = frozenset(),
    ) -> Plan | None:
        """Return the plan of a whole query; None when some field of it needs Python. Roots of `without` are null."""
        name = operation.name.value if operation.name else None
        key = (text, name, grants.shape, form_of_variables(self._schema, operation, variables), without)
        return self.kept(key, lambda: self._made(document, operation, variables, grants, without), more=TEXT * len(text))

    def kept(self, key: Hashable, make: Callable[[], P], *, more: int = 0) -> P:
        """Return what was made under a key, or make it and keep it, within bounds; a plan weighs `more` bytes."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]  # type: ignore[return-value] # one key is always made into one type
        made = make()
        weight = weight_of(key) + _PLAN + (_CHARACTER * len(made.sql) if isinstance(made, Plan) else 0) + (more if made else 0)
        self._kept[key] = made, weight
        self.bytes += weight
        while len(self._kept) > KEPT_PLANS or self.bytes > KEPT_BYTES:
            _, (_, old) = self._kept.popitem(last=False)
            self.bytes -= old
        return made

    def _made(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        grants: Grants,
        without: frozenset[str],
    ) -> Plan | None:
        root = self._schema.query_type
        assert root is not None  # noqa: S101 - every schema of ours has one
        selections = Selections(self._schema, fragments_of(document), variables)
        compiler = _compiler(selections, grants)
        parts: list[str] = []
        errors: list[RootError] = []
        groups = selections.of([operation.selection_set], root)
        for key, nodes in groups.items():
            compiler.slots.root = key
            try:
                if key in without:
                    parts.append(f"""'"{key}":null'""")
                    continue
                parts.append(f"""'"{key}":' || coalesce(({named_root(compiler, root.fields, nodes, key)})::text, 'null')""")
            except NeedsPython:
                return None
            except DomainError as error:
                errors.append(RootError(key, nodes[0], error))
                parts.append(f"""'"{key}":null'""")
        nodes_of = {key: nodes[0] for key, nodes in groups.items()}
        # The whole body of an answer without faults: what PostgreSQL has written is not copied together anew.
        sql = f"""('{{"data":{{' || {" || ',' || ".join(parts) or "''"} || '}}}}')"""
        return _finished(compiler, sql, self._first, nodes_of, tuple(errors))


def field_plan(selections: Selections, grants: Grants, definition: GraphQLField, nodes: list[FieldNode], key: str) -> Plan:
    """Return the plan of one root field in a document that also needs Python; its values start at $1."""
    compiler = _compiler(selections, grants, python=True)
    return _finished(compiler, f"({root_sql(compiler, definition, nodes, key)})::text", 1)


def rows_plan(selections: Selections, grants: Grants, type_named: str, nodes: list[FieldNode], *, one: bool = False) -> Plan:
    """Return the plan of the rows, or of the one row, that a resolver named by id: one JSON object from id to row."""
    compiler = _compiler(selections, grants, python=True)
    resource = declared(type_named)
    assert resource is not None  # noqa: S101 - only a resource's rows are named by id
    row = compiler.names.row(resource)
    put = compiler.slots.put
    # A list of unknown length is planned anew each time, which for one row costs more than to read it.
    wanted = put(lambda moment: moment.ids[0], "uuid") if one else f"any({put(lambda moment: list(moment.ids), 'uuid[]')})"
    answer = json_object(compiler.node(row, nodes, (nodes[0].name.value,)))
    conditions = conjunction([f"{row.key} = {wanted}", compiler.sight.row(resource, row.aliases)])
    return _finished(compiler, f"(select json_object_agg({row.key}, {answer})::text from {row.source()} where {conditions})", 1)


def row_plan(selections: Selections, grants: Grants, type_named: str, nodes: list[FieldNode]) -> Plan:
    """Return the plan of the one row that a change made or changed, as its document asks for it; raises NeedsPython."""
    compiler = _compiler(selections, grants)
    resource = declared(type_named)
    assert resource is not None  # noqa: S101 - only a resource's rows are named by id
    row = compiler.names.row(resource)
    wanted = compiler.slots.put(lambda moment: moment.ids[0], "uuid")
    pairs = compiler.node(row, nodes, (nodes[0].name.value,))
    conditions = conjunction([f"{row.key} = {wanted}", compiler.sight.row(resource, row.aliases)])
    return _finished(compiler, f"({json_object(pairs, f'{row.source()} where {conditions}')})::text", 1)


def _compiler(selections: Selections, grants: Grants, *, python: bool = False) -> Compiler:
    slots = Slots()
    return Compiler(selections, grants, slots, Names(slots, Sight(grants, slots)), python)


def _finished(
    compiler: Compiler, sql: str, first: int, nodes: Mapping[str, FieldNode] | None = None, errors: tuple[RootError, ...] = ()
) -> Plan:
    (text, values), names, slots = compiler.slots.finish(sql, first=first), compiler.names, compiler.slots
    checks, places, hidden = tuple(slots.checks), tuple(slots.places), tuple(names.hidden)
    return Plan(text, values, checks, places, names.tables(text), hidden, nodes or {}, errors)
