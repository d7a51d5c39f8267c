"""Tuning a suggested value: the band, the reason, and what becomes of the siblings (C84, D5, D6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.numbers.allocation import EXACT, allocate, units_of
from plumb_platform.telling import Said
from plumb_tenants.decomposition.rules import CENT

HUNDRED = Decimal(100)
LONGEST_REASON = 1000


class BalanceRule(StrEnum):
    """Whether the parts still add up to the total after one of them was tuned (D6)."""

    REBALANCE_SIBLINGS = "REBALANCE_SIBLINGS"
    KEEP_GAP = "KEEP_GAP"
    ALLOW_OVERASSIGN = "ALLOW_OVERASSIGN"


class TuneOutsideBand(
    InvalidInput, tells={"suggested": "PlanNode.suggested", "lowest": "PlanNode.suggested", "highest": "PlanNode.suggested"}
):
    """A value may leave the suggestion by no more than the template's band."""

    code = "TUNE_OUTSIDE_BAND"
    zh = "调整值 {value} 超出允许范围：建议值 {suggested} 上下 {band}%，即 {lowest} 至 {highest}。"
    en = "The value {value} is outside the band: {suggested} plus or minus {band} %, that is {lowest} to {highest}."


class TuneReasonMissing(InvalidInput):
    """Whoever departs from the suggestion says why."""

    code = "TUNE_REASON_MISSING"
    zh = "调整建议值须填写理由（1 到 1000 个字符）。"
    en = "Say why the suggested value is changed, in 1 to 1000 characters."


class TuneReasonTooLong(InvalidInput):
    """A reason is read by people."""

    code = "TUNE_REASON_TOO_LONG"
    zh = "理由共 {length} 个字符，最多 {longest} 个。"
    en = "The reason has {length} characters; at most {longest} are allowed."


class OverAssigned(Refused, tells={"assigned": "PlanNode.value", "highest": "Plan.total", "total": "Plan.total"}):
    """The parts may exceed the total by no more than the template allows."""

    code = "OVER_ASSIGN_LIMIT"
    zh = "下级合计 {assigned} 超过上限 {highest}(总额 {total} 的 {limit}% 以内)。"
    en = "The parts come to {assigned}, over the limit of {highest} (the total {total} plus {limit} %)."


class RebalanceImpossible(Refused, tells={"rest": "PlanNode.value PlanNode.suggested"}):
    """The siblings that nobody tuned cannot take what is left."""

    code = "REBALANCE_IMPOSSIBLE"
    zh = "剩余 {rest} 无法由未调整的同级承担，请先修改其他已调整的值。"
    en = "The siblings not tuned cannot take the remaining {rest}; change another tuned value first."


@dataclass(frozen=True, slots=True)
class Part:
    """One child of a plan: what was suggested, what stands, and whether a person chose it, by tuning or by holding it."""

    suggested: Decimal
    value: Decimal
    tuned: bool = False


def band_of(suggested: Decimal, band: Decimal) -> tuple[Decimal, Decimal]:
    """Return the lowest and highest value to the cent that `band` percent allow, both included (D5)."""
    ends = [EXACT.multiply(suggested, (HUNDRED + step) / HUNDRED) for step in (-band, band)]
    return min(ends).quantize(CENT, ROUND_CEILING), max(ends).quantize(CENT, ROUND_FLOOR)


def check_tuning(suggested: Decimal, value: Decimal, reason: str, *, band: Decimal, unit: Decimal) -> None:
    """Refuse a value outside the band or not in whole units, and a change without a reason."""
    lowest, highest = band_of(suggested, band)
    if not lowest <= value <= highest:
        raise TuneOutsideBand(
            field="value", row=Said.LATER, value=value, suggested=suggested, band=f"{band:f}", lowest=lowest, highest=highest
        )
    units_of(value, unit)
    if len(reason) > LONGEST_REASON:
        raise TuneReasonTooLong(field="reason", length=len(reason), longest=LONGEST_REASON)
    if not reason.strip() or "\x00" in reason:
        raise TuneReasonMissing(field="reason")


def balanced(rule: BalanceRule, total: Decimal, parts: Sequence[Part], *, unit: Decimal, limit: Decimal | None) -> list[Decimal]:
    """Return the value of each part once the rule has had its say after a tuning.

    KEEP_GAP changes nothing; REBALANCE_SIBLINGS splits what the tuned parts leave over the others, by their suggested
    values, so that the sum is what was suggested in all; ALLOW_OVERASSIGN refuses a sum above `total` plus `limit` percent.
    """
    values = [part.value for part in parts]
    if rule is BalanceRule.KEEP_GAP:
        return values
    if rule is BalanceRule.ALLOW_OVERASSIGN:
        _check_limit(total, sum(values, Decimal(0)), limit or Decimal(0))
        return values
    return _rebalanced(sum((part.suggested for part in parts), Decimal(0)), parts, unit)


def _check_limit(total: Decimal, assigned: Decimal, limit: Decimal) -> None:
    highest = band_of(total, limit)[1]
    if assigned > highest:
        raise OverAssigned(field="value", row=Said.LATER, assigned=assigned, highest=highest, total=total, limit=f"{limit:f}")


def _rebalanced(total: Decimal, parts: Sequence[Part], unit: Decimal) -> list[Decimal]:
    rest = total - sum((part.value for part in parts if part.tuned), Decimal(0))
    weights = [Decimal(0) if part.tuned else abs(part.suggested) for part in parts]
    if not rest:
        return [part.value if part.tuned else Decimal("0.00") for part in parts]
    if rest * total < 0 or not any(weights):
        raise RebalanceImpossible(field="value", row=Said.LATER, rest=rest)
    shares = allocate(rest, weights, unit=unit)
    return [part.value if part.tuned else share.quantize(CENT) for part, share in zip(parts, shares, strict=True)]


def gap_of(rule: BalanceRule, parts: Sequence[Part]) -> Decimal:
    """Return the part of the total that tuning left unassigned; negative when over-assigned.

    It is counted from the tunings, not from the total, so that a reconciliation against the total can fail.
    """
    if rule is BalanceRule.REBALANCE_SIBLINGS:
        return Decimal("0.00")
    return sum((part.suggested - part.value for part in parts if part.tuned), Decimal("0.00"))
