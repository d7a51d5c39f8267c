"""Explaining a stored value, and computing it again from the stored figures (C91, N2)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import Refused
from plumb_platform.numbers.allocation import ZERO
from plumb_tenants.access.fields import FieldHidden, refuse_hidden_on
from plumb_tenants.decomposition.access import access_node, reaches_plan
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.explanation import (
    Adjustment,
    AdjustmentKind,
    ExplainedFigure,
    Explanation,
    FactorShare,
    Presence,
)
from plumb_tenants.decomposition.figures import GIVEN, Figures
from plumb_tenants.decomposition.given import Given
from plumb_tenants.decomposition.models import Plan, PlanNode
from plumb_tenants.decomposition.replaying import frame_of_plan, replay
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.rules import CENT, share_of
from plumb_tenants.decomposition.splitting import Split
from plumb_tenants.decomposition.steps import StepKind
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import GoalRow, cycles_by_id, get_goal


class GoalNotDecomposed(Refused):
    """Only a goal that a plan made has factors to explain it by."""

    code = "GOAL_NOT_DECOMPOSED"
    zh = "该目标不是由拆解方案产生的，没有推导过程。"
    en = "The goal does not come from a plan, so there is no derivation."


_OF_NODE = ("value", "suggested", "equalShare", "reason", "tunedAt", "weightSet", "held")
_OF_PLAN = ("total", "metric", "unitOfMeasure")
"""What an explanation tells of a node and of its plan."""


async def explain_node(actor: Actor, node_id: UUID) -> Explanation:
    """Explain the value of a node of a plan that the actor may read; raises FieldHidden where some of it is hidden."""
    plan, node = await access_node(actor, node_id)
    await _refuse_hidden(actor, plan, node)
    return await _explain(actor, plan, node, None)


async def explain_goal(actor: Actor, goal_id: UUID) -> Explanation:
    """Explain the target of a goal that the actor may read, an employee's own too (C91).

    Where a revision replaced its metric, that is what it had of its plan: no step leads from there to another unit (C75). What
    is hidden of the plan from who may read that is not told here either.
    """
    goal = await get_goal(actor, goal_id)
    for name in ("target", "metric", "unitOfMeasure"):
        await refuse_hidden_on(actor, GOAL, goal_id, name)
    # A plan that a scenario replaced keeps its nodes: the newest one is what the goal stands on.
    node = await PlanNode.filter(goal_id=goal.id).order_by("-created_at").first()
    if node is None:
        raise GoalNotDecomposed(field="goalId")
    plan = await Plan.get(id=node.plan_id)
    found = await _explain(actor, plan, node, goal)
    return found if await _may_be_whole(actor, plan, node) else without_padding(found)


async def _may_be_whole(actor: Actor, plan: Plan, node: PlanNode) -> bool:
    """Return whether what stands on a goal may be told with all that its plan says."""
    if not await reaches_plan(actor, plan.id):
        return not plan.padding_percent
    try:
        await _refuse_hidden(actor, plan, node)
    except FieldHidden:
        return False
    return True


async def _refuse_hidden(actor: Actor, plan: Plan, node: PlanNode) -> None:
    for name in _OF_NODE:
        await refuse_hidden_on(actor, PLAN_NODE, node.id, name)
    for name in _OF_PLAN:
        await refuse_hidden_on(actor, PLAN, plan.id, name)


async def _explain(actor: Actor, plan: Plan, node: PlanNode, goal: GoalRow | None) -> Explanation:
    version = await pinned_version(actor, plan.definition_version_id, kind=KIND)
    cycle = (await cycles_by_id(actor, [plan.cycle_id]))[plan.cycle_id]
    template: DecompositionTemplate = version.body
    nodes = await stored_nodes([plan.id])
    own = next(each for each in nodes if each.id == node.id)
    if goal is not None and (goal.metric, goal.unit_of_measure) != (plan.metric, plan.unit_of_measure):
        goal = None
    value = goal.target if goal else own.value
    again = replay(plan, template, frame_of_plan(template, plan, cycle), nodes)
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
        weight_set=own.weight_set,
        total=again.split.pool,
        children=len(nodes),
        suggested=own.suggested,
        equal_share=own.equal_share,
        factors=_shares(template, again.split, nodes, own),
        figures=figures_explained(template, {**own.factors, **own.figures}, own.given),
        adjustments=_adjustments(own, goal),
        presence=presence_of(own.given, plan.working_days),
        value=value,
        average=(again.split.pool / len(nodes)).quantize(CENT),
        replayed=again.values[own.ordinal] + value - own.value,
    )


def without_padding(found: Explanation) -> Explanation:
    """Return an explanation from which nobody can infer the total, nor what was assigned beyond it (A6)."""
    hidden = {"weight": None, "value": None, "whole": None, "share": None, "average_share": None}
    factors = tuple(replace(factor, **hidden) for factor in found.factors)  # type: ignore[arg-type]  # all of them None
    return replace(found, total=None, children=None, equal_share=None, factors=factors, figures=())


def figures_explained(template: DecompositionTemplate, figures: Figures, given: Given) -> tuple[ExplainedFigure, ...]:
    """Return the figures of a child in the order of the template, each with its origin; what was not taken was given."""
    names = template.input_names
    return tuple(ExplainedFigure(name, figures.get(name), given.origins.get(name, GIVEN)) for name in names)


def presence_of(given: Given, of_days: int) -> Presence | None:
    """Return for how many of a cycle's working days a child is there, None where it is not asked."""
    return None if given.presence is None else Presence(given.presence, of_days, given.spells)


def _shares(
    template: DecompositionTemplate, split: Split, nodes: Sequence[StoredNode], own: StoredNode
) -> tuple[FactorShare, ...]:
    shares = []
    for factor, weighed in zip(template.factors, split.factors, strict=True):
        whole = sum((node.factors.get(factor.key, ZERO) for node in nodes), ZERO)
        value = own.factors.get(factor.key)
        weight = weighed.weight if weighed.weights is None else weighed.weights[own.ordinal]
        share, average = share_of(value or ZERO, whole), share_of(Decimal(1), Decimal(len(nodes)))
        contribution = own.contributions[factor.key]
        shares.append(FactorShare(factor.key, factor.name, weight, value, whole, share, average, contribution))
    return tuple(shares)


def _adjustments(own: StoredNode, goal: GoalRow | None) -> tuple[Adjustment, ...]:
    moved = [(AdjustmentKind(kind.value), own.contributions.get(kind, ZERO)) for kind in StepKind]
    steps = [Adjustment(kind, amount, None, None, None) for kind, amount in moved if amount]
    if own.tuned:
        amount = own.value - own.suggested
        steps.append(Adjustment(AdjustmentKind.TUNED, amount, own.reason, own.tuned_by, own.tuned_at))
    elif own.value != own.suggested:
        steps.append(Adjustment(AdjustmentKind.REBALANCED, own.value - own.suggested, None, None, None))
    if goal is not None and goal.target != own.value:
        reason = goal.derivation.get("reason")
        steps.append(Adjustment(AdjustmentKind.REVISED, goal.target - own.value, reason, goal.created_by, goal.revised_at))
    return tuple(steps)
