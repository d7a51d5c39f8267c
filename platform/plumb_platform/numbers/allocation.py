"""Divide an amount by weights so that the parts always add up to it: the one rule behind every split."""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from math import gcd, lcm

from plumb_platform.errors import InvalidInput

EXACT = Context(prec=200, traps=[Inexact, InvalidOperation, Overflow])
"""Arithmetic that raises rather than rounds."""

ZERO = Decimal(0)
WIDEST = 40
"""Places before or after the point beyond which a number is refused, so that no exponent makes huge integers."""


class IndivisibleTotal(InvalidInput):
    """The total cannot be expressed in whole units."""

    code = "INDIVISIBLE_TOTAL"
    zh = "总额 {total} 不是最小单位 {unit} 的整数倍。"
    en = "The total {total} is not a whole multiple of the unit {unit}."


class InvalidWeight(InvalidInput):
    """A weight is negative, not finite, or has more digits than any weight needs."""

    code = "INVALID_WEIGHT"
    zh = "第 {position} 个权重 {weight} 无效，权重须为不小于 0 的有限小数。"
    en = "Weight number {position} is {weight}; a weight is a finite decimal of 0 or more."


class NoWeight(InvalidInput):
    """Nobody could receive the total: there are no weights, or all are zero."""

    code = "NO_WEIGHT"
    zh = "没有大于 0 的权重，无法分配。"
    en = "There is no weight above 0, so nothing can be allocated."


def allocate(total: Decimal, weights: Sequence[Decimal], *, unit: Decimal) -> list[Decimal]:
    """Divide `total` in proportion to `weights` into whole `unit`s that add up to it exactly.

    Largest remainder method (Hamilton); among equal remainders the earlier weight gets the unit (C50, C60, C83, N1).
    A zero weight gets zero, and the shares of a negative total mirror those of the positive one.
    Result: one Decimal per weight, in the exponent of `unit` (0.01 gives two places).
    Raises IndivisibleTotal, InvalidWeight, NoWeight.
    """
    shares = allocate_units(units_of(total, unit), whole_weights(weights))
    return [amount_of(share, unit) for share in shares]


def allocate_units(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` whole units by integer weights, as `allocate` does for amounts."""
    whole = sum(weights)
    if whole == 0:
        raise NoWeight(field="weights")
    shares, remainders = [], []
    for weight in weights:
        share, remainder = divmod(abs(total) * weight, whole)
        shares.append(share)
        remainders.append(remainder)
    left = abs(total) - sum(shares)
    if left:  # sorted() is stable also when reversed, which keeps the earlier of two equal remainders first
        for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[index] += 1
    return shares if total >= 0 else [-share for share in shares]


def units_of(amount: Decimal, unit: Decimal) -> int:
    """Count the units in `amount`; IndivisibleTotal if they are not a whole number."""
    if not (is_modest(amount) and is_modest(unit) and unit > 0):
        raise IndivisibleTotal(field="total", total=amount, unit=unit)
    (above, below), (unit_above, unit_below) = amount.as_integer_ratio(), unit.as_integer_ratio()
    units, rest = divmod(above * unit_below, below * unit_above)
    if rest:
        raise IndivisibleTotal(field="total", total=amount, unit=unit)
    return units


def amount_of(units: int, unit: Decimal) -> Decimal:
    """Turn a count of units back into the exact amount."""
    return EXACT.multiply(Decimal(units), unit)


def whole_weights(weights: Sequence[Decimal]) -> list[int]:
    """Scale decimal weights to the smallest integers in the same proportion."""
    if not all(map(is_modest, weights)) or min(weights, default=ZERO) < 0:
        position, wrong = next((place, each) for place, each in enumerate(weights) if not is_modest(each) or each < 0)
        raise InvalidWeight(field=f"weights[{position}]", position=position + 1, weight=wrong)
    ratios = [weight.as_integer_ratio() for weight in weights]
    denominators = {denominator for _, denominator in ratios}
    scale = lcm(*denominators)
    scales = {denominator: scale // denominator for denominator in denominators}
    whole = [numerator * scales[denominator] for numerator, denominator in ratios]
    common = gcd(*whole)
    return [weight // common for weight in whole] if common > 1 else whole


def is_modest(number: Decimal) -> bool:
    """Tell whether a number is finite and of a size that people use."""
    return abs(number.adjusted()) <= WIDEST and number.is_finite()
