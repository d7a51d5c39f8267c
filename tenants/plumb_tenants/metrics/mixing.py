"""Adding up what has different units: money converted by dated rates, or normalised scores, and nothing else; pure (A11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from plumb_platform.errors import InvalidInput
from plumb_tenants.metrics.rates import EXACT, Rates, convert

CENT = Decimal("0.01")


class UnitsMixed(InvalidInput):
    """Yuan and visits have no sum."""

    code = "UNITS_MIXED"
    zh = "计量单位不同（{units}），只能按标准化得分汇总，或先将金额折算为同一货币。"
    en = "The units differ ({units}); roll up by normalised scores, or convert money to one currency."


class WeightsMissing(InvalidInput):
    """A mean of scores needs weight somewhere."""

    code = "MIXED_WEIGHTS_MISSING"
    zh = "按得分汇总时权重合计须大于 0。"
    en = "A roll-up by scores needs weights that total more than 0."


class Basis(StrEnum):
    """What a sum was made from."""

    SAME_UNIT = "SAME_UNIT"
    CONVERTED = "CONVERTED"
    SCORE = "SCORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A value in its unit; `currency` and `day` where it is money, `score` in percent of its target where it has one."""

    value: Decimal
    unit_of_measure: str
    currency: str | None = None
    day: date | None = None
    score: Decimal | None = None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Mixed:
    """The sum of quantities, its unit, and what it was made from; a score is in percent."""

    value: Decimal
    unit_of_measure: str
    basis: Basis


def add_up(quantities: Sequence[Quantity], *, rates: Rates | None = None, currency: str | None = None) -> Mixed:
    """Return the sum of quantities of one unit, else of money in one currency, else the mean of their scores by weight.

    `currency` asks for money in that currency. Raises UnitsMixed naming the units, RateMissing, WeightsMissing.
    """
    units = sorted({each.currency or each.unit_of_measure for each in quantities})
    if quantities and all(each.currency for each in quantities) and (currency or len(units) == 1):
        return _money(quantities, rates or Rates(), currency or units[0])
    if len(units) == 1:
        total = sum((each.value for each in quantities), Decimal(0))
        return Mixed(total, quantities[0].unit_of_measure, Basis.SAME_UNIT)
    scores = [each.score for each in quantities if each.score is not None]
    if not quantities or len(scores) < len(quantities):
        raise UnitsMixed(units=", ".join(units))
    return _scored(quantities, scores)


def _money(quantities: Sequence[Quantity], rates: Rates, currency: str) -> Mixed:
    total = Decimal(0)
    for place, each in enumerate(quantities):
        own = each.currency or currency
        if own != currency and each.day is None:
            raise UnitsMixed(field=f"parts[{place}]", units=f"{own}, {currency}")
        total += convert(rates, each.value, base=own, quote=currency, day=each.day or date.max, field=f"parts[{place}]")
    same = all(each.currency == currency for each in quantities)
    return Mixed(total, currency, Basis.SAME_UNIT if same else Basis.CONVERTED)


def _scored(quantities: Sequence[Quantity], scores: Sequence[Decimal]) -> Mixed:
    weight = sum((each.weight for each in quantities), Decimal(0))
    if weight <= 0:
        raise WeightsMissing
    total = sum((each.weight * score for each, score in zip(quantities, scores, strict=True)), Decimal(0))
    return Mixed(EXACT.divide(total, weight).quantize(CENT, ROUND_HALF_UP), "%", Basis.SCORE)
