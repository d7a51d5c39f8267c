"""GraphQL types of plans: the plan, its nodes, and the preview that shows what a plan would be."""

from decimal import Decimal

import strawberry

import plumb_schema.definitions.types
import plumb_schema.goals.types  # noqa: F401 - its relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.decomposition import service
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE

strawberry.enum(service.PlanState, description="方案状态 / A plan is worked on, then published for good.")


@of(PLAN)
class Plan(Node):
    pass


@of(PLAN_NODE)
class PlanNode(Node):
    pass


@tenant_type(needs=Permission.PLAN_WRITE, description="预览因子 / A factor's value for one child, and what it would bring.")
class PreviewFactor:
    factor: str
    value: Decimal
    contribution: Decimal


@tenant_type(needs=Permission.PLAN_WRITE, description="预览节点 / What one child would get, the equal split beside it.")
class PreviewNode:
    child_id: strawberry.ID
    name: str
    suggested: Decimal
    equal_share: Decimal
    difference: Decimal = strawberry.field(description="与平均值之差 / The suggestion less the equal share.")
    factors: list[PreviewFactor]


@tenant_type(needs=Permission.PLAN_WRITE, description="拆解预览 / A plan as it would be; nothing is written.")
class PlanPreview:
    unit_id: strawberry.ID
    metric: str
    unit_of_measure: str
    total: Decimal
    nodes: list[PreviewNode]


def preview_of(proposed: service.ProposedPlan) -> PlanPreview:
    """Return the GraphQL object of a proposed plan."""
    return PlanPreview(
        unit_id=encode_id("OrgUnit", proposed.unit.id),
        metric=proposed.template.metric,
        unit_of_measure=proposed.template.unit_of_measure,
        total=proposed.total,
        nodes=[_preview_node(proposed, place) for place in range(len(proposed.children))],
    )


def _preview_node(proposed: service.ProposedPlan, place: int) -> PreviewNode:
    child, suggestion = proposed.children[place], proposed.suggestions[place]
    return PreviewNode(
        child_id=encode_id("Person" if child.person_id else "OrgUnit", child.id),
        name=child.name,
        suggested=suggestion.value,
        equal_share=suggestion.equal_share,
        difference=suggestion.value - suggestion.equal_share,
        factors=[
            PreviewFactor(factor=factor.key, value=factor.values[place] or Decimal(0), contribution=brought)
            for factor, brought in zip(proposed.factors, suggestion.contributions, strict=True)
        ],
    )
