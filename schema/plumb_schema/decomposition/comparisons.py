"""GraphQL types of comparisons: two runs of one goal side by side."""

from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.decomposition import service


@tenant_type(needs=Permission.PLAN_READ, description="对比层级 / One level of two runs: sums and their difference.")
class ComparedLevel:
    depth: int
    first: Decimal
    second: Decimal
    difference: Decimal


@tenant_type(needs=Permission.PLAN_READ, description="对比节点 / What two runs give one child; null where a run has none.")
class ComparedChild:
    child_id: strawberry.ID
    name: str
    depth: int
    first: Decimal | None
    second: Decimal | None
    difference: Decimal


@tenant_type(needs=Permission.PLAN_READ, description="方法对账 / Two runs by level and by child; the second less the first.")
class RunComparison:
    levels: list[ComparedLevel]
    children: list[ComparedChild]


def run_comparison_of(found: service.RunComparison) -> RunComparison:
    """Return the GraphQL object of a comparison."""
    return RunComparison(
        levels=[
            ComparedLevel(depth=each.depth, first=each.first, second=each.second, difference=each.difference)
            for each in found.levels
        ],
        children=[
            ComparedChild(
                child_id=encode_id("Person" if each.is_person else "OrgUnit", each.child_id),
                name=each.name,
                depth=each.depth,
                first=each.first,
                second=each.second,
                difference=each.difference,
            )
            for each in found.children
        ],
    )
