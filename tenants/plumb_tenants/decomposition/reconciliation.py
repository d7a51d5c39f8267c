"""Reconciling plans to the cent: children plus gap make the total, contributions make the value, at every level (N1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from plumb_tenants.decomposition.tuning import BalanceRule, Part, gap_of

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """A node as stored, with the target and months of its goal once it is published."""

    node_id: UUID
    suggested: Decimal
    value: Decimal
    tuned: bool
    contributions: tuple[Decimal, ...]
    goal_target: Decimal | None = None
    goal_months: tuple[Decimal, ...] = ()
    left_open: Decimal = ZERO
    held: bool = False

    @property
    def part(self) -> Part:
        """Return the node as the balance rules see it."""
        return Part(self.suggested, self.value, self.tuned or self.held)


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """A plan as stored; `depth` counts from the plan asked for, `source` is the target of the goal that it splits.

    `padding` is what the parts were meant to exceed the total by.
    """

    plan_id: UUID
    depth: int
    total: Decimal
    source: Decimal | None
    rule: BalanceRule
    nodes: Sequence[NodeFigures]
    padding: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Fault:
    """A sum that does not hold: CONTRIBUTIONS, GOAL_TARGET, GOAL_MONTHS of a node, or PLAN_TOTAL of a plan."""

    code: str
    object_id: UUID
    difference: Decimal


@dataclass(frozen=True, slots=True)
class PlanBalance:
    """One plan's account: `assigned + gap + residual == total`; only a residual of zero is right."""

    plan_id: UUID
    depth: int
    total: Decimal
    assigned: Decimal
    gap: Decimal
    residual: Decimal
    nodes: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class LevelBalance:
    """All plans of one depth together."""

    depth: int
    plans: int
    nodes: int
    total: Decimal
    assigned: Decimal
    gap: Decimal
    residual: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A plan and every plan below it, from the top down."""

    plans: tuple[PlanBalance, ...]
    levels: tuple[LevelBalance, ...]

    @property
    def holds(self) -> bool:
        """Return whether every sum holds to the cent."""
        return all(not plan.residual and not plan.faults for plan in self.plans)


def reconcile(plans: Sequence[PlanFigures]) -> Reconciliation:
    """Account for every plan given, in the order of their depths."""
    balances = sorted((_balance(plan) for plan in plans), key=lambda balance: balance.depth)
    levels = [_level(depth, list(group)) for depth, group in groupby(balances, key=lambda balance: balance.depth)]
    return Reconciliation(plans=tuple(balances), levels=tuple(levels))


def _balance(plan: PlanFigures) -> PlanBalance:
    assigned = sum((node.value for node in plan.nodes), ZERO)
    gap = open_part(plan.rule, [node.part for node in plan.nodes], [node.left_open for node in plan.nodes], plan.padding)
    faults = [fault for node in plan.nodes for fault in _faults(node)]
    if plan.source is not None and plan.source != plan.total:
        faults.append(Fault("PLAN_TOTAL", plan.plan_id, plan.total - plan.source))
    return PlanBalance(
        plan_id=plan.plan_id,
        depth=plan.depth,
        total=plan.total,
        assigned=assigned,
        gap=gap,
        residual=plan.total - assigned - gap,
        nodes=len(plan.nodes),
        faults=tuple(faults),
    )


def open_part(rule: BalanceRule, parts: Sequence[Part], left_open: Sequence[Decimal], padding: Decimal) -> Decimal:
    """Return what of a total its parts leave open: by tunings, ramps and reports, less what padding assigned beyond it."""
    return gap_of(rule, parts) - sum(left_open, ZERO) - padding


def _faults(node: NodeFigures) -> list[Fault]:
    sums = [("CONTRIBUTIONS", sum(node.contributions, ZERO) - node.suggested)]
    if node.goal_target is not None:
        sums.append(("GOAL_TARGET", node.goal_target - node.value))
        sums.append(("GOAL_MONTHS", sum(node.goal_months, ZERO) - node.goal_target))
    return [Fault(code, node.node_id, difference) for code, difference in sums if difference]


def _level(depth: int, plans: Sequence[PlanBalance]) -> LevelBalance:
    return LevelBalance(
        depth=depth,
        plans=len(plans),
        nodes=sum(plan.nodes for plan in plans),
        total=sum((plan.total for plan in plans), ZERO),
        assigned=sum((plan.assigned for plan in plans), ZERO),
        gap=sum((plan.gap for plan in plans), ZERO),
        residual=sum((plan.residual for plan in plans), ZERO),
    )
