"""Discarding what was worked on in vain: a draft plan, an open scenario, or a run with its plans; what became goals stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch, fetch_value
from plumb_platform.errors import Conflict, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.access import access_plan, access_run
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.publishing import PlanPublished
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_standing import check_changeable
from plumb_tenants.decomposition.run_storage import delete_plans
from plumb_tenants.decomposition.unblocking import PlanOfRun

# Scenarios of promoted ones are of before they were refused; each is deleted before what it was branched from.
_BRANCHES = """
with recursive below as (
  select id, title, state, 1 as depth from plan where branch_of = any($1::uuid[])
  union all select p.id, p.title, p.state, b.depth + 1 from below b join plan p on p.branch_of = b.id
)
select id, title, state, depth from below order by depth desc, id
"""


class ScenarioPromoted(Refused):
    """A scenario that was promoted is where the live numbers came from."""

    code = "SCENARIO_PROMOTED"
    zh = "该情景方案已转正，作为现行数额的来历保留，不能丢弃。"
    en = "This scenario was promoted; it stays as the record of where the live numbers came from."


class PlanHasScenarios(Refused, tells={"titles": "Plan.title"}):
    """A scenario stands beside the plan that it was branched from."""

    code = "PLAN_HAS_SCENARIOS"
    zh = "该方案还有未了结的情景方案：{titles}。请先将其转正（promoteScenario）或丢弃（discardPlan）。"
    en = "Open scenarios were branched from this plan: {titles}. Promote (promoteScenario) or discard (discardPlan) them first."


@dataclass(frozen=True, slots=True)
class Discarded:
    """What is no more: the plan's id, what it was called, and how many nodes it had."""

    plan_id: UUID
    title: str
    nodes: int


@dataclass(frozen=True, slots=True)
class DiscardedRun:
    """What is no more: the run's id, what it was called, and how many plans and nodes it had."""

    run_id: UUID
    title: str
    plans: int
    nodes: int


async def discard_plan(actor: Actor, *, plan_id: UUID, version: int) -> Discarded:
    """Delete a draft plan, or a scenario that was not promoted, with its nodes; the audit keeps what it was.

    Scenarios that were promoted into a draft go with it. A plan of a run is computed anew, and discarded, with its run.
    """
    plan = await access_plan(actor, plan_id, Permission.PLAN_WRITE, lock=True)
    _refuse_kept(plan)
    branches = await _branches([plan.id], field="planId")
    if plan.version != version:
        raise Conflict(current_version=plan.version)
    nodes = await _delete(actor, [plan.id], branches)
    before = {"title": plan.title, "state": plan.state, "total": str(plan.total), "nodes": nodes, "unit_id": str(plan.unit_id)}
    before |= {"template_version_id": str(plan.definition_version_id), "scenarios": [str(each) for each in branches]}
    await record(actor, "plan.discard", "plan", plan.id, before=before)
    return Discarded(plan.id, plan.title, nodes)


async def discard_run(actor: Actor, *, run_id: UUID, version: int) -> DiscardedRun:
    """Delete a run that was not published, with its plans, their nodes and weeks; the audit keeps what it was.

    A job of it that is still to come finds nothing to do. A plan that left the run, because a scenario was branched from it,
    stays a draft of its own. Raises RUN_PUBLISHED, RUN_PLAN_PUBLISHED, and PLAN_HAS_SCENARIOS for open ones of its plans.
    """
    run = await access_run(actor, run_id, Permission.PLAN_WRITE, lock=True)
    await check_changeable(actor, run, version)
    plans = [row["id"] for row in await fetch("select id from plan where run_id = $1 order by depth, id", run.id)]
    branches = await _branches(plans, field="runId")
    nodes = await _delete(actor, plans, branches)
    await execute("delete from plan_run where tenant_id = $1 and id = $2", actor.tenant_id, run.id)
    before: dict[str, Any] = {"title": run.title, "state": run.state, "total": str(run.total), "method": run.method}
    before |= {"unit_id": str(run.unit_id), "cycle_id": str(run.cycle_id), "plans": len(plans), "nodes": nodes}
    before |= {"units_version_id": str(run.units_version_id), "people_version_id": str(run.people_version_id)}
    await record(actor, "plan_run.discard", "plan_run", run.id, before=before)
    return DiscardedRun(run.id, run.title, len(plans), nodes)


async def _branches(plan_ids: Sequence[UUID], *, field: str) -> list[UUID]:
    """Return what was branched from plans, each before what it was branched from; raises PLAN_HAS_SCENARIOS for open ones."""
    branches = await fetch(_BRANCHES, list(plan_ids))
    scenarios = {row["id"]: row["title"] for row in branches if row["state"] != PlanState.PROMOTED}
    if scenarios:
        named = list(scenarios)[:3]
        titles = "、".join(scenarios[each] for each in named) + ("…" if len(scenarios) > 3 else "")
        raise PlanHasScenarios(field=field, row=named, titles=titles)
    return [row["id"] for row in branches]


async def _delete(actor: Actor, plan_ids: Sequence[UUID], branches: Sequence[UUID]) -> int:
    """Delete plans and what was branched from them; return how many nodes the plans had."""
    nodes: int = await fetch_value("select count(*) from plan_node where plan_id = any($1::uuid[])", list(plan_ids))
    for each in branches:
        await delete_plans(actor, [each])
    await delete_plans(actor, plan_ids)
    return nodes


def _refuse_kept(plan: Plan) -> None:
    if plan.state == PlanState.PUBLISHED:
        raise PlanPublished(field="planId")
    if plan.state == PlanState.PROMOTED:
        raise ScenarioPromoted(field="planId")
    if plan.run_id is not None:
        raise PlanOfRun(field="planId")
