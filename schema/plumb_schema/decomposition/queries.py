"""Queries of decomposition: plans, a preview, the explanation of a number, the reconciliation of a plan."""

from typing import Annotated

import strawberry

from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_schema.decomposition.comparisons import RunComparison, run_comparison_of
from plumb_schema.decomposition.inputs import CreatePlanInput, request_of
from plumb_schema.decomposition.proofs import Explanation, Reconciliation, explanation_of, reconciliation_of
from plumb_schema.decomposition.types import Plan, PlanPreview, PlanRun, PlanWeek, preview_of
from plumb_schema.ground.connections import LARGEST_PAGE, check_window, window_of
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, split_id
from plumb_schema.ground.permission import field
from plumb_schema.reads.classes import connection, single
from plumb_tenants.decomposition import service

GlobalId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.type
class DecompositionQuery:
    plans = connection(Plan, description="拆解方案列表 / The plans that the caller may read, oldest first.")
    plan = single(Plan, description="拆解方案 / One plan.")
    plan_runs = connection(PlanRun, description="全层级拆解列表 / The runs that the caller may read, oldest first.")
    plan_run = single(PlanRun, description="全层级拆解 / One run, with its progress.")
    plan_weeks = connection(PlanWeek, description="周计划列表 / One's own weekly plans and those below, the earliest first.")

    @field(
        needs=Permission.PLAN_WRITE,
        description="预览拆解 / What a plan would be, the equal split beside it; the nodes behind `skip`.",
    )
    async def preview_plan(self, info: Info, input: CreatePlanInput, *, skip: int = 0, first: int = LARGEST_PAGE) -> PlanPreview:
        window = window_of(first, skip)
        return preview_of(await service.preview_plan(info.context.caller, request_of(input)), window)

    @field(needs=Permission.GOAL_READ, description="推导 / How the number of a goal or of a plan node came about.")
    async def explain(self, info: Info, object_id: GlobalId) -> Explanation:
        kind, key = split_id(object_id) or ("", None)
        if key is None or kind not in ("Goal", "PlanNode"):
            raise NotFound(field="id")
        explain = service.explain_goal if kind == "Goal" else service.explain_node
        return explanation_of(await explain(info.context.caller, key))

    @field(
        needs=Permission.PLAN_READ,
        description="对账 / Whether a plan and all below it add up to the cent: all levels, and the plans behind `skip`.",
    )
    async def reconcile(self, info: Info, plan_id: strawberry.ID, *, skip: int = 0, first: int = LARGEST_PAGE) -> Reconciliation:
        window = window_of(first, skip)
        found = await service.reconcile_plan(info.context.caller, decode_id(plan_id, "Plan", field="planId"))
        return reconciliation_of(found, window)

    @field(
        needs=Permission.PLAN_READ,
        description="方法对账 / Two runs of one goal side by side, such as from top and bottom: all levels, and the children "
        "of all of them or of the one of `depth`, behind `skip`.",
    )
    async def compare_runs(
        self,
        info: Info,
        first_id: strawberry.ID,
        second_id: strawberry.ID,
        *,
        depth: int | None = None,
        skip: int = 0,
        first: int = LARGEST_PAGE,
    ) -> RunComparison:
        check_window(first, skip)
        ids = {"first_id": decode_id(first_id, "PlanRun", field="firstId")}
        ids["second_id"] = decode_id(second_id, "PlanRun", field="secondId")
        return run_comparison_of(await service.compare_runs(info.context.caller, **ids, depth=depth, skip=skip, limit=first))
