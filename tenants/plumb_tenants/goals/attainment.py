"""How far a goal has come: attainment against target and baseline, and the roll-up of parts; pure (A10, A12, C49)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plumb_platform.errors import InvalidInput
from plumb_platform.telling import Row
from plumb_platform.words import Word
from plumb_tenants.formulas.service import CompiledFormula, Type, compile_formula
from plumb_tenants.goals.kinds import Aim, RollUp
from plumb_tenants.goals.rules import CENT, LARGEST

HUNDRED = Decimal("100.00")
ZERO = Decimal("0.00")
"""Both with the two places in which amounts and percents are told."""


class BaselineInvalid(InvalidInput, tells={"baseline": "Goal.baseline"}):
    """The way from a baseline leads to the target: up to reach it, down to reduce, and none to maintain it.

    Whoever approves a revision may not see its target, so the text says none.
    """

    code = "BASELINE_INVALID"
    zh = "基线值 {baseline} 与目标值不符：提升类的基线须低于目标，降低类须填写高于目标的基线，维持类不填基线。"
    en = (
        "The baseline {baseline} does not fit the target: to REACH it lies below, to REDUCE it is needed and lies above, "
        "and what is to be MAINTAINed has none."
    )


class Undefined(Word):
    """Why an attainment has no value although something was reported; never an exception and never zero."""

    TARGET_ZERO = "TARGET_ZERO", "目标值为 0"
    BASELINE_IS_TARGET = "BASELINE_IS_TARGET", "基线值等于目标值"
    UNITS_MIXED = "UNITS_MIXED", "下级目标的计量单位不一致"
    RATE_MISSING = "RATE_MISSING", "缺少折算当日的汇率"
    NO_WEIGHT = "NO_WEIGHT", "下级目标没有权重"
    FORMULA_UNDEFINED = "FORMULA_UNDEFINED", "汇总公式没有结果"
    OUT_OF_RANGE = "OUT_OF_RANGE", "结果超出范围"


# Each goal beside one that moves is counted in by these; made frozen, they took twice the time, and nothing writes to them.
@dataclass(slots=True)
class Attained:
    """An attainment in percent, uncapped; None with a reason where it is undefined, None without where nothing is known."""

    percent: Decimal | None = None
    met: bool | None = None
    undefined: Undefined | None = None


@dataclass(slots=True)
class Aimed:
    """What is aimed at: `target` and `baseline` in the unit of measure."""

    aim: Aim
    target: Decimal
    baseline: Decimal | None
    unit_of_measure: str


@dataclass(slots=True)
class Part:
    """A goal as a part of another; `reported` is how much of it, in percent, anything is known about.

    `excluded` is what was taken out of its target, in its unit of measure.
    """

    aimed: Aimed
    weight: Decimal
    actual: Decimal | None
    attained: Attained
    reported: Decimal
    excluded: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What the parts of a goal come to; `reported` in percent says how much of them is known."""

    actual: Decimal | None
    attained: Attained
    reported: Decimal


def check_way(aim: Aim, target: Decimal, baseline: Decimal | None, *, row: Row) -> None:
    """Refuse a baseline from which no way leads to the target, with BaselineInvalid; the baseline is that of `row`."""
    fits = {
        Aim.REACH: baseline is None or baseline < target,
        Aim.MAINTAIN: baseline is None,
        Aim.REDUCE: baseline is not None and baseline > target,
    }
    if not fits[aim]:
        raise BaselineInvalid(field="baseline", row=row, baseline="-" if baseline is None else baseline)


def attained(aimed: Aimed, actual: Decimal) -> Attained:
    """Return how far `actual` has come from the baseline (0 without one) to the target; 130 % stays 130 %.

    To keep a value at or above its target has no way to go: then it is actual / target, and 100 % of the target or more is met.
    """
    start = ZERO if aimed.baseline is None or aimed.aim is Aim.MAINTAIN else aimed.baseline
    met = actual <= aimed.target if aimed.aim is Aim.REDUCE else actual >= aimed.target
    way = aimed.target - start
    if not way:
        return Attained(None, met, Undefined.BASELINE_IS_TARGET if start else Undefined.TARGET_ZERO)
    return _in_range((actual - start) / way * HUNDRED, met=met)


def rolled_up(roll_up: RollUp, aimed: Aimed, parts: Sequence[Part], formula: str = "") -> RolledUp:
    """Return what parts come to; a part that nobody reported counts nothing and keeps its place in the denominator.

    SUM adds actuals of one unit of measure, WEIGHTED takes the mean of attainments by weight, FORMULA computes with NAMES.
    """
    if roll_up is RollUp.SUM:
        return _summed(aimed, parts)
    if all(part.attained.percent is None for part in parts):
        return RolledUp(None, Attained(), ZERO)
    weights = [part.weight for part in parts]
    if not sum(weights, ZERO):
        return RolledUp(None, Attained(None, None, Undefined.NO_WEIGHT), ZERO)
    percent = _mean(weights, [_percent(part) for part in parts])
    reported = _mean(weights, [ZERO if part.attained.percent is None else part.reported for part in parts])
    if roll_up is RollUp.FORMULA:
        return RolledUp(None, _by_formula(formula, aimed, parts, percent), reported)
    return RolledUp(None, _in_range(percent, met=_round(percent) >= HUNDRED), reported)


NAMES = ("weighted", "average", "lowest", "highest", "actual", "target", "parts", "met")
"""What a roll-up formula may name: attainments in percent, the sum of actuals, the goal's target, counts of parts."""


def compiled(formula: str) -> CompiledFormula:
    """Compile a roll-up formula; raises a FormulaError."""
    return compile_formula(formula, dict.fromkeys(NAMES, Type.NUMBER))


def _by_formula(formula: str, aimed: Aimed, parts: Sequence[Part], weighted: Decimal) -> Attained:
    percents = [_percent(part) for part in parts]
    values = {
        "weighted": weighted,
        "average": sum(percents, ZERO) / len(percents),
        "lowest": min(percents),
        "highest": max(percents),
        "actual": None if _is_mixed(aimed, parts) else sum((part.actual or ZERO for part in parts), ZERO),
        "target": aimed.target,
        "parts": Decimal(len(parts)),
        "met": Decimal(sum(1 for part in parts if part.attained.met)),
    }
    found = compiled(formula).evaluate(values).value
    if not isinstance(found, Decimal):
        return Attained(None, None, Undefined.FORMULA_UNDEFINED)
    return _in_range(found, met=found >= HUNDRED)


def _summed(aimed: Aimed, parts: Sequence[Part]) -> RolledUp:
    actuals = [part.actual for part in parts if part.actual is not None]
    if not actuals:
        return RolledUp(None, Attained(), ZERO)
    targets = [abs(part.aimed.target) for part in parts]
    weights = targets if sum(targets, ZERO) else [HUNDRED] * len(parts)
    reported = _mean(weights, [ZERO if part.actual is None else part.reported for part in parts])
    if _is_mixed(aimed, parts):
        return RolledUp(None, Attained(None, None, Undefined.UNITS_MIXED), reported)
    actual = sum(actuals, ZERO)
    if abs(actual) >= LARGEST:
        return RolledUp(None, Attained(None, None, Undefined.OUT_OF_RANGE), reported)
    return RolledUp(actual, attained(aimed, actual), reported)


def _is_mixed(aimed: Aimed, parts: Sequence[Part]) -> bool:
    """Return whether the actuals of parts have no sum."""
    return any(part.aimed.unit_of_measure != aimed.unit_of_measure for part in parts)


def _percent(part: Part) -> Decimal:
    return ZERO if part.attained.percent is None else part.attained.percent


def _mean(weights: Sequence[Decimal], values: Sequence[Decimal]) -> Decimal:
    return sum((weight * value for weight, value in zip(weights, values, strict=True)), ZERO) / sum(weights, ZERO)


def _in_range(percent: Decimal, *, met: bool) -> Attained:
    if abs(percent) >= LARGEST:
        return Attained(None, met, Undefined.OUT_OF_RANGE)
    return Attained(_round(percent), met)


def _round(percent: Decimal) -> Decimal:
    return percent.quantize(CENT, ROUND_HALF_UP)
