"""GraphQL types of proofs: the explanation of one number, and the reconciliation of a plan with all below it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import LARGEST_PAGE, window_of
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.decomposition import service

strawberry.enum(service.OriginKind, name="FigureOrigin", description="数据来源 / What a figure of a plan is taken from.")
strawberry.enum(service.AdjustmentKind, description="调整来源 / Who moved a value off the suggestion.")


@tenant_type(needs=Permission.GOAL_READ, description="因子占比 / What one factor brought to the value.")
class FactorShare:
    key: str
    name: str
    weight: Decimal | None
    value: Decimal | None
    whole: Decimal | None = strawberry.field(description="合计 / The sum of the factor over all children.")
    share: Decimal | None = strawberry.field(description="占比 / The value over the whole, to six places.")
    average_share: Decimal | None
    contribution: Decimal


@tenant_type(needs=Permission.GOAL_READ, description="数据项 / A figure behind the factors, and what it was taken from.")
class PlanFigure:
    name: str
    value: Decimal | None
    origin: service.OriginKind
    metric: str | None
    definition_version_id: strawberry.ID | None
    starts_on: date | None
    ends_on: date | None
    submission_id: strawberry.ID | None
    as_of: datetime | None
    stale: bool


@tenant_type(needs=Permission.GOAL_READ, description="调整 / A step from the suggestion to the value.")
class Adjustment:
    kind: service.AdjustmentKind
    amount: Decimal
    reason: str | None
    at: datetime | None


@tenant_type(needs=Permission.GOAL_READ, description="在岗时段 / Days in a row that somebody was there, both included.")
class PresenceSpell:
    first: date
    last: date


@tenant_type(
    needs=Permission.GOAL_READ, description="在岗工作日 / For how many of the cycle's working days somebody was there, and when."
)
class Presence:
    working_days: int
    of_days: int
    spells: list[PresenceSpell]


@tenant_type(
    needs=Permission.GOAL_READ, description="推导 / How a number came about; contributions and adjustments add up to it exactly."
)
class Explanation:
    plan_id: strawberry.ID
    node_id: strawberry.ID
    goal_id: strawberry.ID | None
    parent_goal_id: strawberry.ID | None
    template_version_id: strawberry.ID
    template_name: str
    template_number: int
    metric: str
    unit_of_measure: str
    weight_set: str | None = strawberry.field(description="权重组 / The weight set that held; null under the default weights.")
    total: Decimal | None = strawberry.field(
        description="总额 / What was split; null, as shares and numbers are, where it would tell of an over-assignment above."
    )
    children: int | None
    suggested: Decimal
    equal_share: Decimal | None
    factors: list[FactorShare]
    figures: list[PlanFigure]
    adjustments: list[Adjustment]
    presence: Presence | None = strawberry.field(description="在岗 / What a part was prorated by; null where it was not.")
    value: Decimal = strawberry.field(
        description="数值 / What came about; of a goal whose metric was replaced, what its plan gave it, in the plan's unit."
    )
    average: Decimal = strawberry.field(description="平均值 / The average of what the split suggests for all children.")
    above_average: Decimal
    replayed: Decimal = strawberry.field(description="重算值 / The value computed again from the stored figures.")
    holds: bool = strawberry.field(description="是否一致 / Whether the value computed again is the stored one.")


@tenant_type(needs=Permission.PLAN_READ, description="差错 / A sum that does not hold.")
class ReconciliationFault:
    code: str
    object_id: strawberry.ID
    difference: Decimal


@tenant_type(
    needs=Permission.PLAN_READ, description="方案对账 / assigned + gap + residual = total; a sound plan has no residual."
)
class PlanBalance:
    plan_id: strawberry.ID
    depth: int
    nodes: int
    total: Decimal
    assigned: Decimal
    gap: Decimal
    residual: Decimal
    fault_count: int = strawberry.field(description="差错数 / How many sums do not hold.")
    found: strawberry.Private[tuple[service.Fault, ...]]

    @field(description="差错 / The sums that do not hold, behind `skip`.")
    def faults(self, *, skip: int = 0, first: int = LARGEST_PAGE) -> list[ReconciliationFault]:
        return [_fault(each) for each in self.found[window_of(first, skip)]]


@tenant_type(needs=Permission.PLAN_READ, description="层级对账 / All plans of one depth together.")
class LevelBalance:
    depth: int
    plans: int
    nodes: int
    total: Decimal
    assigned: Decimal
    gap: Decimal
    residual: Decimal


@tenant_type(needs=Permission.PLAN_READ, description="对账 / A plan and every published plan below it, to the cent.")
class Reconciliation:
    holds: bool
    levels: list[LevelBalance]
    plans: list[PlanBalance]


def explanation_of(found: service.Explanation) -> Explanation:
    """Return the GraphQL object of an explanation."""
    return Explanation(
        plan_id=encode_id("Plan", found.plan_id),
        node_id=encode_id("PlanNode", found.node_id),
        goal_id=encode_id("Goal", found.goal_id) if found.goal_id else None,
        parent_goal_id=encode_id("Goal", found.parent_goal_id) if found.parent_goal_id else None,
        template_version_id=encode_id("DefinitionVersion", found.template_version_id),
        template_name=found.template_name,
        template_number=found.template_number,
        metric=found.metric,
        unit_of_measure=found.unit_of_measure,
        weight_set=found.weight_set,
        total=found.total,
        children=found.children,
        suggested=found.suggested,
        equal_share=found.equal_share,
        factors=[_share(factor) for factor in found.factors],
        figures=figures_shown(found.figures),
        adjustments=[
            Adjustment(kind=step.kind, amount=step.amount, reason=step.reason, at=step.at) for step in found.adjustments
        ],
        presence=presence_shown(found.presence),
        value=found.value,
        average=found.average,
        above_average=found.above_average,
        replayed=found.replayed,
        holds=found.holds,
    )


def figures_shown(found: Sequence[service.ExplainedFigure]) -> list[PlanFigure]:
    """Return the GraphQL objects of figures."""
    return [_figure(each) for each in found]


def _figure(found: service.ExplainedFigure) -> PlanFigure:
    origin = found.origin
    return PlanFigure(
        name=found.name,
        value=found.value,
        origin=origin.kind,
        metric=origin.metric,
        definition_version_id=encode_id("DefinitionVersion", origin.version_id) if origin.version_id else None,
        starts_on=origin.starts_on,
        ends_on=origin.ends_on,
        submission_id=encode_id("Submission", origin.submission_id) if origin.submission_id else None,
        as_of=origin.as_of,
        stale=origin.stale,
    )


def presence_shown(found: service.Presence | None) -> Presence | None:
    """Return the GraphQL object of a presence."""
    if found is None:
        return None
    spells = [PresenceSpell(first=each.first, last=each.last) for each in found.spells]
    return Presence(working_days=found.working_days, of_days=found.of_days, spells=spells)


def _share(factor: service.FactorShare) -> FactorShare:
    return FactorShare(
        key=factor.key,
        name=factor.name,
        weight=factor.weight,
        value=factor.value,
        whole=factor.whole,
        share=factor.share,
        average_share=factor.average_share,
        contribution=factor.contribution,
    )


def reconciliation_of(found: service.Reconciliation, window: slice) -> Reconciliation:
    """Return the GraphQL object of a reconciliation with those of its plans that were asked for."""
    return Reconciliation(
        holds=found.holds,
        levels=[_level(level) for level in found.levels],
        plans=[_balance(plan) for plan in found.plans[window]],
    )


def _level(level: service.LevelBalance) -> LevelBalance:
    return LevelBalance(
        depth=level.depth,
        plans=level.plans,
        nodes=level.nodes,
        total=level.total,
        assigned=level.assigned,
        gap=level.gap,
        residual=level.residual,
    )


def _balance(plan: service.PlanBalance) -> PlanBalance:
    return PlanBalance(
        plan_id=encode_id("Plan", plan.plan_id),
        depth=plan.depth,
        nodes=plan.nodes,
        total=plan.total,
        assigned=plan.assigned,
        gap=plan.gap,
        residual=plan.residual,
        fault_count=len(plan.faults),
        found=plan.faults,
    )


def _fault(fault: service.Fault) -> ReconciliationFault:
    kind = "Plan" if fault.code == "PLAN_TOTAL" else "PlanNode"
    return ReconciliationFault(code=fault.code, object_id=encode_id(kind, fault.object_id), difference=fault.difference)
