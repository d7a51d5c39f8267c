"""The schema of the product: the root classes of every domain, merged and guarded."""

from collections.abc import Mapping

import strawberry

from plumb_schema.audit.queries import AuditQuery
from plumb_schema.company.queries import CompanyQuery
from plumb_schema.ground.build import build_schema
from plumb_schema.ground.context import Batch
from plumb_schema.ground.nodes import NodeQuery
from plumb_schema.identity.mutations import IdentityMutation
from plumb_schema.identity.queries import IdentityQuery

QUERIES: tuple[type, ...] = (NodeQuery, IdentityQuery, CompanyQuery, AuditQuery)
MUTATIONS: tuple[type, ...] = (IdentityMutation,)
TYPES: tuple[type, ...] = ()
"""Types that only an interface reaches."""
LOADERS: Mapping[str, Batch] = {}
"""The batch readers that a request's context may load by."""


def make_schema() -> strawberry.Schema:
    """Build the product's schema; raises when a field declares no permission."""
    return build_schema(QUERIES, MUTATIONS, TYPES)
