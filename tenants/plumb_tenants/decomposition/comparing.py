"""Comparing plans side by side: totals, fairness, ratings, and the difference of every child to the first plan (A7, C51, N13)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission, grants_of
from plumb_tenants.access.fields import refuse_hidden, refuse_hidden_on_any
from plumb_tenants.decomposition.access import access_plan
from plumb_tenants.decomposition.definition import KIND, DecompositionTemplate
from plumb_tenants.decomposition.fairness import NO_LOAD, Fairness, fairness_of
from plumb_tenants.decomposition.models import Plan
from plumb_tenants.decomposition.resources import PLAN, PLAN_NODE
from plumb_tenants.decomposition.storage import StoredNode, stored_nodes
from plumb_tenants.definitions.service import pinned_version
from plumb_tenants.goals.service import goals_by_id
from plumb_tenants.negotiations.service import Rating, ratings_of
from plumb_tenants.people.service import people_by_id, units_by_id

ZERO = Decimal("0.00")
MOST = 6
ALL = slice(None)


class PlansDiffer(InvalidInput):
    """One to six plans of one unit, cycle and metric stand side by side."""

    code = "PLANS_DIFFER"
    zh = "可对比 1 至 6 个方案，且须属于同一部门、周期和指标。"
    en = "Compare one to six plans, all of the same unit, cycle and metric."


@dataclass(frozen=True, slots=True)
class ComparedPlan:
    """One plan of a comparison; what its parts leave of the total is the gap."""

    plan: Plan
    assigned: Decimal
    fairness: Fairness

    @property
    def gap(self) -> Decimal:
        """Return what the parts leave of the total; negative when they exceed it."""
        total: Decimal = self.plan.total
        return total - self.assigned


@dataclass(frozen=True, slots=True)
class ComparedNode:
    """What each plan gives one child, in the order of the plans; None where a plan has no part for it.

    `ratings` are those of the goals that the parts became, None where there is no goal that the actor may read.
    """

    child_id: UUID
    is_person: bool
    name: str
    values: tuple[Decimal | None, ...]
    ratings: tuple[Rating | None, ...]

    @property
    def deltas(self) -> tuple[Decimal, ...]:
        """Return by how much each plan differs from the first."""
        return tuple((value or ZERO) - (self.values[0] or ZERO) for value in self.values)


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """Plans side by side."""

    plans: Sequence[ComparedPlan]
    nodes: Sequence[ComparedNode]


async def compare_plans(actor: Actor, plan_ids: Sequence[UUID], window: slice = ALL) -> PlanComparison:
    """Return plans of one unit side by side; one alone shows its fairness before it is published.

    `window` says for which of their children, in the order of the first plan, loads and differences are wanted.
    """
    if not 1 <= len(plan_ids) <= MOST:
        raise PlansDiffer(field="planIds")
    plans = [await access_plan(actor, each, field=f"planIds[{place}]") for place, each in enumerate(plan_ids)]
    await refuse_hidden(actor, PLAN_NODE, ["value"])
    for name in ("title", "total"):
        await refuse_hidden_on_any(actor, PLAN, [plan.id for plan in plans], name, field="planIds")
    if len({(plan.unit_id, plan.cycle_id, plan.metric) for plan in plans}) > 1:
        raise PlansDiffer(field="planIds")
    nodes: dict[UUID, list[StoredNode]] = {plan.id: [] for plan in plans}
    for node in await stored_nodes(list(nodes)):
        nodes[node.plan_id].append(node)
    every = {_child(node): node for plan in plans for node in nodes[plan.id]}
    children = dict(list(every.items())[window])
    compared = [await _compared(actor, plan, nodes[plan.id], children) for plan in plans]
    return PlanComparison(compared, await _rows(actor, plans, nodes, children))


async def _compared(actor: Actor, plan: Plan, nodes: Sequence[StoredNode], children: Iterable[UUID]) -> ComparedPlan:
    """Return one plan with the loads of those `children` that it has, in their order."""
    template: DecompositionTemplate = (await pinned_version(actor, plan.definition_version_id, kind=KIND)).body
    potential = template.potential or template.factors[0].key
    # What waits for a report has no part yet, which says nothing about how fair the parts are.
    given = [node for node in nodes if not node.blocked] or nodes
    fairness = fairness_of([node.value for node in given], [node.factors.get(potential, ZERO) for node in given])
    loads = iter(fairness.loads)
    theirs = {_child(node): NO_LOAD if node.blocked else next(loads) for node in nodes}
    fairness = replace(fairness, loads=tuple(theirs[child] for child in children if child in theirs))
    return ComparedPlan(plan, sum((node.value for node in nodes), ZERO), fairness)


async def _rows(
    actor: Actor, plans: Sequence[Plan], nodes: Mapping[UUID, Sequence[StoredNode]], children: Mapping[UUID, StoredNode]
) -> list[ComparedNode]:
    parts = {plan.id: {_child(node): node for node in nodes[plan.id]} for plan in plans}
    people = await people_by_id(actor, [node.person_id for node in children.values() if node.person_id])
    units = await units_by_id(actor, [node.unit_id for node in children.values()])
    ratings = await _ratings(actor, [node for plan in plans for node in nodes[plan.id] if _child(node) in children])
    found = []
    for child, node in children.items():
        theirs = [parts[plan.id].get(child) for plan in plans]
        found.append(
            ComparedNode(
                child,
                node.person_id is not None,
                people[node.person_id].name if node.person_id else units[node.unit_id].name,
                tuple(part.value if part else None for part in theirs),
                tuple(ratings.get(part.goal_id) if part and part.goal_id else None for part in theirs),
            )
        )
    return found


async def _ratings(actor: Actor, nodes: Sequence[StoredNode]) -> dict[UUID, Rating]:
    """Return how those below rate the goals that nodes became, as far as the actor reads goals."""
    goal_ids = [node.goal_id for node in nodes if node.goal_id]
    if not (await grants_of(actor)).allows(Permission.GOAL_READ):
        return {}
    return await ratings_of(await goals_by_id(actor, goal_ids))


def _child(node: StoredNode) -> UUID:
    return node.person_id or node.unit_id
