"""The schema of the product: the root classes of every domain, merged and guarded."""

import strawberry

from plumb_schema.ground.build import build_schema
from plumb_schema.ground.nodes import NodeQuery

QUERIES: tuple[type, ...] = (NodeQuery,)
MUTATIONS: tuple[type, ...] = ()
TYPES: tuple[type, ...] = ()
"""Types that only an interface reaches."""


def make_schema() -> strawberry.Schema:
    """Build the product's schema; raises when a field declares no permission."""
    return build_schema(QUERIES, MUTATIONS, TYPES)
