"""The oracle: the product's schema executed by plain graphql-core, every compiled field resolved in Python over loaded rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql.execution.values import VariableValues

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    default_field_resolver,
    execute,
    get_argument_values,
    get_operation_ast,
    get_variable_values,
    parse,
)
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.permissions import hold_grants
from plumb_platform.resources import Column, Items, Kind, Made, Many, One, OneOf, Resource, known_resources, resource_named
from plumb_platform.resources.relations import Relation
from plumb_platform.resources.resource import camel
from plumb_schema.ground.context import Context
from plumb_schema.ground.ids import encode_id, split_id
from plumb_schema.reads.classes import AnyNode, Listing, Single, declared, read_of
from plumb_schema.schema import make_schema
from support.naive.facts import Fact, Facts, Value
from support.naive.filters import matches
from support.naive.orders import order_of
from support.naive.sight import Sight
from support.naive.survey import Survey

ResolveInfo: TypeAlias = GraphQLResolveInfo[Context]

UNIONS = {each.union for of in known_resources().values() for each in of.relations if isinstance(each, OneOf)}


class Faulty(Exception):
    """A root field that is refused whatever its rows are."""


@dataclass(frozen=True)
class Seen:
    """A row in an answer, as resolvers that need Python find it."""

    sight: Sight
    fact: Fact
    named: bool = False

    @property
    def id(self) -> Any:
        """Return the row's id."""
        return self.fact.id

    def shows(self, of: Column | Relation | Made) -> bool:
        """Return whether a field shows on this row."""
        return self.sight.shows(self.fact, of.name) and (not self.named or self.sight.shows_named(self.fact, of.name))

    def uses(self, name: str) -> Any:
        """Return an expression, as `field.name`, that a field is made of."""
        return self.fact.uses[name]


@dataclass
class Naive:
    """One request to the oracle."""

    context: Context
    sight: Sight
    survey: Survey | None = None

    @property
    def cursor_key(self) -> bytes:
        """Return the key that cursors are signed with."""
        return self.context.ground.cursors.keys[0]


@dataclass
class Expected:
    """What the product has to answer: data, codes of errors by path, and the hidden fields of what was answered."""

    data: Any
    errors: dict[tuple[str | int, ...], set[str]]
    hidden: set[str]
    may_hide: set[str] = field(default_factory=set)
    """Hidden fields of roots that were refused: they may be named or not."""


class Oracle:
    """Answers queries over loaded rows."""

    def __init__(self) -> None:
        self.schema: GraphQLSchema = make_schema()._schema
        self._current: Naive | None = None
        self.uses: dict[str, dict[str, str]] = {}
        for owner in self.schema.type_map.values():
            if isinstance(owner, GraphQLInterfaceType | GraphQLUnionType) and owner.name in ("Node", *UNIONS):
                owner.resolve_type = lambda value, *_: value.fact.resource.type_name
            if isinstance(owner, GraphQLObjectType) and not owner.name.startswith("__"):
                self._install(owner)

    async def answer(
        self, text: str, variables: dict[str, Any], context: Context, facts: Facts, *, name: str | None = None
    ) -> Expected:
        """Return what the caller of a context, whose grants are known, has to be answered."""
        document = parse(text)
        operation = get_operation_ast(document, name)
        assert operation is not None
        coerced = get_variable_values(self.schema, operation.variable_definitions or (), variables)
        assert isinstance(coerced, VariableValues), coerced
        sight = Sight(context.held, facts)
        survey = Survey(self.schema, sight, context.ground.cursors.keys[0], document, operation, coerced)
        survey.walk()
        self._current = Naive(context, sight, survey)
        async with tenant_transaction(context.caller):
            hold_grants(context.caller, context.held)
            found: Any = execute(self.schema, document, context_value=context, variable_values=variables, operation_name=name)
            result = await found if hasattr(found, "__await__") else found
        errors = {tuple(error.path or ()): self._codes(error, survey) for error in result.errors or ()}
        hidden = {key: names for key, names in survey.hidden.items() if not survey.faults[key]}
        told = set().union(*hidden.values())
        return Expected(result.data, errors, told, set().union(*survey.hidden.values()))

    def _codes(self, error: GraphQLError, survey: Survey) -> set[str]:
        cause = error.original_error
        if isinstance(cause, Faulty):
            return survey.faults[str((error.path or [""])[0])]
        if not isinstance(cause, DomainError):
            raise error
        return {cause.code}

    @property
    def _now(self) -> Naive:
        assert self._current is not None
        return self._current

    def _install(self, owner: GraphQLObjectType) -> None:
        resource = declared(owner.name)
        if resource is not None:
            owner.is_type_of = lambda value, _: isinstance(value, Seen) and value.fact.resource is resource
        known: Mapping[str, Any] = (
            {camel(each.name): each for each in (*resource.columns, *resource.relations)} if resource else {}
        )
        for name, definition in owner.fields.items():
            if resource is not None and name == "id":
                definition.resolve = lambda seen, _: encode_id(seen.fact.resource.type_name, seen.id)
            elif name in known:
                definition.resolve = self._member(known[name], definition)
            elif resource is not None:
                made = resource.made_by_name[name]
                self.uses.setdefault(owner.name, {}).update({f"{made.name}.{each}": sql for each, sql in made.uses})
            elif owner is self.schema.query_type and read_of(definition) is not None:
                definition.resolve = self._root(definition)
            elif owner.name.endswith(("Connection", "Edge", "PageInfo")) or owner.name in _item_types():
                definition.resolve = default_field_resolver

    def _root(self, definition: GraphQLField) -> Any:
        read = read_of(definition)

        def resolve(_: Any, info: ResolveInfo, **__: Any) -> Any:
            naive, arguments = self._now, _arguments(definition, info)
            assert naive.survey is not None
            if naive.survey.faults[str(info.path.key)]:
                raise Faulty
            if isinstance(read, Listing):
                rows = list(naive.sight.facts.of(read.resource).values())
                reached = [fact for fact in rows if naive.sight.reached(fact)]
                return self._page(read.resource, reached, arguments, f"Query.{info.field_name}")
            if isinstance(read, Single) and not definition.args:
                return next((self._seen(fact) for fact in naive.sight.facts.of(read.resource).values()), None)
            parts = split_id(str(arguments["id"]))
            resource = read.resource if isinstance(read, Single) else declared(parts[0]) if parts else None
            if resource is None or parts is None or parts[0] != resource.type_name:
                return None
            assert isinstance(read, Single | AnyNode)
            return self._seen(naive.sight.facts.rows.get(resource.type_name, {}).get(parts[1]))

        return resolve

    def _member(self, of: Any, definition: GraphQLField) -> Any:
        def resolve(seen: Seen, info: ResolveInfo, **_: Any) -> Any:
            if not seen.shows(of):
                return None
            if isinstance(of, Column):
                return shown(of, seen.sight.said(seen.fact, of.name))
            if isinstance(of, Items):
                kinds = {column.name: column for column in of.columns}
                items = seen.fact.items[of.name]
                return [{camel(name): shown(kinds[name], value) for name, value in item.items()} for item in items]
            if isinstance(of, One):
                return self._linked(of.target, seen.fact.links[of.name], part=of.part, named=of.named)
            if isinstance(of, OneOf):
                given = [(target, seen.fact.links[f"{of.name}:{target}"]) for target, _ in of.members]
                return next((self._linked(target, key) for target, key in given if key is not None), None)
            return self._many(seen.fact, of, definition, info)

        return resolve

    def _many(self, fact: Fact, many: Many, definition: GraphQLField, info: ResolveInfo) -> Any:
        sight, target = self._now.sight, resource_named(many.target)
        rows = [sight.facts.of(target)[key] for key in fact.lists[many.name]]
        reached = [row for row in rows if many.part or sight.reached(row)]
        if many.paged:
            place = f"{fact.resource.type_name}.{camel(many.name)}"
            return self._page(target, reached, _arguments(definition, info), place)
        return [Seen(sight, row) for row in order_of(sight, target, []).sorted(sight, reached)]

    def _page(self, resource: Resource, rows: Sequence[Fact], arguments: Mapping[str, Any], place: str) -> Any:
        sight, tenant_id, key = self._now.sight, self._now.sight.facts.tenant_id, self._now.cursor_key
        order = order_of(sight, resource, arguments.get("orderBy") or [])
        kept = [row for row in rows if matches(sight, row, arguments.get("where") or {}) is True]
        behind, after, first = order.sorted(sight, kept), arguments.get("after"), arguments.get("first")
        if after is not None:
            start = order.opened(key, tenant_id, place, after)
            assert start is not None
            behind = [row for row in behind if order.compare(order.values(sight, row), start) > 0]
        page = behind[: 20 if first is None else first]
        cursors = [order.cursor(key, tenant_id, place, order.values(sight, row)) for row in page]
        return {
            "edges": [{"cursor": cursor, "node": Seen(sight, row)} for cursor, row in zip(cursors, page, strict=True)],
            "pageInfo": {"hasNextPage": len(behind) > len(page), "endCursor": cursors[-1] if cursors else None},
            "totalCount": len(kept),
        }

    def _linked(self, target: str, key: Any, *, part: bool = False, named: bool = False) -> Seen | None:
        sight = self._now.sight
        fact = sight.facts.of(resource_named(target)).get(key)
        return Seen(sight, fact, named) if fact is not None and part else self._seen(fact)

    def _seen(self, fact: Fact | None) -> Seen | None:
        sight = self._now.sight
        return Seen(sight, fact) if fact is not None and sight.reached(fact) else None


def _item_types() -> set[str]:
    """Return the types of items, which are answered from their row."""
    return {each.type_name for resource in known_resources().values() for each in resource.relations if isinstance(each, Items)}


def shown(column: Column, value: Value) -> Any:
    """Return a column's value as graphql-core serialises it."""
    if value is None:
        return None
    if column.kind is Kind.ENUM:
        assert column.enum is not None
        return column.enum[value]
    return encode_id(column.target, value) if column.kind is Kind.ID and column.target else value


def _arguments(definition: GraphQLField, info: ResolveInfo) -> Mapping[str, Any]:
    return get_argument_values(definition, info.field_nodes[0], info.variable_values)
