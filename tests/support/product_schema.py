"""The product's schema, built once a process for all tests that read it; whoever changes one builds their own."""

from functools import cache

from graphql import GraphQLSchema
from plumb_schema.ground.build import core_of
from plumb_schema.schema import make_schema


@cache
def product_schema() -> GraphQLSchema:
    """Return the schema that clients see."""
    return core_of(make_schema())
