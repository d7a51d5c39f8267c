"""Chooses the mask of a QR code as ISO/IEC 18004:2015 scores masks, on whole symbols as integers instead of module by module.

A symbol is one integer: module (row, column) is bit `row * stride + column`, dark is 1. Four light columns after each
row keep what is counted in one row apart from the next.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

MASKS = range(8)
MARGIN = 4
"""The light modules beside a finder-like pattern that make it one (table 11)."""
DIGITS = bytes.maketrans(b"\0\1", b"01")


class Differences(NamedTuple):
    """What tells the masks of one version apart, whatever the symbol says: each drawn mask beside mask 0."""

    drawn: tuple[int, ...]
    unscored: int
    """Modules of format and version, which come after the choice (7.8.1)."""


def choose_mask(text: str) -> list[str]:
    """Return the rows of the best symbol of `text`, error correction M, as strings of 1 (dark) and 0; the first of equals.

    The symbol is `segno.make_qr`'s own, in a quarter of its time. Raises segno.DataOverflowError for more than 2,331 bytes.
    """
    import segno  # 1.4 MB that a process without letters does not take

    plain = segno.make_qr(text, error="m", boost_error=False, mask=0)
    size = len(plain.matrix)
    base, differences = _number(plain.matrix), _differences(int(plain.version))
    scored = base & ~differences.unscored
    scores = [_penalty(scored ^ (drawn & ~differences.unscored), size) for drawn in differences.drawn]
    return list(_rows(base ^ differences.drawn[scores.index(min(scores))], size))


@lru_cache(maxsize=4)
def _differences(version: int) -> Differences:
    import segno

    symbols = [segno.make_qr("0", version=version, error="m", boost_error=False, mask=mask) for mask in MASKS]
    first, size = _number(symbols[0].matrix), len(symbols[0].matrix)
    late = [[_is_late(row, column, size) or _is_late(column, row, size) for column in range(size)] for row in range(size)]
    return Differences(tuple(_number(each.matrix) ^ first for each in symbols), _number(late))


def _is_late(row: int, column: int, size: int) -> bool:
    """Return whether a module is of the format (7.9) or, from version 7 on, of the version (7.10); the others mirror these."""
    timing, first_of_version = 6, 45
    of_format = row == 8 and column != timing and not 8 < column < size - 8
    return of_format or (size >= first_of_version and row < timing and size - 11 <= column < size - 8)


def _number(matrix: Sequence[Iterable[int]]) -> int:
    """Read a symbol as one number in base 2, whose first digit is its last module."""
    light = bytes(MARGIN)
    modules = light.join(map(bytes, matrix))[::-1]
    return int(modules.translate(DIGITS), base=2)


def _rows(symbol: int, size: int) -> Iterator[str]:
    for place in range(size):
        row = symbol >> place * (size + MARGIN) & (1 << size) - 1
        yield f"{row:0{size}b}"[::-1]


def _penalty(dark: int, size: int) -> int:
    """Return the penalty of a symbol (7.8.3.1): runs, blocks and finder-like patterns of both ways, and balance."""
    stride, modules = size + MARGIN, size * size
    light = dark ^ _whole(size)
    adjacent = sum(_runs(colour, step) for colour in (dark, light) for step in (1, stride))
    blocks = sum(_blocks(colour, stride) for colour in (dark, light))
    finders = sum(_finders(dark, light, step) for step in (1, stride))
    return adjacent + 3 * blocks + 40 * finders + 10 * (abs(20 * dark.bit_count() - 10 * modules) // modules)


@lru_cache(maxsize=4)
def _whole(size: int) -> int:
    return _number([[1] * size] * size)


def _runs(colour: int, step: int) -> int:
    """A run of 5 + i modules counts 3 + i; it has 1 + i places from which five of its modules follow."""
    pairs = colour & colour >> step
    fives = pairs & pairs >> 2 * step & colour >> 4 * step
    return fives.bit_count() + 2 * (fives & ~(fives << step)).bit_count()


def _blocks(colour: int, stride: int) -> int:
    pairs = colour & colour >> 1
    return (pairs & pairs >> stride).bit_count()


def _finders(dark: int, light: int, step: int) -> int:
    """Count dark 1:1:3:1:1 patterns with four light modules, or the edge, before or after; of two that overlap the first."""
    ends = dark & light >> step & dark >> 2 * step
    found = ends & dark >> 3 * step & ends >> 4 * step
    before = _any_of(dark << step, step)
    after = _any_of(dark >> 7 * step, -step)
    found &= ~before | ~after
    return (found & ~(found << 4 * step | found << 6 * step)).bit_count()


def _any_of(dark: int, step: int) -> int:
    """Return where one of four modules is dark, from each one on in steps; a negative step goes on."""
    if step < 0:
        return dark | dark >> -step | dark >> -2 * step | dark >> -3 * step
    return dark | dark << step | dark << 2 * step | dark << 3 * step
