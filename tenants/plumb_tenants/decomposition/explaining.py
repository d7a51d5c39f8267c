"""Explaining a stored value, and computing it again from the stored figures (C91, N2)."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import Refused
from plumb_tenants.access.fields import refuse_hidden_on
from plumb_tenants.decomposition.access import access_node
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.explanation import Adjustment, AdjustmentKind, Explanation, FactorShare
from plumb_tenants.decomposition.factors import weighted_factors
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.decomposition.resources import PLAN_NODE
from plumb_tenants.decomposition.rules import CENT, decompose, share_of
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.decomposition.tuning import Part, balanced
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import GoalRow, get_goal


class GoalNotDecomposed(Refused):
    """Only a goal that a plan made has factors to explain it by."""

    code = "GOAL_NOT_DECOMPOSED"
    zh = "目标“{title}”不是由拆解方案产生的，没有推导过程。"
    en = "The goal {title} does not come from a plan, so there is no derivation."


async def explain_node(actor: Actor, node_id: UUID) -> Explanation:
    """Explain the value of a node of a plan that the actor may read."""
    plan, node = await access_node(actor, node_id)
    await refuse_hidden_on(actor, PLAN_NODE, node_id, "value")
    return await _explain(actor, plan, node, None)


async def explain_goal(actor: Actor, goal_id: UUID) -> Explanation:
    """Explain the target of a goal that the actor may read, an employee's own too (C91)."""
    goal = await get_goal(actor, goal_id)
    await refuse_hidden_on(actor, GOAL, goal_id, "target")
    node = await PlanNode.get_or_none(goal_id=goal.id)
    if node is None:
        raise GoalNotDecomposed(field="goalId", title=goal.title)
    return await _explain(actor, await Plan.get(id=node.plan_id), node, goal)


async def _explain(actor: Actor, plan: Plan, node: PlanNode, goal: GoalRow | None) -> Explanation:
    version = await pinned_version(actor, plan.definition_version_id, kind=KIND)
    nodes = await stored_nodes([plan.id])
    own = next(each for each in nodes if each.id == node.id)
    value = goal.target if goal else own.value
    return Explanation(
        plan_id=plan.id,
        node_id=node.id,
        goal_id=own.goal_id,
        parent_goal_id=plan.parent_goal_id,
        template_version_id=version.id,
        template_name=version.name,
        template_number=version.number,
        metric=plan.metric,
        unit_of_measure=plan.unit_of_measure,
        total=plan.total,
        children=len(nodes),
        suggested=own.suggested,
        equal_share=own.equal_share,
        factors=_shares(version.body, nodes, own),
        adjustments=_adjustments(own, goal),
        value=value,
        average=(plan.total / len(nodes)).quantize(CENT),
        replayed=replay(plan.total, version.body, nodes, own.ordinal) + value - own.value,
    )


def replay(total: Decimal, template: DecompositionTemplate, nodes: Sequence[StoredNode], ordinal: int) -> Decimal:
    """Compute a node's value again from the stored figures, the template and the tunings (N2)."""
    names = [str(node.ordinal) for node in nodes]
    stored = [{**node.factors, **node.figures} for node in nodes]
    figures = [{name: row.get(name) for name in template.input_names} for row in stored]
    suggestions = decompose(total, names, weighted_factors(template, names, figures), unit=template.rounding_unit)
    parts = [
        Part(suggestion.value, node.value if node.tuned else suggestion.value, node.tuned)
        for suggestion, node in zip(suggestions, nodes, strict=True)
    ]
    if not any(part.tuned for part in parts):
        return parts[ordinal].value
    limit = template.over_assign_max_percent
    return balanced(template.balance, total, parts, unit=template.rounding_unit, limit=limit)[ordinal]


def _shares(template: DecompositionTemplate, nodes: Sequence[StoredNode], own: StoredNode) -> tuple[FactorShare, ...]:
    shares = []
    for factor in template.factors:
        whole = sum((node.factors[factor.key] for node in nodes), Decimal(0))
        value = own.factors[factor.key]
        share, average = share_of(value, whole), share_of(Decimal(1), Decimal(len(nodes)))
        contribution = own.contributions[factor.key]
        shares.append(FactorShare(factor.key, factor.name, factor.weight, value, whole, share, average, contribution))
    return tuple(shares)


def _adjustments(own: StoredNode, goal: GoalRow | None) -> tuple[Adjustment, ...]:
    steps = []
    if own.tuned:
        amount = own.value - own.suggested
        steps.append(Adjustment(AdjustmentKind.TUNED, amount, own.reason, own.tuned_by, own.tuned_at))
    elif own.value != own.suggested:
        steps.append(Adjustment(AdjustmentKind.REBALANCED, own.value - own.suggested, None, None, None))
    if goal is not None and goal.target != own.value:
        reason = goal.derivation.get("reason")
        steps.append(Adjustment(AdjustmentKind.REVISED, goal.target - own.value, reason, goal.created_by, goal.revised_at))
    return tuple(steps)
