"""Divide an amount by weights so that the parts always add up to it: the one rule behind every split."""

from collections.abc import Collection, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext
from math import gcd

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
    whole, size = sum(weights), abs(total)
    if whole == 0:
        raise NoWeight(field="weights")
    scaled = [size * weight for weight in weights]
    shares = [each // whole for each in scaled]
    left = size - sum(shares)
    if left:  # sorted() is stable also when reversed, which keeps the earlier of two equal remainders first
        remainders = [each - share * whole for each, share in zip(scaled, shares, strict=True)]
        for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[index] += 1
    return shares if total >= 0 else [-share for share in shares]


def equal_units(total: int, count: int) -> list[int]:
    """Divide `total` whole units into equal parts, as `allocate_units` does by equal weights: the first get what is left."""
    if count == 0:
        raise NoWeight(field="weights")
    share, left = divmod(abs(total), count)
    shares = [share + 1] * left + [share] * (count - left)
    return shares if total >= 0 else [-each for each in shares]


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
    if not are_modest(weights) or min(weights, default=ZERO) < 0:
        position, wrong = next((place, each) for place, each in enumerate(weights) if not is_modest(each) or each < 0)
        raise InvalidWeight(field=f"weights[{position}]", position=position + 1, weight=wrong)
    try:
        with localcontext(EXACT):
            # An exact sum has as many places as the number that has the most.
            scale = Decimal(1).scaleb(-int(sum(weights, ZERO).as_tuple().exponent))
            whole = [int(weight * scale) for weight in weights]
    except Inexact:
        position = max(range(len(weights)), key=lambda place: len(weights[place].as_tuple().digits))
        raise InvalidWeight(field=f"weights[{position}]", position=position + 1, weight=weights[position]) from None
    common = gcd(*whole)
    return [weight // common for weight in whole] if common > 1 else whole


def is_modest(number: Decimal) -> bool:
    """Tell whether a number is finite and of a size that people use."""
    return abs(number.adjusted()) <= WIDEST and number.is_finite()


def are_modest(numbers: Collection[Decimal]) -> bool:
    """Tell whether all numbers are modest, in a tenth of the time that asking each takes."""
    return all(abs(each) <= WIDEST for each in set(map(Decimal.adjusted, numbers))) and all(map(Decimal.is_finite, numbers))
