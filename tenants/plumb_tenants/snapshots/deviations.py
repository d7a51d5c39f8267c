"""How far a value is from what was planned, and whether that is marked red; pure (C69, D4)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


class Mark(StrEnum):
    """What a deviation is: within the limit, red, UNDEFINED where nothing was planned, UNKNOWN where nothing was reported."""

    WITHIN = "WITHIN"
    RED = "RED"
    UNDEFINED = "UNDEFINED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Deviation:
    """A deviation in percent of what was planned, to two places; the mark goes by the exact value."""

    mark: Mark
    percent: Decimal | None = None


def deviation(actual: Decimal | None, planned: Decimal | None, *, red_percent: Decimal) -> Deviation:
    """Return abs(actual - planned) / abs(planned) in percent; red is strictly over the limit (100: 85 is not, 84.99 is)."""
    if actual is None or planned is None:
        return Deviation(Mark.UNKNOWN)
    if planned == 0:
        return Deviation(Mark.UNDEFINED)
    apart, whole = abs(actual - planned) * HUNDRED, abs(planned)
    mark = Mark.RED if apart > red_percent * whole else Mark.WITHIN
    return Deviation(mark, (apart / whole).quantize(CENT, rounding=ROUND_HALF_UP))
