"""GraphQL types of plans: the plan, its nodes, and the preview that shows what a plan would be."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

import plumb_schema.definitions.types
import plumb_schema.goals.types  # noqa: F401 - its relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.decomposition.proofs import PlanFigure, Presence, figures_shown, presence_shown
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.decomposition import service
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.run_resources import PLAN_RUN, PLAN_WEEK
from plumb_tenants.forms.service import ReportState

strawberry.enum(service.StepKind, description="拆解步骤 / What moved a part away from what the factors alone give.")
strawberry.enum(ReportState, description="报告状态 / Why a report that work waits for does not count yet.")
strawberry.enum(service.RunState, description="全层级拆解状态 / Where a run through all levels stands.")
strawberry.enum(service.PlanState, description="方案状态 / A plan is worked on, then published for good.")


@of(PLAN)
class Plan(Node):
    pass


@tenant_type(needs=Permission.PLAN_READ, description="节点月份 / What the season gives one month of a node's value.")
class PlanNodeMonth:
    month: date
    target: Decimal


@of(PLAN_NODE)
class PlanNode(Node):
    @field(description="分月 / The value over the months of the cycle as its goal has them, before it is published too.")
    def months(self: Any) -> list[PlanNodeMonth]:
        cycle = (date.fromisoformat(self.uses("months.starts_on")), date.fromisoformat(self.uses("months.ends_on")))
        value = Decimal(self.uses("months.value"))
        months = service.node_months(value, self.uses("months.given"), self.uses("months.season"), cycle)
        return [PlanNodeMonth(month=day, target=part) for day, part in months]


@of(PLAN_RUN)
class PlanRun(Node):
    pass


@of(PLAN_WEEK)
class PlanWeek(Node):
    pass


@tenant_type(needs=Permission.PLAN_WRITE, description="预览因子 / A factor's value for one child, and what it would bring.")
class PreviewFactor:
    factor: str
    value: Decimal | None
    contribution: Decimal


@tenant_type(needs=Permission.PLAN_WRITE, description="预览步骤 / What one step moves a child's part by.")
class PreviewStep:
    kind: service.StepKind
    amount: Decimal


@tenant_type(needs=Permission.PLAN_WRITE, description="预览月份 / What the season gives one month of a child's part.")
class PreviewMonth:
    month: date
    target: Decimal


@tenant_type(needs=Permission.PLAN_WRITE, description="预览节点 / What one child would get, the equal split beside it.")
class PreviewNode:
    child_id: strawberry.ID
    name: str
    suggested: Decimal
    equal_share: Decimal
    difference: Decimal = strawberry.field(description="与平均值之差 / The suggestion less the equal share.")
    factors: list[PreviewFactor]
    figures: list[PlanFigure]
    weight_set: str | None = strawberry.field(description="权重组 / The weight set that holds; null: the default weights.")
    months: list[PreviewMonth] = strawberry.field(description="分月 / The suggestion over the cycle's months, by the season.")
    steps: list[PreviewStep] = strawberry.field(description="步骤 / What coefficients, holds, ramps and reports move.")
    presence: Presence | None = strawberry.field(description="在岗 / What the part is prorated by; null where it is not.")
    blocked: ReportState | None = strawberry.field(description="阻塞 / Why the part would stay open; null: it would not.")
    missing: list[str] = strawberry.field(description="缺少的字段 / The labels of the fields that the portrait report lacks.")


@tenant_type(needs=Permission.PLAN_WRITE, description="拆解预览 / A plan as it would be; nothing is written.")
class PlanPreview:
    unit_id: strawberry.ID
    metric: str
    unit_of_measure: str
    total: Decimal
    gap: Decimal = strawberry.field(description="差额 / What ramps and missing reports leave open, less the padding.")
    nodes: list[PreviewNode]


@tenant_type(needs=Permission.PLAN_WRITE, description="已丢弃的方案 / A plan or scenario that is no more.")
class DiscardedPlan:
    plan_id: strawberry.ID
    title: str
    nodes: int = strawberry.field(description="节点数 / How many nodes went with it.")


@tenant_type(needs=Permission.PLAN_WRITE, description="已丢弃的全层级拆解 / A run that is no more.")
class DiscardedRun:
    run_id: strawberry.ID
    title: str
    plans: int = strawberry.field(description="方案数 / How many plans went with it.")
    nodes: int = strawberry.field(description="节点数 / How many nodes went with it.")


def preview_of(proposed: service.ProposedPlan, window: slice) -> PlanPreview:
    """Return the GraphQL object of a proposed plan with those of its nodes that were asked for."""
    places = range(len(proposed.children))[window]
    months = service.proposed_months(proposed, places)
    return PlanPreview(
        unit_id=encode_id("OrgUnit", proposed.unit.id),
        metric=proposed.template.metric,
        unit_of_measure=proposed.template.unit_of_measure,
        total=proposed.total,
        gap=proposed.total - sum(proposed.suggestions.values, Decimal("0.00")),
        nodes=[_preview_node(proposed, place, said) for place, said in zip(places, months, strict=True)],
    )


def _preview_node(proposed: service.ProposedPlan, place: int, months: Sequence[tuple[date, Decimal]]) -> PreviewNode:
    gap, suggestion = proposed.given[place].blocked, proposed.suggestions[place]
    child, chosen = proposed.children[place], proposed.split.chosen[place]
    return PreviewNode(
        child_id=encode_id("Person" if child.person_id else "OrgUnit", child.id),
        name=child.name,
        suggested=suggestion.value,
        equal_share=suggestion.equal_share,
        difference=suggestion.value - suggestion.equal_share,
        factors=[
            PreviewFactor(factor=factor.key, value=factor.values[place], contribution=brought)
            for factor, brought in zip(proposed.factors, suggestion.contributions, strict=True)
        ],
        figures=figures_shown(service.figures_explained(proposed.template, proposed.figures[place], proposed.given[place])),
        weight_set=chosen.key if chosen else None,
        months=[PreviewMonth(month=day, target=part) for day, part in months],
        steps=[PreviewStep(kind=kind, amount=amount) for kind, amount in suggestion.moved.items()],
        presence=presence_shown(service.presence_of(proposed.given[place], proposed.frame.days)),
        blocked=gap.state if gap else None,
        missing=list(gap.missing) if gap else [],
    )
