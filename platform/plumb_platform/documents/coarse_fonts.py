"""Puts the outlines of letters' fonts onto a coarser grid: at the sizes of letters nothing of it is seen, and a third is saved.

A CFF font (Adobe Technical Note 5176) of a finer grid has 1,000 units to an em; at 31 points, the largest title, one of 160
is a fifth of a point. Points are rounded, curves that then are straight within one unit become lines.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from plumb_platform.documents.cff import CffFont, UnknownFont, cid_font, written_font
from plumb_platform.documents.charstrings import Contour, Segment, UnknownOutline, outline_of
from plumb_platform.documents.charstrings_written import charstring_of

GRIDS = {b"NotoSans": 160, b"NotoSerif": 200}
"""Units to an em by family; thin strokes beside thick ones need more of them."""
UNITS = 1000
STRAIGHT = 1.0
"""Units within which a curve is a line: handles this near to its chord bend it by three quarters of that."""
GLYPHS_KEPT = 4096
"""Outlines that a process keeps: 2 MB; most letters share most of their characters."""


class Drawn(NamedTuple):
    """A glyph as its font draws it: its charstring, and the widths that the font has for those that say none or a difference."""

    code: bytes
    usual: float
    nominal: float


def coarse_font(program: bytes) -> bytes:
    """Return a CFF font with the same glyphs, widths and codes on the grid of its family; another font is returned as it is."""
    try:
        return written_font(*coarse_outlines(cid_font(program)))
    except UnknownFont:
        return program


def coarse_outlines(font: CffFont) -> tuple[CffFont, int]:
    """Return a font with its outlines on the grid of its family, and that; raises UnknownFont."""
    grid = next((units for name, units in GRIDS.items() if font.name.startswith(name)), None)
    if grid is None:
        raise UnknownFont("of another family")
    try:
        coarse = [_coarse(Drawn(code, *widths), grid) for code, widths in zip(font.charstrings, font.widths, strict=True)]
    except UnknownOutline as problem:
        raise UnknownFont(str(problem)) from None
    return CffFont(font.name, coarse, [(float(grid), 0.0)] * len(coarse), font.rest), grid


@lru_cache(maxsize=GLYPHS_KEPT)
def _coarse(drawn: Drawn, grid: int) -> bytes:
    """Return a charstring on a coarser grid, whose usual width is an em; raises UnknownOutline."""
    said, contours = outline_of(drawn.code)
    width = (drawn.usual if said is None else drawn.nominal + said) * grid / UNITS
    coarse = [each for each in (coarse_contour(contour, grid / UNITS) for contour in contours) if len(each) > 1]
    if bool(coarse) != bool(contours):
        raise UnknownOutline("nothing would be left of it")
    return charstring_of(None if width == grid else width, coarse)


def coarse_contour(contour: Contour, scale: float) -> Contour:
    """Return a contour with whole points, without what lies between two points of one line."""
    points = [tuple(round(value * scale) for value in segment) for segment in contour]
    made: Contour = [points[0]]
    for segment in _straightened(points):
        if len(made) > 1 and len(segment) == len(made[-1]) == 2 and _goes_on(made[-2][-2:], made[-1], segment):
            made[-1] = segment
        else:
            made.append(segment)
    if len(made) > 2 and made[-1] == made[0]:
        made.pop()
    return made


def _straightened(points: Sequence[Segment]) -> Iterator[Segment]:
    """Yield segments, those that are straight as lines, without such as lead nowhere."""
    for before, segment in pairwise(points):
        start, end = before[-2:], segment[-2:]
        if len(segment) == 6 and not _is_straight(start, segment):
            yield segment
        elif start != end:
            yield end


def _is_straight(start: Segment, curve: Segment) -> bool:
    """Whether both handles of a curve lie beside its chord, within STRAIGHT of it."""
    across, up = curve[4] - start[0], curve[5] - start[1]
    squared = across * across + up * up
    for x, y in ((curve[0] - start[0], curve[1] - start[1]), (curve[2] - start[0], curve[3] - start[1])):
        if not 0 <= x * across + y * up <= squared or (x * up - y * across) ** 2 > STRAIGHT * STRAIGHT * squared:
            return False
    return squared > 0 or not any(value - start[at % 2] for at, value in enumerate(curve))


def _goes_on(one: Segment, two: Segment, three: Segment) -> bool:
    """Whether the way from `two` to `three` goes on exactly as that from `one` to `two`."""
    first, second = (two[0] - one[0], two[1] - one[1]), (three[0] - two[0], three[1] - two[1])
    return first[0] * second[1] == first[1] * second[0] and first[0] * second[0] + first[1] * second[1] > 0
