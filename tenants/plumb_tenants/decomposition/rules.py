"""Splitting a total over children by weighted factors: exact scores, exact values, exact contributions (C83, C98, N1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import lcm

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of, whole_weights

CENT = Decimal("0.01")
SHARE_PLACES = Decimal("0.000001")


class PlanState(StrEnum):
    """A plan is worked on, then published for good."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class NothingToSplitOver(InvalidInput):
    """A split needs at least one child."""

    code = "PLAN_WITHOUT_CHILDREN"
    zh = "该部门没有可参与拆解的下级部门或人员。"
    en = "There is nobody to split over: no unit below, or no person in the unit."


class FactorInputMissing(InvalidInput):
    """Every child needs a value of every factor: missing is not zero."""

    code = "FACTOR_INPUT_MISSING"
    zh = "“{child}”缺少因子“{factor}”的数据。"
    en = "{child} has no value of the factor {factor}."


class FactorInputNegative(InvalidInput):
    """A share cannot be negative."""

    code = "FACTOR_INPUT_NEGATIVE"
    zh = "“{child}”的因子“{factor}”为 {value}，不能为负数。"
    en = "{child} has {value} of the factor {factor}, which cannot be negative."


class FactorAllZero(InvalidInput):
    """A factor that is zero for all children says nothing about their shares."""

    code = "FACTOR_ALL_ZERO"
    zh = "因子“{factor}”在全部下级（{children}）中均为 0，无法计算占比。"
    en = "The factor {factor} is 0 for every child ({children}), so nobody has a share of it."


@dataclass(frozen=True, slots=True)
class WeightedFactor:
    """A factor with its weight in percent and one value per child; values may be shares or raw figures alike."""

    key: str
    name: str
    weight: Decimal
    values: Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A child's part, in whole cents: by the factors, by an equal split, and what each factor brought to the value.

    Cents, because a plan of 100,000 nodes has half a million of these amounts; the properties give them as Decimals.
    """

    cents: int
    equal_cents: int
    brought: tuple[int, ...]

    @property
    def value(self) -> Decimal:
        """Return the suggested value."""
        return amount_of(self.cents, CENT)

    @property
    def equal_share(self) -> Decimal:
        """Return what an equal split gives (C98)."""
        return amount_of(self.equal_cents, CENT)

    @property
    def contributions(self) -> tuple[Decimal, ...]:
        """Return what each factor brought, in their order; it adds up to `value` exactly."""
        return tuple(amount_of(cents, CENT) for cents in self.brought)


def decompose(
    total: Decimal, children: Sequence[str], factors: Sequence[WeightedFactor], *, unit: Decimal = CENT
) -> list[Suggestion]:
    """Split `total` over `children` (their names) by sum(weight * share) of each child (C83).

    A share is the child's value over the factor's sum. Values are multiples of `unit` and add up to `total` exactly;
    contributions are in the order of the factors, to the cent. No share is ever rounded on the way.
    Raises PLAN_WITHOUT_CHILDREN, FACTOR_INPUT_MISSING, FACTOR_INPUT_NEGATIVE, FACTOR_ALL_ZERO, INDIVISIBLE_TOTAL.
    """
    if not children:
        raise NothingToSplitOver
    parts = list(zip(*_parts(children, factors), strict=True))
    whole, cents = units_of(total, unit), units_of(unit, CENT)
    values = allocate_units(whole, [sum(part) for part in parts])
    equal = allocate_units(whole, [1] * len(children))
    return [
        Suggestion(value * cents, share * cents, _brought(value * cents, part))
        for value, share, part in zip(values, equal, parts, strict=True)
    ]


def share_of(value: Decimal, whole: Decimal) -> Decimal:
    """Give a share for people to read, as a fraction of 1 to six places; nothing is computed from it."""
    return (value / whole).quantize(SHARE_PLACES) if whole else Decimal(0).quantize(SHARE_PLACES)


def _parts(children: Sequence[str], factors: Sequence[WeightedFactor]) -> list[list[int]]:
    """Give, per factor, each child's part of the score, as integers on one common denominator."""
    values = [whole_weights(_checked(children, factor)) for factor in factors]
    wholes = [sum(column) for column in values]
    common = lcm(*wholes)
    weights = whole_weights([factor.weight for factor in factors])
    scales = [weight * (common // whole) for weight, whole in zip(weights, wholes, strict=True)]
    return [[value * scale for value in column] for column, scale in zip(values, scales, strict=True)]


def _checked(children: Sequence[str], factor: WeightedFactor) -> list[Decimal]:
    known: list[Decimal] = []
    for child, value in zip(children, factor.values, strict=True):
        if value is None:
            raise FactorInputMissing(field=f"inputs.{factor.key}", factor=factor.name, child=child)
        if value < 0:
            raise FactorInputNegative(field=f"inputs.{factor.key}", factor=factor.name, child=child, value=value)
        known.append(value)
    if not any(known):
        names = "、".join(children[:3]) + ("…" if len(children) > 3 else "")
        raise FactorAllZero(field=f"inputs.{factor.key}", factor=factor.name, children=names)
    return known


def _brought(cents: int, part: Sequence[int]) -> tuple[int, ...]:
    return tuple(allocate_units(cents, part)) if any(part) else (0,) * len(part)
