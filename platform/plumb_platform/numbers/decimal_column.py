"""Decimals of many rows, each read once: whether they are of a size that people use, and what they are as 64-bit integers.

A split of 100,000 rows waits for memory more than it computes: what lies in no order there is fetched anew each time it is read.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, TypeAlias, cast

from plumb_platform.numbers.allocation import EXACT, WIDEST, ZERO, are_modest

if TYPE_CHECKING:
    # 20 MB that only wide splits need.
    import numpy as np
    from numpy.typing import NDArray

Int64s: TypeAlias = "NDArray[np.int64]"
MANY = 128
"""Rows from which arrays pay."""
PIECE = 512
"""Rows that are read at once, so that what is read of them stays in the processor's nearest memory."""
LARGEST = (1 << 62) - 1


class DecimalColumn:
    """The values of one column, taken piece by piece; `modest` tells whether all that are given are modest so far."""

    __slots__ = ("_pieces", "modest", "values")

    def __init__(self, *, integers: bool) -> None:
        """Begin a column, whose integers are asked for or not."""
        self.values: list[Decimal | None] = []
        self.modest = True
        self._pieces: list[tuple[Int64s, int]] | None = [] if integers else None

    def take(self, values: Sequence[Decimal | None]) -> None:
        """Add the values of the next rows; a missing one is None."""
        self.values += values
        if self._pieces is not None:
            piece = _integers(values)
            if piece is not None:
                self._pieces.append(piece)
                return
            self._pieces = None
        self.modest = self.modest and are_modest([value for value in values if value is not None])

    def integers(self) -> "Int64s | None":
        """Return integers in the proportions of the values, or None where one is missing or negative, or they are too long.

        None as well where they were not asked for. Their sum fits 63 bits.
        """
        if not self._pieces:
            return None
        import numpy as np

        most = max(places for _, places in self._pieces)
        factors = [10 ** (most - places) for _, places in self._pieces]
        largest = max(int(piece.max()) * factor for (piece, _), factor in zip(self._pieces, factors, strict=True))
        # A piece of zeros alone says nothing about its factor.
        if max(*factors, largest * len(self.values)) > LARGEST:
            return None
        return np.concatenate([piece * factor for (piece, _), factor in zip(self._pieces, factors, strict=True)])


def column_of(values: Sequence[Decimal | None]) -> DecimalColumn:
    """Return a column of these values, with integers where there are many."""
    column = DecimalColumn(integers=len(values) >= MANY)
    for rows in pieces(len(values)):
        column.take(values[rows])
    return column


def pieces(size: int) -> Iterator[slice]:
    """Divide so many rows into pieces that are read at once."""
    return (slice(first, first + PIECE) for first in range(0, size, PIECE))


def _integers(values: Sequence[Decimal | None]) -> "tuple[Int64s, int] | None":
    """Return values times ten to the power of the places that are returned too; None if that is not exact, or not possible."""
    import numpy as np

    known = cast("Sequence[Decimal]", values)  # a missing one is a TypeError, sooner than asking for it would be
    try:
        with localcontext(EXACT):
            # An exact sum has as many places as the number that has the most.
            places = max(0, -int(sum(known, ZERO).as_tuple().exponent))
            if places > WIDEST:
                return None
            whole = np.fromiter(map(int, map(Decimal(10**places).__mul__, known)), np.int64, len(known))
    except (TypeError, ValueError, ArithmeticError):
        return None
    # What a zero hides: it may have an exponent of any size.
    sound = int(whole.min()) >= 0 and (bool(whole.all()) or are_modest(known))
    return (whole, places) if sound else None
