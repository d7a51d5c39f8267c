"""What an explanation holds: what each factor brought, what people changed, where the siblings stand (C91, N2)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from plumb_platform.numbers.derivation import Contribution, Derivation, Label, check
from plumb_tenants.decomposition.figures import Origin
from plumb_tenants.people.service import Spell


class AdjustmentKind(StrEnum):
    """What moved a value away from what the factors give: a step of the split, a manager, the balance rule, a revision."""

    COEFFICIENT = "COEFFICIENT"
    PRESENCE = "PRESENCE"
    HELD = "HELD"
    RAMP = "RAMP"
    BLOCKED = "BLOCKED"
    TUNED = "TUNED"
    REBALANCED = "REBALANCED"
    REVISED = "REVISED"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A step from what the factors give to the value; `amount` is signed, `by` a membership."""

    kind: AdjustmentKind
    amount: Decimal
    reason: str | None
    by: UUID | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FactorShare:
    """What one factor brought: `share` is the child's part of the factor's `whole`, `weight` in percent.

    `value` is None where nobody gave one; all but the contribution is None for who must not infer a padding (A6).
    """

    key: str
    name: str
    weight: Decimal | None
    value: Decimal | None
    whole: Decimal | None
    share: Decimal | None
    average_share: Decimal | None
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Presence:
    """For how many of the cycle's working days somebody was there, and when."""

    working_days: int
    of_days: int
    spells: tuple[Spell, ...]


@dataclass(frozen=True, slots=True)
class ExplainedFigure:
    """A figure behind the factors of one child, and where it comes from; None where nobody gave one and none was found."""

    name: str
    value: Decimal | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a value came about: contributions plus adjustments make `value` exactly; `replayed` is it computed anew.

    `average` is that of what the factors give all children, to the cent, the same for every viewer. No sibling is named.
    Where a plan is padded, who may not read the plan gets no total, no number of children, no figures and no shares: from the
    rest nobody below infers what was assigned beyond the total (A6). `weight_set` is None under the default weights,
    `presence` where nobody asked for it.
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
    weight_set: str | None
    total: Decimal | None
    children: int | None
    suggested: Decimal
    equal_share: Decimal | None
    factors: tuple[FactorShare, ...]
    figures: tuple[ExplainedFigure, ...]
    adjustments: tuple[Adjustment, ...]
    presence: Presence | None
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
    AdjustmentKind.COEFFICIENT: Label("系数", "coefficient"),
    AdjustmentKind.PRESENCE: Label("在岗天数", "presence"),
    AdjustmentKind.HELD: Label("锁定", "held"),
    AdjustmentKind.RAMP: Label("新人爬坡", "ramp"),
    AdjustmentKind.BLOCKED: Label("画像报告未完成", "blocked"),
    AdjustmentKind.TUNED: Label("人工调整", "tuned"),
    AdjustmentKind.REBALANCED: Label("同级平衡", "rebalanced"),
    AdjustmentKind.REVISED: Label("目标修订", "revised"),
}


def _label(explained: Explanation, kind: AdjustmentKind) -> Label:
    """Return what a step is called; that of presence names the working days (A3)."""
    there = explained.presence
    if there is None or kind is not AdjustmentKind.PRESENCE:
        return _LABELS[kind]
    days = f"{there.working_days}/{there.of_days}"
    return Label(f"在岗天数（{days} 个工作日）", f"present on {days} working days")


def _derivation(explained: Explanation) -> Derivation:
    parts = [Contribution(factor.key, Label(factor.name, factor.key), factor.contribution) for factor in explained.factors]
    parts += [Contribution(step.kind.lower(), _label(explained, step.kind), step.amount) for step in explained.adjustments]
    return Derivation(
        label=Label(explained.metric, explained.metric),
        kind="weighted_split",
        value=explained.value,
        inputs={"total": explained.total} | {factor.key: factor.value for factor in explained.factors},
        contributions=tuple(parts),
        versions={"template": str(explained.template_version_id)},
    )
