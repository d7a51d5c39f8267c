"""Completion outside of SQL: rows that PostgreSQL answered stand behind fields that resolvers and graphql-core complete."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

import orjson
from graphql.execution.values import VariableValues

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    default_field_resolver,
    get_named_type,
)
from plumb_platform.clock import now
from plumb_platform.database import fetch_last, fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.outages import state_of
from plumb_platform.resources import Column, Items, Made, known_resources
from plumb_platform.resources.resource import camel
from plumb_schema.ground.context import Context
from plumb_schema.ground.guard import UnsoundSchema
from plumb_schema.reads.classes import declared, read_of
from plumb_schema.reads.forms import form_of_variables
from plumb_schema.reads.plan import ArgumentsWrong, Plan, field_plan, rows_plan
from plumb_schema.reads.selection import Selections
from plumb_schema.reads.slots import Moment
from plumb_schema.reads.values import revived

Resolver = Callable[..., Any]
ResolveInfo: TypeAlias = GraphQLResolveInfo[Context]
T = TypeVar("T")
MISSING = "PL003"
"""The SQLSTATE by which `sec.found` says that there is nothing."""
PAGE_TYPES = ("Connection", "Edge", "PageInfo")


@dataclass(frozen=True, slots=True)
class Ref:
    """The row that a change made or a resolver found, by its id; what is asked of it is read by one statement."""

    type_name: str
    id: UUID


def row_of(cls: type[T], row_id: UUID) -> T:
    """Return a row of a resource's type as what a resolver answers; its fields are read by one statement."""
    return cast(T, Ref(cls.__name__, row_id))


class Row(dict[str, Any]):
    """An object as PostgreSQL answered it, by response names; beside them what resolvers need, under names with `$`."""

    @property
    def id(self) -> UUID:
        """Return the row's id."""
        return UUID(self["$id"])

    def shows(self, made: Made) -> bool:
        """Return whether the caller may see a field that Python makes of the row."""
        return self[made.mark] is True

    def uses(self, name: str) -> Any:
        """Return the value of an expression, as `field.name`, that a field is made of."""
        return self[f"${name}"]


def install(schema: GraphQLSchema) -> None:
    """Give every field of a built schema its part in completion: roots read, members are looked up, refs are followed."""
    columns = {
        (items.type_name, camel(column.name)): column
        for resource in known_resources().values()
        for items in resource.relations
        if isinstance(items, Items)
        for column in items.columns
    }
    for owner in schema.type_map.values():
        if isinstance(owner, GraphQLObjectType) and not owner.name.startswith("__"):
            _install(schema, owner, columns)


def _install(schema: GraphQLSchema, owner: GraphQLObjectType, columns: Mapping[tuple[str, str], Column]) -> None:
    resource = declared(owner.name)
    if resource is not None:
        owner.is_type_of = _is_row_of(owner.name)
    known = resource.members if resource else {}
    made = resource.made_by_name if resource else {}
    if resource and owner.fields.keys() != {"id", *known, *made}:
        raise UnsoundSchema(f"{owner.name} and its resource differ in {sorted(owner.fields.keys() ^ {'id', *known, *made})}")
    for name, field in owner.fields.items():
        if name in known or (resource and name == "id") or owner.name.endswith(PAGE_TYPES):
            column = known.get(name)
            field.resolve = _member(column if isinstance(column, Column) else None)
        elif (owner.name, name) in columns:
            field.resolve = _member(columns[owner.name, name])
        elif name in made:
            field.resolve = _made(made[name], field.resolve or default_field_resolver)
            field.type = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        elif owner is schema.query_type and read_of(field) is not None:
            field.resolve = _read_root
        elif _may_answer_rows(field):
            field.resolve = _followed(field.resolve or default_field_resolver, must_find=owner is schema.mutation_type)


def is_completed(owner: GraphQLObjectType, name: str) -> bool:
    """Return whether a field only looks up what a statement has answered, its permission included."""
    resource = declared(owner.name)
    return (resource is not None and (name == "id" or name in resource.members)) or owner.name.endswith(PAGE_TYPES)


def _is_row_of(type_name: str) -> Callable[[Any, Any], bool]:
    return lambda value, _: isinstance(value, Row) and value["$type"] == type_name


def _member(column: Column | None) -> Resolver:
    def look_up(source: Mapping[str, Any], info: ResolveInfo, **_: Any) -> Any:
        value = source.get(str(info.path.key))
        return revived(column.kind, value, column) if column else wrapped(value)

    return look_up


def _made(made: Made, resolve: Resolver) -> Resolver:
    def make(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        return resolve(source, info, **arguments) if source.shows(made) else None

    return make


def wrapped(value: Any) -> Any:
    """Return a value of an answer with its objects as rows."""
    if isinstance(value, list):
        return [wrapped(each) for each in value]
    return Row(value) if isinstance(value, dict) and "$type" in value else value


def _may_answer_rows(field: GraphQLField) -> bool:
    kind = get_named_type(field.type)
    members = kind.types if isinstance(kind, GraphQLUnionType) else (kind,)
    return any(declared(member.name) is not None for member in members)


async def _read_root(_: Any, info: ResolveInfo, **__: Any) -> Any:
    nodes = list(info.field_nodes)
    definition = info.parent_type.fields[info.field_name]
    plan = _kept(info, lambda: field_plan(_selections(info), info.context.held, definition, nodes, str(info.path.key)))
    return wrapped(await _answered(plan, info))


def _followed(resolve: Resolver, *, must_find: bool) -> Resolver:
    def follow(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        value = resolve(source, info, **arguments)
        return _settle(value, info) if isinstance(value, Awaitable) else _settled(value, info)

    async def _settle(value: Awaitable[Any], info: ResolveInfo) -> Any:
        found = _settled(await value, info)
        return await found if isinstance(found, Awaitable) else found

    def _settled(value: Any, info: ResolveInfo) -> Any:
        if isinstance(value, Ref):
            return _one(value, info)
        if isinstance(value, list) and value and isinstance(value[0], Ref):
            return rows_of(value, info)
        return value

    async def _one(ref: Ref, info: ResolveInfo) -> Row | None:
        (row,) = await rows_of([ref], info)
        if row is None and must_find:
            raise NotFound
        return row

    return follow


async def rows_of(refs: Sequence[Ref], info: ResolveInfo) -> list[Row | None]:
    """Return the rows that refs of one type name, as the selection wants them; None for one that is not the caller's."""
    type_name = refs[0].type_name
    nodes = list(info.field_nodes)
    one = len(refs) == 1
    plan = _kept(info, lambda: rows_plan(_selections(info), info.context.held, type_name, nodes, one=one), type_name, one)
    found = await _answered(plan, info, ids=tuple(ref.id for ref in refs)) or {}
    return [wrapped(found.get(str(ref.id))) for ref in refs]


def _selections(info: ResolveInfo) -> Selections:
    return Selections(info.schema, info.fragments, _variables(info))


def _variables(info: ResolveInfo) -> VariableValues:
    # strawberry hands resolvers the coerced values alone.
    values: Any = info.variable_values
    return values if isinstance(values, VariableValues) else VariableValues({}, values)


def _kept(info: ResolveInfo, make: Callable[[], Plan], *more: object) -> Plan:
    context = info.context
    if context.planner is None:
        return make()
    path = tuple(step for step in info.path.as_list() if isinstance(step, str))
    form = form_of_variables(info.schema, info.operation, _variables(info))
    name = info.operation.name.value if info.operation.name else None
    plan: Plan = context.planner.kept((context.text, name, path, context.held.shape, form, *more), make)
    return plan


async def _answered(plan: Plan, info: ResolveInfo, *, ids: tuple[UUID, ...] = ()) -> Any:
    text = await text_of(plan, info.context, _variables(info), ids=ids)
    return orjson.loads(text) if text is not None else None


async def text_of(
    plan: Plan, context: Context, variables: VariableValues, *, ids: tuple[UUID, ...] = (), is_last: bool = False
) -> str | None:
    """Return the JSON that a plan's statement answers in the open transaction; raises what is wrong with its arguments.

    What `is_last` commits the transaction, and raises NotFound in place of it where there is nothing to answer.
    """
    arguments = plan.arguments(variables)
    moment = Moment(context.caller, context.held, context.ground.cursors, arguments, context.locale, now(), ids)
    context.hidden.update(dict.fromkeys(plan.hidden))
    try:
        values = plan.bound(moment)
    except ArgumentsWrong as wrong:
        raise next(iter(wrong.errors.values())) from None
    if is_last:
        return await _last(f"select sec.found({plan.sql})", values)
    text: str | None = await fetch_value(f"select {plan.sql}", *values)
    return text


async def _last(sql: str, values: Sequence[object]) -> str:
    try:
        text: str = await fetch_last(sql, *values)
    except Exception as error:
        if state_of(error) == MISSING:
            raise NotFound from None
        raise
    return text
