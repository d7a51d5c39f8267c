"""GraphQL types of plans: the plan, its nodes, and the preview that shows what a plan would be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import Node, encode_id, readable_node
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.decomposition import service

strawberry.enum(service.PlanState, description="方案状态 / A plan is worked on, then published for good.")


@tenant_type(needs=Permission.PLAN_READ, description="因子明细 / A factor's value for one child, and what it brought.")
class FactorPart:
    factor: str
    value: Decimal
    contribution: Decimal


@tenant_type(needs=Permission.PLAN_READ, description="拆解节点 / One child's part of a plan.")
class PlanNode(Node):
    ordinal: int
    unit_id: strawberry.ID
    person_id: strawberry.ID | None
    suggested: Decimal = strawberry.field(description="建议值 / What the factors suggest.")
    equal_share: Decimal = strawberry.field(description="平均值 / What an equal split would give.")
    value: Decimal = strawberry.field(description="当前值 / What stands.")
    factors: list[FactorPart]
    reason: str | None
    tuned_at: datetime | None
    goal_id: strawberry.ID | None
    version: int
    row: strawberry.Private[service.PlanNode]

    @field(description="名称 / The name of the unit or the person.")
    async def name(self, info: Info) -> str | None:
        person_id = self.row.person_id
        loader, key = ("person_names", person_id) if person_id else ("unit_names", self.row.unit_id)
        name: str | None = await info.context.load(loader, key)
        return name


@tenant_type(needs=Permission.PLAN_READ, description="拆解方案 / One run of a template over the children of a unit.")
class Plan(Node):
    cycle_id: strawberry.ID
    template_version_id: strawberry.ID
    unit_id: strawberry.ID
    parent_goal_id: strawberry.ID | None
    title: str
    metric: str
    unit_of_measure: str
    total: Decimal
    state: service.PlanState
    created_at: datetime
    published_at: datetime | None
    version: int

    @field(description="节点 / Its nodes in their order.")
    async def nodes(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[PlanNode]:
        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.PlanNode]:
            ordinal = behind[0] if behind else None
            last = ordinal if isinstance(ordinal, int) else None
            return await service.list_nodes(info.context.caller, plan_id=self.uuid, after=last, limit=limit)

        place = f"plan_nodes:{self.uuid}"
        return await page(info.context, read, place=place, key=lambda row: (row.ordinal,), node=node_of, first=first, after=after)


@tenant_type(needs=Permission.PLAN_WRITE, description="预览节点 / What one child would get, the equal split beside it.")
class PreviewNode:
    child_id: strawberry.ID
    name: str
    suggested: Decimal
    equal_share: Decimal
    difference: Decimal = strawberry.field(description="与平均值之差 / The suggestion less the equal share.")
    factors: list[FactorPart]


@tenant_type(needs=Permission.PLAN_WRITE, description="拆解预览 / A plan as it would be; nothing is written.")
class PlanPreview:
    unit_id: strawberry.ID
    metric: str
    unit_of_measure: str
    total: Decimal
    nodes: list[PreviewNode]


def plan_of(row: service.Plan) -> Plan:
    """Return the GraphQL object of a plan."""
    return Plan(
        uuid=row.id,
        cycle_id=encode_id("Cycle", row.cycle_id),
        template_version_id=encode_id("DefinitionVersion", row.definition_version_id),
        unit_id=encode_id("OrgUnit", row.unit_id),
        parent_goal_id=encode_id("Goal", row.parent_goal_id) if row.parent_goal_id else None,
        title=row.title,
        metric=row.metric,
        unit_of_measure=row.unit_of_measure,
        total=row.total,
        state=service.PlanState(row.state),
        created_at=row.created_at,
        published_at=row.published_at,
        version=row.version,
    )


def node_of(row: service.PlanNode) -> PlanNode:
    """Return the GraphQL object of a node."""
    contributions: Mapping[str, str] = row.derivation["contributions"]
    return PlanNode(
        uuid=row.id,
        row=row,
        ordinal=row.ordinal,
        unit_id=encode_id("OrgUnit", row.unit_id),
        person_id=encode_id("Person", row.person_id) if row.person_id else None,
        suggested=row.suggested,
        equal_share=row.equal_share,
        value=row.value,
        factors=[
            FactorPart(factor=key, value=Decimal(row.factors[key]), contribution=Decimal(amount))
            for key, amount in contributions.items()
        ],
        reason=row.reason,
        tuned_at=row.tuned_at,
        goal_id=encode_id("Goal", row.goal_id) if row.goal_id else None,
        version=row.version,
    )


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
            FactorPart(factor=factor.key, value=factor.values[place] or Decimal(0), contribution=brought)
            for factor, brought in zip(proposed.factors, suggestion.contributions, strict=True)
        ],
    )


@readable_node("Plan")
async def read_plan(context: Context, key: UUID) -> Plan | None:
    """Read a plan that the caller may read."""
    try:
        return plan_of(await service.get_plan(context.caller, key))
    except NotFound:
        return None


@readable_node("PlanNode")
async def read_node(context: Context, key: UUID) -> PlanNode | None:
    """Read a node of a plan that the caller may read."""
    try:
        return node_of(await service.get_node(context.caller, key))
    except NotFound:
        return None
