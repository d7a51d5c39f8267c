"""Discarding what was worked on in vain: a draft plan or an open scenario goes, with its nodes; what became goals stays."""

from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch, fetch_value
from plumb_platform.errors import Conflict, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.publishing import PlanPublished
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_storage import delete_plans
from plumb_tenants.decomposition.unblocking import PlanOfRun

# Scenarios of promoted ones are of before they were refused; each is deleted before what it was branched from.
_BRANCHES = """
with recursive below as (
  select id, title, state, 1 as depth from plan where branch_of = $1
  union all select p.id, p.title, p.state, b.depth + 1 from below b join plan p on p.branch_of = b.id
)
select id, title, state, depth from below order by depth desc, id
"""


class ScenarioPromoted(Refused):
    """A scenario that was promoted is where the live numbers came from."""

    code = "SCENARIO_PROMOTED"
    zh = "该情景方案已转正，作为现行数额的来历保留，不能丢弃。"
    en = "This scenario was promoted; it stays as the record of where the live numbers came from."


class PlanHasScenarios(Refused):
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


async def discard_plan(actor: Actor, *, plan_id: UUID, version: int) -> Discarded:
    """Delete a draft plan, or a scenario that was not promoted, with its nodes; the audit keeps what it was.

    Scenarios that were promoted into a draft go with it. A plan of a run is computed anew with its run and not discarded alone.
    """
    plan = await access_plan(actor, plan_id, Permission.PLAN_WRITE, lock=True)
    branches = await fetch(_BRANCHES, plan.id)
    _refuse_kept(plan, [row["title"] for row in branches if row["state"] != PlanState.PROMOTED])
    if plan.version != version:
        raise Conflict(current_version=plan.version)
    nodes: int = await fetch_value("select count(*) from plan_node where plan_id = $1", plan.id)
    for each in [*(row["id"] for row in branches), plan.id]:
        await delete_plans(actor, [each])
    before = {"title": plan.title, "state": plan.state, "total": str(plan.total), "nodes": nodes, "unit_id": str(plan.unit_id)}
    before |= {"template_version_id": str(plan.definition_version_id), "scenarios": [str(row["id"]) for row in branches]}
    await record(actor, "plan.discard", "plan", plan.id, before=before)
    return Discarded(plan.id, plan.title, nodes)


def _refuse_kept(plan: Plan, scenarios: list[str]) -> None:
    if plan.state == PlanState.PUBLISHED:
        raise PlanPublished(field="planId")
    if plan.state == PlanState.PROMOTED:
        raise ScenarioPromoted(field="planId")
    if plan.run_id is not None:
        raise PlanOfRun(field="planId")
    if scenarios:
        raise PlanHasScenarios(field="planId", titles="、".join(scenarios[:3]) + ("…" if len(scenarios) > 3 else ""))
