"""GraphQL of scenarios: branch a plan, promote it, and plans side by side with their fairness."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.decomposition.inputs import ChildInput, changes_of
from plumb_schema.decomposition.types import Plan
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.negotiations.types import GoalRating, rating_of
from plumb_schema.reads.completion import row_of
from plumb_tenants.decomposition import service


@strawberry.input(
    description="情景方案 / Branch a plan; without changes it is a copy with its tunings, with any it is computed anew. "
    "`inputs` are laid over the plan's own figures; a child with nothing but its id is held no more."
)
class BranchPlanInput:
    plan_id: strawberry.ID
    title: str
    template_version_id: strawberry.ID | None = None
    total: Decimal | None = None
    padding_percent: Decimal | None = None
    as_of: date | None = None
    inputs: list[ChildInput] = strawberry.field(default_factory=list)
    refresh_figures: bool = False


@strawberry.input(description="情景转正 / Put a scenario in its plan's place; both versions say what the caller has seen.")
class PromoteScenarioInput:
    plan_id: strawberry.ID
    version: int
    origin_version: int


@tenant_type(needs=Permission.PLAN_READ, description="负荷 / What a child carries beside its potential; above 1 is more.")
class PlanLoad:
    share: Decimal
    potential: Decimal
    ratio: Decimal | None


@tenant_type(needs=Permission.PLAN_READ, description="公平性 / How far values and loads lie apart; deviation over mean.")
class PlanFairness:
    mean: Decimal
    dispersion: Decimal
    load_dispersion: Decimal
    spread: Decimal | None
    loads: list[PlanLoad]


@tenant_type(needs=Permission.PLAN_READ, description="对比方案 / One plan of a comparison.")
class ComparedPlan:
    plan_id: strawberry.ID
    title: str
    total: Decimal
    assigned: Decimal
    gap: Decimal
    fairness: PlanFairness


@tenant_type(needs=Permission.PLAN_READ, description="对比节点 / What each plan gives one child; deltas to the first.")
class ComparedNode:
    child_id: strawberry.ID
    name: str
    values: list[Decimal | None]
    deltas: list[Decimal]
    ratings: list[GoalRating | None] = strawberry.field(description="目标评分 / Of the goal that each plan became, if any.")


@tenant_type(needs=Permission.PLAN_READ, description="方案对比 / Plans of one unit side by side.")
class PlanComparison:
    plans: list[ComparedPlan]
    nodes: list[ComparedNode]


@strawberry.type
class ScenarioMutation:
    @mutation(needs=Permission.PLAN_WRITE, description="创建情景方案 / Branch a plan; the live one stays as it is.")
    async def branch_plan(self, info: Info, input: BranchPlanInput) -> Plan:
        plan_id = decode_id(input.plan_id, "Plan", field="planId")
        version = input.template_version_id
        changes = changes_of(
            input.inputs,
            template_version_id=decode_optional_id(version, "DefinitionVersion", field="templateVersionId"),
            total=input.total,
            padding_percent=input.padding_percent,
            as_of=input.as_of,
            refresh_figures=input.refresh_figures,
        )
        made = await service.branch_plan(info.context.caller, plan_id=plan_id, title=input.title, changes=changes)
        return row_of(Plan, made.id)

    @mutation(needs=Permission.PLAN_PUBLISH, description="情景转正 / Promote a scenario at once; published goals are revised.")
    async def promote_scenario(self, info: Info, input: PromoteScenarioInput) -> Plan:
        live = await service.promote_scenario(
            info.context.caller,
            plan_id=decode_id(input.plan_id, "Plan", field="planId"),
            version=input.version,
            origin_version=input.origin_version,
        )
        return row_of(Plan, live.id)


@strawberry.type
class ScenarioQuery:
    @field(needs=Permission.PLAN_READ, description="方案对比 / Plans of one unit side by side, with fairness and differences.")
    async def compare_plans(self, info: Info, plan_ids: list[strawberry.ID]) -> PlanComparison:
        ids = [decode_id(each, "Plan", field=f"planIds[{place}]") for place, each in enumerate(plan_ids)]
        return _comparison_of(await service.compare_plans(info.context.caller, ids))


def _comparison_of(found: service.PlanComparison) -> PlanComparison:
    return PlanComparison(
        plans=[
            ComparedPlan(
                plan_id=encode_id("Plan", each.plan.id),
                title=each.plan.title,
                total=each.plan.total,
                assigned=each.assigned,
                gap=each.gap,
                fairness=PlanFairness(
                    mean=each.fairness.mean,
                    dispersion=each.fairness.dispersion,
                    load_dispersion=each.fairness.load_dispersion,
                    spread=each.fairness.spread,
                    loads=[
                        PlanLoad(share=load.share, potential=load.potential, ratio=load.ratio) for load in each.fairness.loads
                    ],
                ),
            )
            for each in found.plans
        ],
        nodes=[
            ComparedNode(
                child_id=encode_id("Person" if node.is_person else "OrgUnit", node.child_id),
                name=node.name,
                values=list(node.values),
                deltas=list(node.deltas),
                ratings=[rating_of(each) if each else None for each in node.ratings],
            )
            for node in found.nodes
        ],
    )
