"""Plans: one statement for all that a query asks, made once for each document, shape of grants and form of variables."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from graphql.execution.values import VariableValues

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    get_argument_values,
    type_from_ast,
)
from plumb_platform.database.reading import reading_statement
from plumb_platform.errors import DomainError, Forbidden
from plumb_platform.permissions import Grants
from plumb_schema.ground.connections import is_size
from plumb_schema.ground.ids import split_id
from plumb_schema.ground.permission import need_of
from plumb_schema.reads.classes import Listing, Single, declared, read_of
from plumb_schema.reads.compiler import Compiler, NeedsPython
from plumb_schema.reads.rows import Names
from plumb_schema.reads.selection import Selections, fragments_of
from plumb_schema.reads.slots import Arguments, Moment, Place, Slots, Value
from plumb_schema.reads.sql import conjunction, json_object, type_name
from plumb_schema.reads.values import uuid_of

KEPT_PLANS = 1024
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
    places: tuple[Place, ...]
    tables: tuple[str, ...] | None
    hidden: tuple[str, ...]
    nodes: Mapping[str, FieldNode]
    errors: tuple[RootError, ...] = ()

    @cached_property
    def statement(self) -> str:
        """Return the statement that reads this in one round trip."""
        return reading_statement(self.sql)

    def arguments(self, variables: VariableValues) -> tuple[Arguments, ...]:
        """Return what the places of this plan got under the variables of one request."""
        return tuple(get_argument_values(place.field, place.node, variables) for place in self.places)

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
    """Makes and keeps the plans of one schema."""

    def __init__(self, schema: GraphQLSchema, *, first: int) -> None:
        self._schema = schema
        self._first = first
        self._kept: OrderedDict[object, object] = OrderedDict()

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
        return self.kept(key, lambda: self._made(document, operation, variables, grants, without))

    def kept(self, key: object, make: Callable[[], P]) -> P:
        """Return what was made under a key, or make it and keep it, within bounds."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]  # type: ignore[return-value] # one key is always made into one type
        made = make()
        self._kept[key] = made
        while len(self._kept) > KEPT_PLANS:
            self._kept.popitem(last=False)
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
                parts.append(f"""'"{key}":' || coalesce(({_root(compiler, root.fields, nodes, key)})::text, 'null')""")
            except NeedsPython:
                return None
            except DomainError as error:
                errors.append(RootError(key, nodes[0], error))
                parts.append(f"""'"{key}":null'""")
        nodes_of = {key: nodes[0] for key, nodes in groups.items()}
        sql = f"""('{{' || {" || ',' || ".join(parts) or "''"} || '}}')"""
        return _finished(compiler, sql, self._first, nodes_of, tuple(errors))


def _root(compiler: Compiler, fields: Mapping[str, GraphQLField], nodes: list[FieldNode], key: str) -> str:
    name = nodes[0].name.value
    if name == "__typename":
        return f"to_json({type_name('Query')})"
    if name not in fields:
        raise NeedsPython
    return root_sql(compiler, fields[name], nodes, key)


def root_sql(compiler: Compiler, definition: GraphQLField, nodes: list[FieldNode], key: str) -> str:
    """Return the JSON of a root field; raises NeedsPython for one that PostgreSQL cannot answer, and Forbidden."""
    read = read_of(definition)
    if read is None:
        raise NeedsPython
    if not isinstance(read, Listing | Single):
        return node_sql(compiler, definition, nodes)
    need = need_of(definition)
    if not compiler.grants.allows(read.resource.read):
        raise Forbidden(permission=str(getattr(need, "value", "")))
    row = compiler.names.row(read.resource)
    if isinstance(read, Listing):
        reaches = compiler.sight.row(read.resource, row.aliases)
        return compiler.connection(row, definition, nodes, (key,), [reaches], f"Query.{nodes[0].name.value}")
    conditions = [compiler.sight.row(read.resource, row.aliases)]
    if definition.args:
        place = compiler.slots.place(nodes[0], definition, (key,))
        wanted = compiler.slots.put(lambda moment: uuid_of(moment.arguments[place]["id"], read.resource.type_name), "uuid")
        conditions.append(f"{row.key} = {wanted}")
    pairs = compiler.node(row, nodes, (key,))
    return json_object(pairs, f"{row.source()} where {conjunction(conditions)}")


def node_sql(compiler: Compiler, definition: GraphQLField, nodes: list[FieldNode]) -> str:
    """Return the JSON of `node(id)`: the type that the id names decides the statement."""
    arguments = get_argument_values(definition, nodes[0], compiler.selections.variables)
    parts = split_id(str(arguments["id"]))
    resource = declared(parts[0]) if parts else None
    is_known = resource is not None and resource.type_name in compiler.selections.schema.type_map
    if resource is None or not is_known or not compiler.grants.allows(resource.read):
        return "null::json"
    place = compiler.slots.place(nodes[0], definition, ("node",))
    wanted = compiler.slots.put(lambda moment: uuid_of(moment.arguments[place]["id"], resource.type_name), "uuid")
    row = compiler.names.row(resource)
    pairs = compiler.node(row, nodes, ("node",))
    conditions = [compiler.sight.row(resource, row.aliases), f"{row.key} = {wanted}"]
    return json_object(pairs, f"{row.source()} where {conjunction(conditions)}")


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


def _compiler(selections: Selections, grants: Grants, *, python: bool = False) -> Compiler:
    slots = Slots()
    return Compiler(selections, grants, slots, Names(slots), python)


def _finished(
    compiler: Compiler, sql: str, first: int, nodes: Mapping[str, FieldNode] | None = None, errors: tuple[RootError, ...] = ()
) -> Plan:
    text, values = compiler.slots.finish(sql, first=first)
    names = compiler.names
    tables = tuple(sorted(names.reads)) if names.is_kept else None
    return Plan(
        text, values, tuple(compiler.slots.checks), tuple(compiler.slots.places), tables, tuple(names.hidden), nodes or {}, errors
    )


def form_of_variables(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: VariableValues) -> tuple[object, ...]:
    """Return what of the variables decides the text of a statement: which are given, names, members of enumerations."""
    form: list[object] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind = type_from_ast(schema, definition.type)
        form += _form(kind, variables.coerced[name]) if name in variables.coerced else ("absent",)
    return tuple(form)


def _form(kind: Any, value: Any) -> Iterator[object]:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if value is None:
        yield None
    elif isinstance(kind, GraphQLInputObjectType):
        yield "{"
        for name, each in value.items():
            yield name
            yield from _form(_member(kind, name), each)
        yield "}"
    elif isinstance(kind, GraphQLList):
        yield from _list_form(kind.of_type, value if isinstance(value, list) else [value])
    elif isinstance(kind, GraphQLEnumType) or getattr(kind, "name", "") == "Boolean":
        yield value
    elif getattr(kind, "name", "") == "Int":
        # It may be the size of a page, which stands in the text.
        yield value if is_size(value) else "size"
    elif getattr(kind, "name", "") == "ID":
        parts = split_id(str(value))
        yield parts[0] if parts else None
    else:
        yield True


def _list_form(kind: Any, values: list[Any]) -> Iterator[object]:
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(inner, GraphQLInputObjectType | GraphQLList):
        yield "["
        for each in values:
            yield from _form(inner, each)
        yield "]"
    else:
        yield None in values


def _member(kind: GraphQLInputObjectType, name: str) -> GraphQLInputType | None:
    found = kind.fields.get(name) or next((each for each in kind.fields.values() if each.out_name == name), None)
    return found.type if found else None
