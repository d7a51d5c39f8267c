"""How fair a split is: how far the values lie apart, and what each child carries beside its potential (N13); pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

PLACES = Decimal("0.000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Load:
    """What a child carries: its part of all values, its part of all potential, and the one over the other.

    `ratio` is None for a child without potential; above 1 it carries more than its potential says.
    """

    share: Decimal
    potential: Decimal
    ratio: Decimal | None


NO_LOAD = Load(ZERO.quantize(PLACES), ZERO.quantize(PLACES), None)


@dataclass(frozen=True, slots=True)
class Fairness:
    """`dispersion` is the coefficient of variation of the values, `load_dispersion` that of the ratios (population
    deviation over mean); `spread` is the highest ratio over the lowest, None where one is zero or missing."""

    mean: Decimal
    dispersion: Decimal
    load_dispersion: Decimal
    spread: Decimal | None
    loads: tuple[Load, ...]


def fairness_of(values: Sequence[Decimal], potentials: Sequence[Decimal]) -> Fairness:
    """Return the fairness of values beside the potentials of the same children; figures to six places."""
    total, potential = sum(values, ZERO), sum(potentials, ZERO)
    exact = [_ratio(value, total, own, potential) for value, own in zip(values, potentials, strict=True)]
    ratios = [ratio for ratio in exact if ratio is not None]
    loads = tuple(
        Load(_part(value, total), _part(own, potential), None if ratio is None else ratio.quantize(PLACES))
        for value, own, ratio in zip(values, potentials, exact, strict=True)
    )
    spread = max(ratios) / min(ratios) if ratios and min(ratios) > 0 else None
    return Fairness(
        mean=(total / len(values)).quantize(Decimal("0.01")),
        dispersion=_variation(values),
        load_dispersion=_variation(ratios),
        spread=None if spread is None else spread.quantize(PLACES),
        loads=loads,
    )


def _ratio(value: Decimal, total: Decimal, potential: Decimal, all_potential: Decimal) -> Decimal | None:
    if not (total and potential and all_potential):
        return None
    return value * all_potential / (total * potential)


def _part(value: Decimal, total: Decimal) -> Decimal:
    return (value / total if total else ZERO).quantize(PLACES)


def _variation(values: Sequence[Decimal]) -> Decimal:
    """Return the population's standard deviation over its mean; zero where there is no mean to compare with."""
    mean = sum(values, ZERO) / len(values) if values else ZERO
    if not mean:
        return ZERO.quantize(PLACES)
    variance = sum(((value - mean) ** 2 for value in values), ZERO) / len(values)
    return (variance.sqrt() / abs(mean)).quantize(PLACES)
