"""What an explanation holds: what each factor brought, what people changed, where the siblings stand (C91, N2)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from plumb_platform.numbers.derivation import Contribution, Derivation, Label, check


class AdjustmentKind(StrEnum):
    """Who moved a value away from the suggestion: a manager, the balance rule, or a revision of the goal."""

    TUNED = "TUNED"
    REBALANCED = "REBALANCED"
    REVISED = "REVISED"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A step from the suggestion to the value; `amount` is signed, `by` a membership."""

    kind: AdjustmentKind
    amount: Decimal
    reason: str | None
    by: UUID | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FactorShare:
    """What one factor brought: `share` is the child's part of the factor's `whole`, `weight` in percent."""

    key: str
    name: str
    weight: Decimal
    value: Decimal
    whole: Decimal
    share: Decimal
    average_share: Decimal
    contribution: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a value came about: contributions plus adjustments make `value` exactly; `replayed` is it computed anew.

    `average` is that of what the split suggests for all children, to the cent: it is the same for every viewer and tells
    nobody below what was assigned beyond the total (A6). No sibling is named.
    """

    plan_id: UUID
    node_id: UUID
    goal_id: UUID | None
    parent_goal_id: UUID | None
    template_version_id: UUID
    template_name: str
    template_number: int
    metric: str
    unit_of_measure: str
    total: Decimal
    children: int
    suggested: Decimal
    equal_share: Decimal
    factors: tuple[FactorShare, ...]
    adjustments: tuple[Adjustment, ...]
    value: Decimal
    average: Decimal
    replayed: Decimal

    @property
    def above_average(self) -> Decimal:
        """Return by how much the value exceeds the average; negative when it is below."""
        return self.value - self.average

    @property
    def holds(self) -> bool:
        """Return whether the value computed again from the stored inputs is the stored value."""
        return self.replayed == self.value

    @property
    def derivation(self) -> Derivation:
        """Return the same as a derivation tree, proved to add up; raises BrokenDerivationError where it does not."""
        tree = _derivation(self)
        check(tree)
        return tree


_LABELS = {
    AdjustmentKind.TUNED: Label("人工调整", "tuned"),
    AdjustmentKind.REBALANCED: Label("同级平衡", "rebalanced"),
    AdjustmentKind.REVISED: Label("目标修订", "revised"),
}


def _derivation(explained: Explanation) -> Derivation:
    parts = [Contribution(factor.key, Label(factor.name, factor.key), factor.contribution) for factor in explained.factors]
    parts += [Contribution(step.kind.lower(), _LABELS[step.kind], step.amount) for step in explained.adjustments]
    return Derivation(
        label=Label(explained.metric, explained.metric),
        kind="weighted_split",
        value=explained.value,
        inputs={"total": explained.total} | {factor.key: factor.value for factor in explained.factors},
        contributions=tuple(parts),
        versions={"template": str(explained.template_version_id)},
    )
