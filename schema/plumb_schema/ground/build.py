"""Building the schema: root classes merged, scalars fixed, every resolver guarded, or no schema at all."""

from collections.abc import Iterable, Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition

from graphql import GraphQLSchema
from plumb_schema.ground.glossary import describe, glossary
from plumb_schema.ground.guard import UnsoundSchema, guard
from plumb_schema.ground.input_objects import install_makers
from plumb_schema.ground.scalars import SCALARS
from plumb_schema.reads.classes import finish_classes
from plumb_schema.reads.completion import install, is_completed


def build_schema(
    queries: Sequence[type], mutations: Sequence[type] = (), types: Iterable[type] = (), subscription: type | None = None
) -> strawberry.Schema:
    """Return the schema of these root classes (each a `@strawberry.type`) and extra types, guarded.

    Raises UndeclaredField and UnsoundSchema as `guard` does, and UnsoundSchema when two classes name one root field.
    """
    finish_classes()
    schema = strawberry.Schema(
        query=_merged("Query", queries),
        mutation=_merged("Mutation", mutations) if mutations else None,
        subscription=subscription,
        types=list(types),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    describe(core_of(schema), glossary())
    install(core_of(schema))
    install_makers(core_of(schema), schema.config)
    guard(core_of(schema), is_completed)
    return schema


def core_of(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the graphql-core schema that executes."""
    return schema._schema  # noqa: SLF001 - strawberry shows it in no other way; the one place


def _merged(name: str, classes: Sequence[type]) -> type:
    seen: dict[str, type] = {}
    for cls in classes:
        for field in get_object_definition(cls, strict=True).fields:
            if field.python_name in seen:
                raise UnsoundSchema(f"{name}.{field.python_name} is in {seen[field.python_name]} and in {cls}")
            seen[field.python_name] = cls
    return strawberry.type(type(name, tuple(classes), {}), name=name)
