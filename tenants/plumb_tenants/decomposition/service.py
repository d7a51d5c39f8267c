"""What people do with plans: preview, create, tune within the band, publish into goals."""

from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, Refused, of_row
from plumb_platform.permissions import Permission
from plumb_platform.telling import Row
from plumb_tenants.decomposition.access import access_node
from plumb_tenants.decomposition.children import Child
from plumb_tenants.decomposition.comparing import PlanComparison, compare_plans
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.discarding import Discarded, DiscardedRun, discard_plan, discard_run
from plumb_tenants.decomposition.explaining import explain_goal, explain_node, figures_explained, presence_of
from plumb_tenants.decomposition.explanation import (
    Adjustment,
    AdjustmentKind,
    ExplainedFigure,
    Explanation,
    FactorShare,
    Presence,
)
from plumb_tenants.decomposition.feedback import NewWeight, decline_round, open_round, propose_weights
from plumb_tenants.decomposition.feedback_due import open_due_rounds
from plumb_tenants.decomposition.figures import OriginKind
from plumb_tenants.decomposition.given import FactValue, Given
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.decomposition.planning import ProposedPlan, propose
from plumb_tenants.decomposition.portraits import node_blocked
from plumb_tenants.decomposition.previewing import ScenarioPreview, node_months, preview_plan, preview_scenario, proposed_months
from plumb_tenants.decomposition.publishing import GoalAlreadySplit, PlanHasGap, PlanPublished, publish_plan
from plumb_tenants.decomposition.readers import list_nodes, list_plans
from plumb_tenants.decomposition.reconciliation import Fault, LevelBalance, PlanBalance, Reconciliation
from plumb_tenants.decomposition.reconciling import reconcile_plan
from plumb_tenants.decomposition.refused_weeks import note_refused_weeks
from plumb_tenants.decomposition.requests import ChildTerms, PlanRequest, RunMethod, RunRequest
from plumb_tenants.decomposition.rules import LEVEL_TOPIC, PlanState, RoundState, RunState, Suggestion
from plumb_tenants.decomposition.run_comparing import RunComparison, compare_runs
from plumb_tenants.decomposition.run_messages import tell_of_failed_level
from plumb_tenants.decomposition.runs import continue_run, publish_run, start_run, work_on_level
from plumb_tenants.decomposition.scenarios import ScenarioChanges, branch_plan, promote_scenario
from plumb_tenants.decomposition.steps import StepKind
from plumb_tenants.decomposition.storage import reserved_of, store_nodes, stored_nodes
from plumb_tenants.decomposition.tuning import BalanceRule, Part, balanced, check_tuning
from plumb_tenants.decomposition.unblocking import unblock_plan
from plumb_tenants.decomposition.weeks import DueWeek, due_weeks, respread_weeks
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.service import check_amount, is_text

__all__ = [
    "LEVEL_TOPIC",
    "Adjustment",
    "AdjustmentKind",
    "Child",
    "ChildTerms",
    "Discarded",
    "DiscardedRun",
    "DueWeek",
    "ExplainedFigure",
    "Explanation",
    "FactValue",
    "FactorShare",
    "Fault",
    "GoalAlreadySplit",
    "LevelBalance",
    "NewWeight",
    "OriginKind",
    "Plan",
    "PlanBalance",
    "PlanComparison",
    "PlanHasGap",
    "PlanNode",
    "PlanPublished",
    "PlanRequest",
    "PlanState",
    "Presence",
    "ProposedPlan",
    "Reconciliation",
    "RoundState",
    "RunComparison",
    "RunMethod",
    "RunRequest",
    "RunState",
    "ScenarioChanges",
    "ScenarioPreview",
    "StepKind",
    "Suggestion",
    "branch_plan",
    "compare_plans",
    "compare_runs",
    "continue_run",
    "create_plan",
    "decline_round",
    "discard_plan",
    "discard_run",
    "due_weeks",
    "explain_goal",
    "explain_node",
    "figures_explained",
    "list_nodes",
    "list_plans",
    "node_months",
    "note_refused_weeks",
    "open_due_rounds",
    "open_round",
    "presence_of",
    "preview_plan",
    "preview_scenario",
    "promote_scenario",
    "propose_weights",
    "proposed_months",
    "publish_plan",
    "publish_run",
    "reconcile_plan",
    "start_run",
    "tell_of_failed_level",
    "tune_node",
    "unblock_plan",
    "work_on_level",
]


class TuneOwnNumber(Refused):
    """Nobody tunes what was split for them."""

    code = "TUNE_OWN_NUMBER"
    zh = "不能调整分给自己的目标，请由上级或人力资源调整。"
    en = "You cannot tune the number that was split for yourself; your manager or HR can."


class PlanTitleInvalid(InvalidInput):
    """A title fits its column."""

    code = "PLAN_TITLE_INVALID"
    zh = "标题须为 1 到 200 个字符。"
    en = "A title has 1 to 200 characters."


async def create_plan(actor: Actor, request: PlanRequest) -> Plan:
    """Run a published template over the children of a unit and keep the result as a draft plan."""
    proposed = await propose(actor, request)
    template = proposed.template
    title = template.metric if request.title is None else request.title.strip()
    if not is_text(title, longest=200):
        raise PlanTitleInvalid(field="title")
    plan = await Plan.create(
        cycle_id=request.cycle_id,
        definition_version_id=proposed.version.id,
        unit_id=request.unit_id,
        parent_goal_id=request.parent_goal_id,
        title=title,
        metric=template.metric,
        unit_of_measure=template.unit_of_measure,
        total=proposed.total,
        padding_percent=proposed.padding_percent,
        as_of=proposed.frame.as_of,
        working_days=proposed.frame.days,
        state=PlanState.DRAFT.value,
        created_by=actor.membership_id,
    )
    await store_nodes(actor, plan.id, proposed)
    after = {"unit_id": str(plan.unit_id), "template_version_id": str(proposed.version.id), "total": str(plan.total)}
    await record(actor, "plan.create", "plan", plan.id, after={**after, "nodes": len(proposed.children)})
    return plan


async def tune_node(actor: Actor, *, node_id: UUID, version: int, value: Decimal, reason: str) -> PlanNode:
    """Set a node's value within the template's band, with a reason; the suggestion stays beside it (C84, D5, D6).

    Under REBALANCE_SIBLINGS the untuned siblings change too, and their versions with them.
    """
    plan, node = await access_node(actor, node_id, Permission.PLAN_TUNE, lock=True)
    if plan.state not in (PlanState.DRAFT, PlanState.SCENARIO):
        raise PlanPublished(field="nodeId")
    if node.person_id is not None and node.person_id == actor.person_id:
        raise TuneOwnNumber(field="nodeId")
    if node.version != version:
        raise Conflict(current_version=node.version)
    check_amount(value, field="value")
    if gap := Given.from_json(node.derivation.get("given", {})).blocked:
        raise node_blocked(gap, row=node.id, field="nodeId")
    template: DecompositionTemplate = (await pinned_version(actor, plan.definition_version_id, kind=KIND)).body
    with of_row(node.id):
        check_tuning(node.suggested, value, reason, band=template.band_percent, unit=template.rounding_unit)
    before = {"value": str(node.value), "reason": node.reason, "version": node.version}
    await _rebalance(plan, node, value, template)
    node.value, node.reason, node.tuned_by, node.tuned_at = value, reason.strip(), actor.membership_id, now()
    node.version += 1
    await node.save(update_fields=["value", "reason", "tuned_by", "tuned_at", "version"])
    if plan.run_id is not None:
        await respread_weeks(actor, plan, template)
    plan.version += 1
    await plan.save(update_fields=["version"])
    after = {"value": str(value), "reason": node.reason, "version": node.version, "suggested": str(node.suggested)}
    await record(actor, "plan.tune", "plan_node", node.id, before=before, after=after)
    return node


async def _rebalance(plan: Plan, tuned: PlanNode, value: Decimal, template: DecompositionTemplate) -> None:
    """Apply the balance rule to the siblings of a node that gets `value`; refuse what the rule does not allow."""
    if template.balance is BalanceRule.KEEP_GAP:
        return
    nodes = await stored_nodes([plan.id])
    parts = [Part(node.suggested, value, tuned=True) if node.id == tuned.id else node.part for node in nodes]
    limit = template.over_assign_max_percent
    every, total = [node.id for node in nodes], plan.total - reserved_of(nodes)
    of: dict[str, Row] = {"assigned": every, "rest": every, "highest": plan.id, "total": plan.id}
    with of_row(of):
        values = balanced(template.balance, total, parts, unit=template.rounding_unit, limit=limit)
    changed = [(node.id, new) for node, new in zip(nodes, values, strict=True) if new != node.value and node.id != tuned.id]
    await execute(
        "update plan_node n set value = c.value, version = n.version + 1 "
        "from unnest($1::uuid[], $2::numeric[]) as c (id, value) where n.id = c.id",
        [node_id for node_id, _ in changed],
        [new for _, new in changed],
    )
