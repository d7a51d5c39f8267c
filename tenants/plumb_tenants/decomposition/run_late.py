"""Levels of a published run below a node that got its part late: made by the run's own figures, under the run's own ids."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.decomposition.models import Plan, PlanRun
from plumb_tenants.decomposition.publishing import publish_locked
from plumb_tenants.decomposition.rules import PlanState, RunState
from plumb_tenants.decomposition.run_computing import RunContext, context_of, propose_level
from plumb_tenants.decomposition.run_ids import plan_id
from plumb_tenants.decomposition.run_messages import tell_of_late_level
from plumb_tenants.decomposition.run_standing import RunPlanPublished, run_of
from plumb_tenants.decomposition.run_storage import NewPlan, store_weeks, write_plans
from plumb_tenants.decomposition.runs import pinned_versions, request_of
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.goals.service import cycles_by_id

_GOALS = "select unit_id, goal_id from plan_node where plan_id = $1 and person_id is null"


async def split_late(actor: Actor, plan: Plan, freed: Sequence[StoredNode], *, bypass: str | None = None) -> None:
    """Split on what nodes of a run's published plan got late, level by level, and publish it below their goals (C82, C34).

    A node whose levels cannot be computed, such as for want of a figure below it, keeps its goal without them; the audit says
    why, whoever started the run is told, and a plan of its own splits that goal.
    """
    place = await run_of(plan.id)
    units = [node for node in freed if node.person_id is None]
    if place is None or not units:
        return
    run = await PlanRun.filter(id=place.run_id).select_for_update(no_key=True).get()
    if run.state != RunState.PUBLISHED:
        return
    request = request_of(run)
    cycle = (await cycles_by_id(actor, [run.cycle_id]))[run.cycle_id]
    context = await context_of(actor, request, await pinned_versions(actor, request), cycle)
    split = context.tree.below()
    goals = {row["unit_id"]: row["goal_id"] for row in await fetch(_GOALS, plan.id)}
    for node in units:
        if node.unit_id not in split:
            continue
        try:
            async with tenant_transaction(actor):
                await _split_on(actor, run, context, node, goal_id=goals[node.unit_id], bypass=bypass)
        except DomainError as error:
            after = {"unit_id": str(node.unit_id), "refusal": error.code, "en": error.text("en")}
            await record(actor, "plan_run.left", "plan_run", run.id, after=after)
            unit = node.unit_id, split[node.unit_id].unit.name
            await tell_of_late_level(actor, run, unit=unit, goal_id=goals[node.unit_id], refusal=error)


async def _split_on(
    actor: Actor, run: PlanRun, context: RunContext, node: StoredNode, *, goal_id: UUID, bypass: str | None
) -> None:
    """Make the levels below a node; the run itself, which is published, keeps the counts that it was published with."""
    totals, goals = {node.unit_id: node.value}, {node.unit_id: goal_id}
    cuts = {level: context.cut(level) for level in context.versions}
    for place, level in enumerate(context.tree.levels):
        plans = await asyncio.to_thread(propose_level, context, place, totals)
        if not plans:
            continue
        await _check_free(run, plans)
        await write_plans(actor, run, level[0].depth, plans)
        await store_weeks(actor, run, context.tree, plans, cuts)
        parents = {plan_id(run.id, plan.branch.unit.id): goals[plan.branch.unit.id] for plan in plans}
        totals, goals = await _publish(actor, parents, bypass)


async def _check_free(run: PlanRun, plans: Sequence[NewPlan]) -> None:
    """Refuse to write over a plan that once left the run and was published by itself; raises RUN_PLAN_PUBLISHED."""
    names = {plan_id(run.id, plan.branch.unit.id): plan.branch.unit.name for plan in plans}
    for each in await Plan.filter(id__in=list(names)).exclude(state=PlanState.DRAFT.value):
        raise RunPlanPublished(field="planId", row=each.unit_id, unit=names[each.id])


async def _publish(
    actor: Actor, parents: Mapping[UUID, UUID], bypass: str | None
) -> tuple[dict[UUID, Decimal], dict[UUID, UUID]]:
    """Publish plans, each below its goal; return the values and the goals of the units that they split over."""
    values, goals = dict[UUID, Decimal](), dict[UUID, UUID]()
    for own, parent in parents.items():
        plan = await Plan.filter(id=own).select_for_update(no_key=True).get()
        plan.parent_goal_id = parent
        await plan.save(update_fields=["parent_goal_id"])
        await publish_locked(actor, plan, bypass=bypass)
    for node in await stored_nodes(list(parents)):
        if node.person_id is None and node.goal_id is not None:
            values[node.unit_id], goals[node.unit_id] = node.value, node.goal_id
    return values, goals
