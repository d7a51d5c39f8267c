"""Allocate one amount by many weights that are sums of scaled columns: what `allocate_units` gives, in 64-bit integers.

Weights by several factors are long: on a common denominator each has 100 bits and more. But who gets how much needs little of
that. Each scale, times the amount and over the sum of all weights, is cut after 64 binary places; multiplied by the columns, this
gives each quotient too small by less than a known error, of 2^-30 or so. Where the error could change who is among the largest
remainders, those rows alone are computed with Python's integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from plumb_platform.numbers.allocation import NoWeight, allocate_units
from plumb_platform.numbers.decimal_column import LARGEST, Int64s

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UInt64s: TypeAlias = "NDArray[np.uint64]"
ONE = 1 << 64
HALF, LOW = 32, (1 << 32) - 1


@dataclass(frozen=True, slots=True, eq=False)
class ScaledColumn:
    """Weights of many rows: integers of 0 or more, each times one whole number of any size."""

    integers: Int64s
    scale: int

    def __len__(self) -> int:
        return len(self.integers)

    def __getitem__(self, rows: slice) -> list[int]:
        """Return the weights of some rows."""
        return [each * self.scale for each in self.integers[rows].tolist()]

    def total(self) -> int:
        """Return the sum of the weights."""
        return int(self.integers.sum()) * self.scale


def sums_of(columns: Sequence[list[int] | ScaledColumn]) -> list[int]:
    """Return the weight of each row: the sum of its columns."""
    return list(map(sum, zip(*(column[:] for column in columns), strict=True)))


def allocate_sums(total: int, columns: Sequence[list[int] | ScaledColumn]) -> list[int]:
    """Divide `total` whole units by the sums of the columns, as `allocate_units` does by those sums; raises NoWeight."""
    scaled = [column for column in columns if isinstance(column, ScaledColumn)]
    weighing = [column for column in scaled if column.scale and column.integers.any()]
    error = sum(int(column.integers.max()) for column in weighing)
    rows = len(weighing[0]) if weighing else 0
    if len(scaled) < len(columns) or max(abs(total), error * rows) > LARGEST:
        return allocate_units(total, sums_of(columns))
    if not weighing:
        raise NoWeight(field="weights")
    shares = _Shares(abs(total), weighing, error).allocated()
    return shares if total >= 0 else [-share for share in shares]


class _Shares:
    """The quotients `size * weight / whole` as shares, and as fractions in 2^-64 what they exceed these by.

    A quotient exceeds its share by as much as the fraction says or more, but by less than `error` more: seldom by more than one,
    where the share is too small by one. What is left goes to those first that exceed their share by most, which sets such a share
    right; none of them needs a second unit, since all the errors together are less than one.
    """

    def __init__(self, size: int, columns: Sequence[ScaledColumn], error: int) -> None:
        import numpy as np

        self.size, self.columns, self.error = size, columns, error
        self.whole = sum(column.total() for column in columns)
        self.shares, self.fractions = (np.zeros(len(columns[0]), dtype=np.uint64) for _ in range(2))
        for column in columns:
            above, below = divmod((size * column.scale << 64) // self.whole, ONE)
            integers = column.integers.view(np.uint64)
            high, low = _product(integers, below)
            self.fractions += low
            self.shares += integers * np.uint64(above) + high + (self.fractions < low)

    def allocated(self) -> list[int]:
        """Return the shares, of which those that are exceeded by most got one of the units that are left each."""
        import numpy as np

        left = self.size - int(self.shares.sum())
        if left:
            least = int(np.partition(self.fractions, -left)[-left])
            # Those further apart than the error are in the order of the fractions.
            surely = self._at_least(least + self.error)
            near = np.flatnonzero(self._at_least(least - self.error + 1) & ~surely)
            rest = self._exact(near)
            first = sorted(range(len(near)), key=rest.__getitem__, reverse=True)[: left - int(surely.sum())]
            self.shares += surely
            self.shares[near[first]] += np.uint64(1)
        return self.shares.tolist()

    def _at_least(self, fraction: int) -> "NDArray[np.bool_]":
        import numpy as np

        if fraction >= ONE:
            return np.zeros(len(self.fractions), dtype=np.bool_)
        return self.fractions >= np.uint64(max(fraction, 0))

    def _exact(self, places: "NDArray[np.intp]") -> list[int]:
        """Return what some rows' quotients exceed their shares by, times `whole`."""
        columns = [self.shares, *(column.integers for column in self.columns)]
        scales = [-self.whole, *(self.size * column.scale for column in self.columns)]
        first, *others = (column[places].astype(object) * scale for column, scale in zip(columns, scales, strict=True))
        exact: list[int] = sum(others, first).tolist()
        return exact


def _product(column: UInt64s, factor: int) -> tuple[UInt64s, UInt64s]:
    """Return the upper and the lower 64 bits of the products of integers below 2^63 and a factor below 2^64."""
    import numpy as np

    half, low = np.uint64(HALF), np.uint64(LOW)
    upper, lower = column >> half, column & low
    factor_upper, factor_lower = np.uint64(factor >> HALF), np.uint64(factor & LOW)
    across = upper * factor_lower + (lower * factor_lower >> half)
    middle = lower * factor_upper + (across & low)
    return upper * factor_upper + (across >> half) + (middle >> half), column * np.uint64(factor)
