"""GraphQL of scenarios: branch a plan, promote it, and plans side by side with their fairness."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.decomposition.inputs import ChildInput, changes_of
from plumb_schema.decomposition.types import Plan, PlanPreview, preview_of
from plumb_schema.ground.connections import LARGEST_PAGE, window_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, decode_optional_id, encode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.negotiations.types import GoalRating, rating_of
from plumb_schema.reads.completion import row_of
from plumb_tenants.decomposition import service


@strawberry.input
class ScenarioChangesInput:
    """What a scenario is computed with in the place of what its plan was; what is left out stays."""

    plan_id: strawberry.ID
    template_version_id: strawberry.ID | None = None
    total: Decimal | None = None
    padding_percent: Decimal | None = None
    as_of: date | None = None
    inputs: list[ChildInput] = strawberry.field(default_factory=list)
    refresh_figures: bool = False

    def opened(self) -> service.ScenarioChanges:
        """Return the service's changes; a malformed id is answered as an unknown one."""
        return changes_of(
            self.inputs,
            template_version_id=decode_optional_id(self.template_version_id, "DefinitionVersion", field="templateVersionId"),
            total=self.total,
            padding_percent=self.padding_percent,
            as_of=self.as_of,
            refresh_figures=self.refresh_figures,
        )


@strawberry.input(
    description="情景方案 / Branch a plan; without changes it is a copy with its tunings, with any it is computed anew. "
    "`inputs` are laid over the plan's own figures; a child with nothing but its id is held no more."
)
class BranchPlanInput(ScenarioChangesInput):
    title: str


@strawberry.input(description="预览情景 / What to compute a plan anew with; `templateVersionId` may name a draft.")
class PreviewScenarioInput(ScenarioChangesInput):
    pass


@strawberry.input(description="情景转正 / Put a scenario in its plan's place; both versions say what the caller has seen.")
class PromoteScenarioInput:
    plan_id: strawberry.ID
    version: int
    origin_version: int
    bypass: str | None = None


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
    loads: list[PlanLoad] = strawberry.field(
        description="各下级负荷 / Of the page's children that this plan has, in the order of `nodes`."
    )


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


@tenant_type(needs=Permission.PLAN_WRITE, description="节点变化 / What a scenario would change for one child.")
class ScenarioDelta:
    child_id: strawberry.ID
    name: str
    value: Decimal = strawberry.field(description="现值 / What the plan gives now, its tunings included.")
    suggested: Decimal = strawberry.field(description="新建议值 / What the scenario would give.")
    delta: Decimal = strawberry.field(description="差额 / `suggested` less `value`.")


@tenant_type(needs=Permission.PLAN_WRITE, description="情景预览 / A scenario as it would be; nothing is written.")
class ScenarioPreview:
    plan_id: strawberry.ID
    deltas: list[ScenarioDelta] = strawberry.field(description="各节点的变化 / What changes for each child.")
    preview: PlanPreview = strawberry.field(description="预览 / The whole of it, with factors, steps and months.")


@strawberry.type
class ScenarioMutation:
    @mutation(needs=Permission.PLAN_WRITE, description="创建情景方案 / Branch a plan; the live one stays as it is.")
    async def branch_plan(self, info: Info, input: BranchPlanInput) -> Plan:
        plan_id = decode_id(input.plan_id, "Plan", field="planId")
        made = await service.branch_plan(info.context.caller, plan_id=plan_id, title=input.title, changes=input.opened())
        return row_of(Plan, made.id)

    @mutation(needs=Permission.PLAN_PUBLISH, description="情景转正 / Promote a scenario at once; published goals are revised.")
    async def promote_scenario(self, info: Info, input: PromoteScenarioInput) -> Plan:
        live = await service.promote_scenario(
            info.context.caller,
            plan_id=decode_id(input.plan_id, "Plan", field="planId"),
            version=input.version,
            origin_version=input.origin_version,
            bypass=input.bypass,
        )
        return row_of(Plan, live.id)


@strawberry.type
class ScenarioQuery:
    @field(
        needs=Permission.PLAN_WRITE,
        description="预览情景 / What other parameters would change for the children of a live plan, those behind `skip`.",
    )
    async def preview_scenario(
        self, info: Info, input: PreviewScenarioInput, *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> ScenarioPreview:
        window = window_of(first, skip)
        plan_id = decode_id(input.plan_id, "Plan", field="planId")
        found = await service.preview_scenario(info.context.caller, plan_id=plan_id, changes=input.opened())
        return _preview_of(found, window)

    @field(
        needs=Permission.PLAN_READ,
        description="方案对比 / Plans of one unit side by side, with fairness and the differences of the children behind `skip`.",
    )
    async def compare_plans(
        self, info: Info, plan_ids: list[strawberry.ID], *, skip: int = 0, first: int = LARGEST_PAGE
    ) -> PlanComparison:
        window = window_of(first, skip)
        ids = [decode_id(each, "Plan", field=f"planIds[{place}]") for place, each in enumerate(plan_ids)]
        return _comparison_of(await service.compare_plans(info.context.caller, ids, window))


def _preview_of(found: service.ScenarioPreview, window: slice) -> ScenarioPreview:
    preview = preview_of(found.proposed, window)
    return ScenarioPreview(
        plan_id=encode_id("Plan", found.plan_id),
        deltas=[
            ScenarioDelta(child_id=node.child_id, name=node.name, value=now, suggested=node.suggested, delta=delta)
            for node, now, delta in zip(preview.nodes, found.values[window], found.deltas[window], strict=True)
        ],
        preview=preview,
    )


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
