"""Promoting a scenario: its numbers into a draft, or in the place of a published plan whose goals are then revised."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch
from plumb_platform.errors import Refused
from plumb_tenants.decomposition.definition import KIND
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.publishing import parent_of_late, publish_nodes
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.run_late import split_late
from plumb_tenants.decomposition.storage import stored_nodes
from plumb_tenants.decomposition.weeks import begin_weeks, take_over_weeks
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.service import get_goal, revise_goal

LONGEST_REASON = 1000

_DRAFT = """
update plan_node o set factors = s.factors, suggested = s.suggested, equal_share = s.equal_share, value = s.value,
  reason = s.reason, tuned_by = s.tuned_by, tuned_at = s.tuned_at, derivation = s.derivation, version = o.version + 1
from plan_node s where o.plan_id = $1 and s.plan_id = $2 and s.tenant_id = o.tenant_id and s.ordinal = o.ordinal
"""
_MOVED = """
select o.id, o.goal_id, s.id as scenario_node, s.value, o.value as before, s.reason,
  s.derivation -> 'given' -> 'blocked' is not null as blocked,
  exists (select from plan b where b.tenant_id = o.tenant_id and b.parent_goal_id = o.goal_id and b.published_at is not null)
    as split_on
from plan_node o join plan_node s on s.tenant_id = o.tenant_id and s.ordinal = o.ordinal
where o.plan_id = $1 and s.plan_id = $2 order by o.ordinal
"""


class ScenarioStale(Refused, tells={"title": "Goal.title", "target": "Goal.target"}):
    """A goal that was revised since somebody branched the scenario is not overwritten unseen."""

    code = "SCENARIO_GOAL_REVISED"
    zh = "目标“{title}”在情景方案创建之后被修订为 {target}。请从现行方案重新创建情景方案（branchPlan），再行转正。"
    en = (
        "The goal {title} was revised to {target} after the scenario was branched. "
        "Branch a scenario of the live plan anew (branchPlan) and promote that."
    )


class ScenarioGoalSplit(Refused, tells={"title": "Goal.title", "target": "Goal.target"}):
    """A goal that was split on below is not moved from under its parts."""

    code = "SCENARIO_GOAL_SPLIT_ON"
    zh = (
        "目标“{title}”已继续向下拆解，其目标值不能由情景方案改动。请在新的情景方案中将其锁定为现值 {target}（held），"
        "或通过修订调整该目标，修订会同步到下级。"
    )
    en = (
        "The goal {title} is split on below; a scenario cannot move its target. Hold it at {target} in a new scenario (held), "
        "or revise the goal: a revision is carried to those below."
    )


class ScenarioGoalBlocked(Refused, tells={"title": "Goal.title"}):
    """A goal that stands is not taken away because a report is missing."""

    code = "SCENARIO_GOAL_BLOCKED"
    zh = "目标“{title}”已发布，而情景方案因画像报告未完成未给出数值，不能由其取代。"
    en = "The goal {title} is published; the scenario has no part for it, because its portrait report is missing."


class PlanReplaced(Refused, tells={"title": "Plan.title"}):
    """A published plan is replaced once; what comes after is a scenario of the plan that took its place."""

    code = "PLAN_REPLACED"
    zh = "该情景方案所依据的方案已被“{title}”取代。请从“{title}”重新创建情景方案（branchPlan），再行转正。"
    en = "The plan that this scenario was branched from was replaced by {title}. Branch {title} (branchPlan) and promote that."


async def replace_draft(origin: Plan, scenario: Plan) -> Plan:
    """Give a draft the numbers of its scenario; nodes keep their ids."""
    await execute(_DRAFT, origin.id, scenario.id)
    for name in ("definition_version_id", "total", "padding_percent", "as_of", "working_days"):
        setattr(origin, name, getattr(scenario, name))
    origin.version += 1
    await origin.save()
    await _close(scenario, PlanState.PROMOTED)
    return origin


async def replace_published(actor: Actor, origin: Plan, scenario: Plan, *, bypass: str | None = None) -> Plan:
    """Revise the goals of a published plan to the scenario's values; the scenario is the published plan from now on.

    A goal that was revised before the scenario was branched is moved from where it stands; one that was revised later is not.
    A node whose report came meanwhile becomes a goal. Weekly plans go on under their ids, with the new values (C34).
    """
    replacement = await Plan.filter(branch_of=origin.id, state=PlanState.PUBLISHED.value).first()
    if replacement is not None:
        raise PlanReplaced(field="planId", row=replacement.id, title=replacement.title)
    rows = await fetch(_MOVED, origin.id, scenario.id)
    for row in rows:
        if row["goal_id"] is not None and row["value"] != row["before"]:
            await _move(actor, scenario, row, bypass)
    await execute(
        "update plan_node n set goal_id = g.goal_id from unnest($1::uuid[], $2::uuid[]) as g (id, goal_id) where n.id = g.id",
        [row["scenario_node"] for row in rows],
        [row["goal_id"] for row in rows],
    )
    late = [node for node in await stored_nodes([scenario.id]) if node.goal_id is None and not node.blocked]
    version = await pinned_version(actor, scenario.definition_version_id, kind=KIND)
    if late:
        await parent_of_late(actor, scenario)
        await publish_nodes(actor, scenario, version, late, bypass=bypass)
    await take_over_weeks(actor, origin, scenario, version.body)
    await begin_weeks(actor, scenario, version.body, late)
    await split_late(actor, scenario, late, bypass=bypass)
    scenario.published_at, scenario.published_by = now(), actor.membership_id
    await _close(scenario, PlanState.PUBLISHED)
    return scenario


async def _move(actor: Actor, scenario: Plan, row: Mapping[str, Any], bypass: str | None) -> None:
    """Revise the goal of a node to the scenario's value, unless it has come there already, as by a revision carried to it."""
    goal = await get_goal(actor, row["goal_id"])
    if row["blocked"]:
        raise ScenarioGoalBlocked(field="planId", row=goal.id, title=goal.title)
    if goal.target == row["value"]:
        return
    if row["split_on"]:
        raise ScenarioGoalSplit(field="planId", row=goal.id, title=goal.title, target=goal.target)
    if goal.target != row["before"] and goal.revised_at >= scenario.created_at:
        raise ScenarioStale(field="planId", row=goal.id, title=goal.title, target=goal.target)
    reason = (row["reason"] or scenario.title)[:LONGEST_REASON]
    target: Decimal = row["value"]
    await revise_goal(actor, goal_id=goal.id, version=goal.version, target=target, reason=reason, bypass=bypass)


async def _close(scenario: Plan, state: PlanState) -> None:
    scenario.state, scenario.version = state.value, scenario.version + 1
    await scenario.save(update_fields=["state", "published_at", "published_by", "version"])
