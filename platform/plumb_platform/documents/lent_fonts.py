"""Fonts of those characters of a letter that its mould lacks: written from outlines that a process keeps, on the coarser grid."""

from collections.abc import Sequence
from functools import cache

from plumb_platform.documents.cff import CffFont, UnknownFont, cid_font, of_one_part, written_font
from plumb_platform.documents.coarse_fonts import coarse_outlines
from plumb_platform.documents.glyphs import Face

OUTLINES_KEPT = 4096
"""Outlines kept of a face: half a megabyte; names share most of their characters."""


class LentOutlines:
    """The outlines of one face: each is cut by HarfBuzz and put onto the coarser grid when a letter first asks for it."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._known: dict[int, bytes] = {}
        self._empty: tuple[CffFont, int] | None = None
        """The font of this face with no glyph, for what all have in common, and its grid; a cut tells more where it has more."""

    def program(self, glyphs: Sequence[int]) -> bytes:
        """Return a CFF font program of sorted `glyphs`, whose CIDs are their numbers; equal glyphs give equal bytes."""
        if len(self._known) > OUTLINES_KEPT:
            self._known.clear()
        missing = [glyph for glyph in glyphs if glyph not in self._known]
        try:
            font, grid = self._empty = self._empty or coarse_outlines(cid_font(self._face.cut([])))
            if missing:
                self._learn(missing)
        except UnknownFont:
            return self._face.cut(glyphs)
        rest = of_one_part(font.rest, glyphs)
        outlines = [*font.charstrings, *(self._known[glyph] for glyph in glyphs)]
        return written_font(CffFont(font.name, outlines, [], rest), grid)

    def _learn(self, glyphs: Sequence[int]) -> None:
        font, _ = coarse_outlines(cid_font(self._face.cut(glyphs)))
        _, *outlines = font.charstrings
        if len(outlines) != len(glyphs):
            raise UnknownFont("cut otherwise than asked")
        self._known.update(zip(glyphs, outlines, strict=True))


@cache
def lent_by(face: Face) -> LentOutlines:
    """Return the outlines that a face lends."""
    return LentOutlines(face)
