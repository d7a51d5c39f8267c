"""Late portrait reports: who has one now gets the part that was left open for them, and nobody else moves (C82)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch_value
from plumb_platform.errors import Conflict, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.portraits import portrait_gaps
from plumb_tenants.decomposition.publishing import parent_of_late, publish_nodes
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_late import split_late
from plumb_tenants.decomposition.steps import StepKind
from plumb_tenants.decomposition.storage import StoredNode, rewrite_nodes, stored_nodes
from plumb_tenants.decomposition.weeks import begin_weeks
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.forms.service import ReportGap
from plumb_tenants.goals.service import cycles_by_id
from plumb_tenants.people.service import units_by_id

_REPLACED = "select exists (select from plan where branch_of = $1 and state = 'PUBLISHED')"


class PlanNotLive(Refused):
    """What another plan took the place of gives nobody a part any more."""

    code = "PLAN_NOT_LIVE"
    zh = "该方案已被其他方案取代，请在现行方案上解除阻塞。"
    en = "Another plan has taken the place of this one; unblock that one."


class PlanOfRun(Refused):
    """The levels of a run that is not published are computed together."""

    code = "PLAN_OF_RUN"
    zh = "该方案属于尚未发布的全层级拆解，请重新运行、继续或丢弃该拆解（startRun、continueRun、discardRun）。"
    en = "This plan belongs to a run that is not published; start, continue or discard that (startRun, continueRun, discardRun)."


async def unblock_plan(actor: Actor, *, plan_id: UUID, version: int, bypass: str | None = None) -> Plan:
    """Look at the reports that nodes of a plan wait for; who has one now gets the part that was left open, to the cent.

    Ids and values of all others stay. In a published plan the part becomes a goal, and in one of a run the
    levels below it are made too. What reports still lack is written anew.
    """
    plan = await access_plan(actor, plan_id, Permission.PLAN_WRITE, lock=True)
    await _refuse_other(actor, plan, version)
    nodes = await stored_nodes([plan.id])
    waiting = [node for node in nodes if node.blocked]
    gaps = await _gaps(actor, plan, waiting)
    freed = [_freed(node) for node in waiting if node.id not in gaps]
    told = [replace(node, given=replace(node.given, blocked=gaps[node.id])) for node in waiting if node.id in gaps]
    await rewrite_nodes([*freed, *told])
    if plan.state == PlanState.PUBLISHED:
        await _publish(actor, plan, freed, bypass)
    elif waiting:
        plan.version += 1
        await plan.save(update_fields=["version"])
    after = {"unblocked": [str(node.id) for node in freed], "waiting": len(told)}
    await record(actor, "plan.unblock", "plan", plan.id, after=after)
    return plan


async def _refuse_other(actor: Actor, plan: Plan, version: int) -> None:
    if plan.state == PlanState.PROMOTED or await fetch_value(_REPLACED, plan.id):
        raise PlanNotLive(field="planId")
    if plan.version != version:
        raise Conflict(current_version=plan.version)
    if plan.state == PlanState.PUBLISHED:
        await access_plan(actor, plan.id, Permission.PLAN_PUBLISH)
    elif plan.run_id is not None:
        raise PlanOfRun(field="planId")


async def _gaps(actor: Actor, plan: Plan, waiting: Sequence[StoredNode]) -> Mapping[UUID, ReportGap]:
    """Return what keeps nodes waiting, by the id of the node."""
    template: DecompositionTemplate = (await pinned_version(actor, plan.definition_version_id, kind=KIND)).body
    cycle = (await cycles_by_id(actor, [plan.cycle_id]))[plan.cycle_id]
    units = await units_by_id(actor, [node.unit_id for node in waiting])
    gaps = await portrait_gaps(actor, template, cycle, (unit.code for unit in units.values()))
    return {node.id: gaps[units[node.unit_id].code] for node in waiting if units[node.unit_id].code in gaps}


def _freed(node: StoredNode) -> StoredNode:
    """Return a node with its part: what was left open is taken back."""
    contributions = {key: amount for key, amount in node.contributions.items() if key != StepKind.BLOCKED}
    value = -node.contributions[StepKind.BLOCKED]
    given = replace(node.given, blocked=None, late=True)
    return replace(node, contributions=contributions, given=given, suggested=value, value=value)


async def _publish(actor: Actor, plan: Plan, freed: Sequence[StoredNode], bypass: str | None) -> None:
    """Make what came late goals, with weekly plans and levels below where a run would have given them."""
    if not freed:
        return
    await parent_of_late(actor, plan)
    version = await pinned_version(actor, plan.definition_version_id, kind=KIND)
    await publish_nodes(actor, plan, version, freed, bypass=bypass)
    await begin_weeks(actor, plan, version.body, freed)
    await split_late(actor, plan, freed, bypass=bypass)
