"""Allocate many amounts at once, each by weights of its own: `allocate_units` in every row, column by column in numpy."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from plumb_platform.numbers.allocation import allocate_units

if TYPE_CHECKING:
    # 20 MB that only wide splits need.
    import numpy as np
    from numpy.typing import NDArray

Column = list[int]
Integers: TypeAlias = "NDArray[np.object_]"
FEW = 24
"""Rows up to which an array costs more than it saves."""


def split_rows(totals: Sequence[int], weights: Sequence[Sequence[int]]) -> list[Column]:
    """Divide each total, in whole units, by the weights of its row, none of them negative; a row without weight gets zeros.

    `weights` and what is returned have one column for each part, as long as `totals`; each row of the result adds up to its
    total. Arrays hold Python's integers, so that no size overflows.
    """
    if len(totals) <= FEW:
        rows = [allocate_units(total, row) if any(row) else [0] * len(row) for total, *row in zip(totals, *weights, strict=True)]
        return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in weights]
    import numpy as np

    amounts, columns = _integers(totals), [_integers(column) for column in weights]
    wholes = sum(columns[1:], columns[0])
    sizes = np.where(wholes == 0, 0, np.abs(amounts))
    shares = _shares(sizes, columns, np.maximum(wholes, 1))
    return [np.where(amounts < 0, -share, share).tolist() for share in shares]


def _shares(sizes: Integers, columns: Sequence[Integers], wholes: Integers) -> list[Integers]:
    """Divide by largest remainders, of equal ones the earlier: whoever has fewer before it than units are left gets one more."""
    import numpy as np

    scaled = [sizes * column for column in columns]
    shares = [each // wholes for each in scaled]
    remainders = [each - share * wholes for each, share in zip(scaled, shares, strict=True)]
    left = sizes - sum(shares[1:], shares[0])
    before = [np.zeros(len(sizes), dtype=np.int64) for _ in columns]
    for earlier, later in combinations(range(len(columns)), 2):
        goes_first = remainders[earlier] >= remainders[later]
        before[later] += goes_first
        before[earlier] += ~goes_first
    return [share + (rank < left) for share, rank in zip(shares, before, strict=True)]


def _integers(column: Sequence[int]) -> Integers:
    import numpy as np

    return np.array(column, dtype=np.object_)
