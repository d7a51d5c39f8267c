"""Reconciling a plan with everything below it: the goals that it made, the plans that split them on, down to the people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value
from plumb_tenants.access.fields import refuse_hidden_on_any
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.reconciliation import NodeFigures, PlanFigures, Reconciliation, reconcile
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.rules import PlanState
from plumb_tenants.decomposition.splitting import padded
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.goals.service import Numbers, current_numbers

_REPLACED = "exists (select from plan s where s.tenant_id = plan.tenant_id and s.branch_of = plan.id and s.state = 'PUBLISHED')"
_BELOW = (
    "select id, definition_version_id, parent_goal_id, total, padding_percent from plan "
    f"where parent_goal_id = any($1::uuid[]) and state = $2 and not {_REPLACED}"
)


@dataclass(frozen=True, slots=True)
class PlanHead:
    """What of a plan its account needs."""

    id: UUID
    definition_version_id: UUID
    parent_goal_id: UUID | None
    total: Decimal
    padding_percent: Decimal


async def reconcile_plan(actor: Actor, plan_id: UUID) -> Reconciliation:
    """Prove that every unit of the plan's total is accounted for at each level below it, to the cent (N1).

    The drafts below are left out: they bind nobody yet. A plan that a scenario replaced is proved without its goals, which
    stand on the scenario.
    Raises FIELD_HIDDEN for a goal whose target or months the actor does not see, for a plan whose total or padding, and for parts
    whose value or suggestion.
    """
    top = await access_plan(actor, plan_id)
    level = [PlanHead(top.id, top.definition_version_id, top.parent_goal_id, top.total, top.padding_percent)]
    sources = await _numbers(actor, [top.parent_goal_id] if top.parent_goal_id else [])
    templates: dict[UUID, DecompositionTemplate] = {}
    figures: list[PlanFigures] = []
    replaced = await fetch_value(f"select {_REPLACED} from plan where id = $1", top.id)
    depth = 0
    while level:
        await _learn_templates(actor, level, templates)
        nodes = await stored_nodes([plan.id for plan in level])
        for name in ("total", "paddingPercent"):
            await refuse_hidden_on_any(actor, PLAN, [plan.id for plan in level], name, field="planId")
        for name in ("value", "suggested"):
            await refuse_hidden_on_any(actor, PLAN_NODE, [node.id for node in nodes], name, field="planId")
        goals = {} if replaced else await _numbers(actor, [node.goal_id for node in nodes if node.goal_id])
        families = {plan_id: list(family) for plan_id, family in groupby(nodes, key=lambda node: node.plan_id)}
        for plan in level:
            source = sources.get(plan.parent_goal_id) if plan.parent_goal_id else None
            family = [_node(node, goals) for node in families.get(plan.id, [])]
            template = templates[plan.definition_version_id]
            padding = padded(plan.total, plan.padding_percent, unit=template.rounding_unit) - plan.total
            origin = source.target if source else None
            figures.append(PlanFigures(plan.id, depth, plan.total, origin, template.balance, family, padding))
        level = [PlanHead(**row) for row in await fetch(_BELOW, list(goals), PlanState.PUBLISHED.value)]
        sources, depth = goals, depth + 1
    return reconcile(figures)


async def _numbers(actor: Actor, goal_ids: Sequence[UUID]) -> Mapping[UUID, Numbers]:
    """Return the numbers of goals; a difference from one would tell it, so each must show."""
    for name in ("target", "months"):
        await refuse_hidden_on_any(actor, GOAL, goal_ids, name, field="planId")
    return await current_numbers(goal_ids)


async def _learn_templates(actor: Actor, plans: Iterable[PlanHead], templates: dict[UUID, DecompositionTemplate]) -> None:
    for version_id in {plan.definition_version_id for plan in plans} - templates.keys():
        templates[version_id] = (await pinned_version(actor, version_id, kind=KIND)).body


def _node(node: StoredNode, goals: Mapping[UUID, Numbers]) -> NodeFigures:
    numbers = goals.get(node.goal_id) if node.goal_id else None
    target: Decimal | None = numbers.target if numbers else None
    months = numbers.months if numbers else ()
    contributions = tuple(node.contributions.values())
    held = node.given.held is not None or node.given.late
    return NodeFigures(node.id, node.suggested, node.value, node.tuned, contributions, target, months, node.left_open, held)
