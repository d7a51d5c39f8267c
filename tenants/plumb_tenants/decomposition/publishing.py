"""Publishing a plan: each node becomes a goal proposed to its owner, once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, Refused
from plumb_platform.permissions import Permission
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.planning import PlanTotalDiffers
from plumb_tenants.decomposition.reconciliation import open_part
from plumb_tenants.decomposition.replaying import frame_of_plan
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_ids import goal_id
from plumb_tenants.decomposition.seasons import cut_of, is_even, spread_by_month
from plumb_tenants.decomposition.splitting import padded
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.definitions.service import PublishedVersion, pinned_version
from plumb_tenants.goals.access import access_goal
from plumb_tenants.goals.service import GoalRow, GoalState, NewGoal, ParentNotOpen, cycles_by_id, get_goal, publish_goals


class PlanPublished(Refused):
    """A published plan is what goals were made of; it never changes."""

    code = "PLAN_PUBLISHED"
    zh = "该拆解方案已发布，不能再修改或重复发布。"
    en = "This plan is published; it cannot be changed or published again."


class ScenarioNotPublished(Refused):
    """A scenario becomes live by being promoted, not by a second plan."""

    code = "SCENARIO_NOT_PUBLISHED"
    zh = "情景方案不能直接发布，请转正（promoteScenario）。"
    en = "A scenario is not published; promote it (promoteScenario)."


class PlanPublishedWithRun(Refused):
    """The levels of a run become goals together, each a part of the one above."""

    code = "PLAN_PUBLISHED_WITH_RUN"
    zh = (
        "该方案属于全层级拆解，随其一起发布，请发布该拆解（publishRun，runId：{run}）。"
        "若只需发布这一层，请用相同的数据另行创建方案（createPlan）。"
    )
    en = (
        "This plan belongs to a run and is published with it: publish the run (publishRun, runId: {run}). "
        "To publish this level alone, create a plan of its own from the same figures (createPlan)."
    )


class PlanHasGap(Refused, tells={"gap": "Plan.gap"}):
    """The publisher did not accept that the parts differ from the total."""

    code = "PLAN_HAS_GAP"
    zh = "下级合计与总额相差 {gap}，请确认接受差额后再发布。"
    en = "The parts differ from the total by {gap}; accept the gap to publish."


class GoalAlreadySplit(Refused):
    """A goal is split on once; a second plan would double its parts."""

    code = "GOAL_ALREADY_SPLIT"
    zh = "该上级目标已由另一个已发布的方案拆解。"
    en = "Another published plan has split this goal already."


class ParentRevised(Refused, tells={"title": "Goal.title", "target": "Goal.target", "total": "Plan.total"}):
    """A part of the old total beside siblings of the new one adds up to neither (N1)."""

    code = "PARENT_REVISED"
    zh = "上级目标“{title}”已修订为 {target}，而该方案按 {total} 拆解，不能再按原总额补发。请按新总额创建情景方案并转正。"
    en = (
        "The parent goal {title} is {target} now, and this plan split {total}; nobody gets a part of that any more. "
        "Branch a scenario with the new total and promote it."
    )


async def publish_plan(actor: Actor, *, plan_id: UUID, version: int, accept_gap: bool = True, bypass: str | None = None) -> Plan:
    """Make each node a goal proposed to its owner (none for a unit); a plan is published once, one of a run with its run.

    A node that waits for its portrait report becomes none; see `unblock_plan`.

    A gap that tuning left is reported by `reconcile_plan`; with `accept_gap` false it is refused. `bypass` is the reason of
    somebody who may go past a lock of goals, on record (A13).
    """
    plan = await access_plan(actor, plan_id, Permission.PLAN_PUBLISH, lock=True)
    if plan.state in (PlanState.SCENARIO, PlanState.PROMOTED):
        raise ScenarioNotPublished(field="planId")
    if plan.state != PlanState.DRAFT:
        raise PlanPublished(field="planId")
    if plan.run_id is not None:
        raise PlanPublishedWithRun(field="planId", run=f"PlanRun_{plan.run_id}")
    if plan.version != version:
        raise Conflict(current_version=plan.version)
    await publish_locked(actor, plan, accept_gap=accept_gap, bypass=bypass)
    return plan


async def publish_locked(actor: Actor, plan: Plan, *, accept_gap: bool = True, bypass: str | None = None) -> int:
    """Publish a draft that the caller has locked and may publish; return how many goals there are."""
    await _check_parent(actor, plan)
    template_version = await pinned_version(actor, plan.definition_version_id, kind=KIND)
    nodes = await stored_nodes([plan.id])
    ready = [node for node in nodes if not node.blocked]
    template: DecompositionTemplate = template_version.body
    padding = padded(plan.total, plan.padding_percent, unit=template.rounding_unit) - plan.total
    gap = open_part(template.balance, [node.part for node in nodes], [node.left_open for node in nodes], padding)
    if gap and not accept_gap:
        raise PlanHasGap(field="acceptGap", row=plan.id, gap=gap)
    await publish_nodes(actor, plan, template_version, ready, bypass=bypass)
    plan.state, plan.published_at, plan.version = PlanState.PUBLISHED.value, now(), plan.version + 1
    plan.published_by = actor.membership_id
    await plan.save(update_fields=["state", "published_at", "published_by", "version"])
    await record(actor, "plan.publish", "plan", plan.id, after={"goals": len(ready), "gap": str(gap), "total": str(plan.total)})
    return len(ready)


async def locked_parent(actor: Actor, plan: Plan) -> GoalRow | None:
    """Return the goal that a plan splits, locked till commit, so that parts may come to it; raises PARENT_WITHDRAWN."""
    if plan.parent_goal_id is None:
        return None
    await access_goal(actor, plan.parent_goal_id, lock=True)
    parent = await get_goal(actor, plan.parent_goal_id)
    if parent.state == GoalState.WITHDRAWN:
        raise ParentNotOpen(field="planId", row=parent.id, title=parent.title)
    return parent


async def parent_of_late(actor: Actor, plan: Plan) -> None:
    """Lock the goal that late parts of a published plan come to; raises PARENT_WITHDRAWN, and PARENT_REVISED where it moved."""
    parent = await locked_parent(actor, plan)
    if parent is not None and parent.target != plan.total:
        of = {"title": parent.id, "target": parent.id, "total": plan.id}
        raise ParentRevised(field="planId", row=of, title=parent.title, target=parent.target, total=plan.total)


async def _check_parent(actor: Actor, plan: Plan) -> None:
    parent = await locked_parent(actor, plan)
    if parent is None:
        return
    if parent.target != plan.total:
        of = {"total": plan.id, "target": parent.id}
        raise PlanTotalDiffers(field="planId", row=of, total=plan.total, target=parent.target)
    if await Plan.exists(parent_goal_id=parent.id, state=PlanState.PUBLISHED.value):
        raise GoalAlreadySplit(field="planId")


async def publish_nodes(
    actor: Actor, plan: Plan, version: PublishedVersion, nodes: Sequence[StoredNode], *, bypass: str | None = None
) -> None:
    """Make nodes of a plan that have no goal yet goals, each proposed to its owner."""
    cycle = (await cycles_by_id(actor, [plan.cycle_id]))[plan.cycle_id]
    template: DecompositionTemplate = version.body
    frame = frame_of_plan(template, plan, cycle)
    cut = cut_of(template, frame)
    origin = _origin(plan, version)
    goal_ids = await publish_goals(
        actor,
        cycle_id=plan.cycle_id,
        parent_id=plan.parent_goal_id,
        title=plan.title,
        metric=plan.metric,
        unit_of_measure=plan.unit_of_measure,
        weight=version.body.goal_weight,
        goals=[
            NewGoal(
                node.unit_id,
                node.person_id,
                node.value,
                {**origin, **_derivation(node)},
                None if is_even(template, node.given, frame) else spread_by_month(node.value, template, node.given, frame, cut),
                goal_id(node.id) if plan.run_id else None,
                tells_share=not plan.padding_percent,
                for_a_while=not node.given.is_always_there(frame),
            )
            for node in nodes
        ],
        bypass=bypass,
    )
    await execute(
        "update plan_node n set goal_id = g.goal_id from unnest($1::uuid[], $2::uuid[]) as g (id, goal_id) where n.id = g.id",
        [node.id for node in nodes],
        goal_ids,
    )


def _origin(plan: Plan, version: PublishedVersion) -> dict[str, Any]:
    """Return what the derivations of all goals of a plan say alike.

    It tells nobody below by how much the parts exceed the total: a padded total is left out (A6).
    """
    total = {} if plan.padding_percent else {"total": str(plan.total)}
    return {
        "kind": "plan_node",
        "plan_id": str(plan.id),
        "template_version_id": str(version.id),
        "template_checksum": version.checksum,
        **total,
    }


def _derivation(node: StoredNode) -> dict[str, Any]:
    """Return how a goal's target came about, as its first version keeps it; Decimals as strings."""
    return {
        "node_id": str(node.id),
        "suggested": str(node.suggested),
        "contributions": {key: str(amount) for key, amount in node.contributions.items()},
        "adjustment": str(node.value - node.suggested),
        "reason": node.reason,
    }
