"""The guard: no field without a declaration, no resolver before its check, no root field that takes others with it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from plumb_platform.database.bounds import bound_passed
from plumb_platform.errors import DomainError, NotFound, RateLimited
from plumb_schema.ground.context import Context
from plumb_schema.ground.permission import PUBLIC, Need, need_of
from plumb_schema.ground.problems import KINDS, problem_of
from plumb_tenants.access.service import let_tell

Resolver = Callable[..., Any]


class UndeclaredField(TypeError):
    """A field names no permission and does not say PUBLIC, nor does its type."""


class UnsoundSchema(TypeError):
    """A field breaks a rule that every field of its kind keeps."""


def guard(schema: GraphQLSchema, is_checked: Callable[[GraphQLObjectType, str], bool]) -> None:
    """Wrap every resolver of the schema in its check, but for fields whose own statement has made it (`is_checked`).

    Raises UndeclaredField naming each field that declares nothing, and UnsoundSchema for a raw UUID, a mutation that takes
    anything but one `input` of its own name, or one that cannot answer every Problem, or a subscription that is no query.
    """
    missing = [f"{owner.name}.{name}" for owner, name, _, need in declarations(schema) if need is None]
    if missing:
        raise UndeclaredField("no permission is declared for " + ", ".join(sorted(missing)))
    if "UUID" in schema.type_map:
        raise UnsoundSchema("a raw UUID is in the schema; answer a global id")
    for owner, name, field, need in declarations(schema):
        if is_checked(owner, name):
            continue
        is_root = owner in (schema.query_type, schema.mutation_type, schema.subscription_type)
        is_refusable = is_root or need_of(field) not in (None, PUBLIC)
        if is_refusable and isinstance(field.type, GraphQLNonNull):
            # A refused field must not take its siblings or its parent with it.
            field.type = field.type.of_type
        if owner is schema.mutation_type:
            _check_mutation(name, field)
            field.resolve = _change(cast(Resolver, field.resolve), cast(Need, need))
        elif owner is schema.query_type:
            field.resolve = _question(cast(Resolver, field.resolve), cast(Need, need))
        elif owner is schema.subscription_type:
            _check_subscription(schema, name, field)
        else:
            field.resolve = _guarded(cast(Resolver, field.resolve), cast(Need, need))


def declarations(schema: GraphQLSchema) -> Iterator[tuple[GraphQLObjectType, str, GraphQLField, Need | None]]:
    """Yield every field of every object type with what it, or else its type, declares; a root type declares nothing."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for owner in schema.type_map.values():
        if not isinstance(owner, GraphQLObjectType) or owner.name.startswith("__"):
            continue
        default = None if owner in roots else need_of(owner)
        for name, field in owner.fields.items():
            yield owner, name, field, need_of(field) or default


def _check_mutation(name: str, field: GraphQLField) -> None:
    answer = get_named_type(field.type)
    members = {member.name for member in answer.types} if isinstance(answer, GraphQLUnionType) else set()
    absent = {problem.__name__ for _, problem in KINDS} - members
    if absent:
        raise UnsoundSchema(f"Mutation.{name} cannot answer {', '.join(sorted(absent))}")
    if set(field.args) - {"input"}:
        raise UnsoundSchema(f"Mutation.{name} takes one argument, `input`")
    asked = f"{name[0].upper()}{name[1:]}Input"
    if "input" in field.args and get_named_type(field.args["input"].type).name != asked:
        raise UnsoundSchema(f"Mutation.{name} takes {asked}, so that nobody has to look it up")


def _check_subscription(schema: GraphQLSchema, name: str, field: GraphQLField) -> None:
    # It is executed as the query of its name at every event, so that it can mean nothing else.
    asked = schema.query_type.fields.get(name) if schema.query_type else None
    if (
        asked is None
        or need_of(asked) != need_of(field)
        or (get_named_type(asked.type), set(asked.args))
        != (
            get_named_type(field.type),
            set(field.args),
        )
    ):
        raise UnsoundSchema(f"Subscription.{name} is not what Query.{name} is")


def _guarded(resolve: Resolver, need: Need) -> Resolver:
    def check(source: Any, info: Any, **arguments: Any) -> Any:
        info.context.demand(need)
        return resolve(source, info, **arguments)

    return check


def _question(resolve: Resolver, need: Need) -> Resolver:
    async def ask(source: Any, info: Any, **arguments: Any) -> Any:
        context: Context = info.context
        context.demand(need)
        try:
            if need is PUBLIC and context.outside is not None:
                # What is public may belong to another company, so it runs beside the caller's transaction.
                answer = settled(resolve(source, info, **arguments))
                return await asyncio.get_running_loop().create_task(answer, context=context.outside)
            return await settled(resolve(source, info, **arguments))
        except NotFound:
            return None
        except DomainError as error:
            await let_tell(None if need is PUBLIC else context.actor, error)
            raise

    return ask


def _change(resolve: Resolver, need: Need) -> Resolver:
    async def change(source: Any, info: Any, **arguments: Any) -> Any:
        return await refusable(info.context, need, lambda: settled(resolve(source, info, **arguments)))

    return change


async def refusable(context: Context, need: Need, act: Callable[[], Awaitable[Any]]) -> Any:
    """Make a change for who may make it, and return what it answers; a refusal is the Problem that says it."""
    try:
        context.demand(need)
        context.refuse_hindered()
        return await act()
    except DomainError as error:
        # Asked while the transaction is open: which rows somebody sees is known there.
        await let_tell(None if need is PUBLIC else context.actor, error)
        context.refused = error
        if isinstance(error, RateLimited):
            context.retry_after = error.retry_after
        return problem_of(error, context.locale)
    except Exception as error:
        passed = bound_passed(error)
        if passed is None:
            raise
        context.refused = passed
        return problem_of(passed, context.locale)


async def settled(value: Any) -> Any:
    """Return what a resolver answers, now or later."""
    return await value if isinstance(value, Awaitable) else value
