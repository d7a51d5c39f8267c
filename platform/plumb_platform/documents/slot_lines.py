"""The lines of a page that hold slots: where they may begin and end, and how they are written with a letter's own texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf

from plumb_platform.documents.letter_slots import Slot, SlotKind
from plumb_platform.documents.page_lines import Font, Run
from plumb_platform.documents.set_line import COMMON, Glyph, LineSetter, Placed, Unfit

Borrowed = dict[tuple[int, int], dict[int, tuple[int, str]]]
"""By font and slice: the width and the text of each glyph that a letter takes from there beside the mould's own font."""
LEFT, CENTRE, RIGHT = 0.0, 0.5, 1.0
SIDES: Mapping[SlotKind, float] = {"target": RIGHT, "weight": RIGHT, "other_at": RIGHT, "split": CENTRE, "unit": CENTRE}
"""The side of a line that stays where it is; others are LEFT."""
FOOTER_SIDES: Mapping[SlotKind, float] = {"number": LEFT, "digest": RIGHT}
ROOMS: dict[SlotKind, float] = {
    "number": 200,
    "name": 145,
    "hand": 121,
    "position": 121,
    "detail": 140,
    "metric": 145,
    "unit": 35,
    "target": 94,
    "weight": 50,
    "split": 64,
    "issued_on": 140,
    "code": 220,
    "digest": 200,
    "url": 285,
}
"""The least width in points that the line of a slot has in any design; a moment is never wider than its mark."""
ENGLISH_ROOMS: dict[SlotKind, float] = {"hand": 90, "position": 90, "detail": 128}
"""The same where labels are longer."""
LARGE_ROOMS: Mapping[SlotKind, float] = {"target": 150, "metric": 195}
"""The same in the commitment's larger letters."""
LARGE = 13.0
INTRODUCED_ROOM = 250.0
"""Of a total, which stands on one line with the name of its goal."""
SEAL_ROOM = 300.0
"""Of the code below the star, in units of the seal's own picture."""
HANGING = frozenset("-.,:;")
"""What typst lets reach over the right edge of a line by a part of its width (`overhang`), which moves the line before it."""
APART = 2.0
"""Points that a line keeps from what stands beside it."""
SAME = 1.5
"""Thousandths of an em within which an advance is the one that typst wrote."""
WHOLE_MARK = re.compile(r"(90\d{3}|9999-99-99 [2568]{2}:[2568]{2}:99|8\d{9,})")
PICTURED = b"1"
"""How text stands in a picture, whose own axis points down: the code of a seal, below its middle."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of a line; with slots, its pieces in their order and the tracking between its glyphs."""

    run: Run
    pieces: tuple[str | Slot, ...] = ()
    tracking: float = 0.0
    script: str = COMMON

    @property
    def slots(self) -> list[Slot]:
        """Return the slots of the run."""
        return [each for each in self.pieces if isinstance(each, Slot)]


class SlotLine:
    """One line with a slot or several; raises Unfit when it is not as a slot's line must be."""

    def __init__(
        self,
        runs: list[Run],
        slots: Mapping[str, Slot],
        fonts: Mapping[int, Font],
        setters: Mapping[int, LineSetter],
        *,
        english: bool,
    ) -> None:
        self.start, self.end = runs[0].start, runs[-1].end
        self.x, self.width = runs[0].x, sum(each.width for each in runs)
        self.y = runs[0].y
        self._fonts, self._setters = fonts, setters
        self._parts = [self._part(run, slots) for run in runs]
        if any(" " not in (one.run.text[-1:], two.run.text[:1]) for one, two in pairwise(self._parts) if one.slots or two.slots):
            raise Unfit
        kind = next(each.kind for part in self._parts for each in part.slots)
        self._side = _side(kind, runs[0])
        rooms = ROOMS | ENGLISH_ROOMS if english else ROOMS
        is_first = self._parts[0].pieces[:1] == tuple(self._parts[0].slots[:1]) != ()
        self._room = SEAL_ROOM if runs[0].up == PICTURED else _room(rooms, kind, runs[0].size, is_introduced=not is_first)
        self._codes: dict[tuple[int, Glyph], tuple[bytes, bytes, bool]] = {}
        self._bounds = (-inf, inf)

    def keep_from(self, lines: list[tuple[bytes, float, float]]) -> None:
        """Take note of what stands on the same line: (y, start, end) each."""
        beside = [each for each in lines if each[0] == self.y]
        left = max((end for _, _, end in beside if end <= self.x + APART), default=-inf)
        right = min((start for _, start, _ in beside if start >= self.x + self.width - APART), default=inf)
        self._bounds = left, right

    def written(self, texts: Mapping[str, str], borrowed: Borrowed) -> bytes:
        """Return the operators of the line with `texts` by their marks; raises Unfit when it does not fit."""
        set_parts = [self._set(part, texts) for part in self._parts]
        widths = [
            part.run.width if glyphs is None else _width(glyphs, part.run.size)
            for part, glyphs in zip(self._parts, set_parts, strict=True)
        ]
        width = sum(widths)
        if self._side != LEFT and any(glyphs and glyphs[-1].character in HANGING for glyphs in set_parts[-1:]):
            raise Unfit
        x = self.x - (width - self.width) * self._side
        left, right = self._bounds
        if width > max(self._room, self.width) or x < left + APART or x + width > right - APART:
            raise Unfit
        operators = []
        for part, glyphs, reach in zip(self._parts, set_parts, widths, strict=True):
            operators.append(self._operators(part, glyphs, x, borrowed))
            x += reach
        return b"".join(operators)

    def _part(self, run: Run, slots: Mapping[str, Slot]) -> Part:
        text = run.text
        pieces = tuple(slots.get(each, each) for each in WHOLE_MARK.split(text) if each)
        held = [each for each in pieces if isinstance(each, Slot)]
        if not held:
            return Part(run)
        if len(run.glyphs) != len(text) or run.lead:
            raise Unfit
        setter, script = self._setters[run.font], held[0].script
        plain, tracked = (sum(each.advance + each.added for each in setter.set(text, by, script)) for by in (0.0, 1.0))
        advance = sum(each.advance for each in run.glyphs)
        tracking = round((advance - plain) / (tracked - plain), 3) if tracked > plain else 0.0
        for ours, theirs in zip(setter.set(text, tracking, script), run.glyphs, strict=True):
            if abs(ours.advance + ours.added - theirs.advance) > SAME:
                raise Unfit
        return Part(run, pieces, tracking, script)

    def _set(self, part: Part, texts: Mapping[str, str]) -> list[Placed] | None:
        if not part.pieces:
            return None
        text = "".join(each if isinstance(each, str) else texts[each.mark] for each in part.pieces)
        return self._setters[part.run.font].set(text, part.tracking, part.script)

    def _operators(self, part: Part, glyphs: list[Placed] | None, x: float, borrowed: Borrowed) -> bytes:
        run = part.run
        head = b"q 1 0 0 %b %b %b" % (run.up, number(x), run.y)
        if glyphs is None:
            return head + run.shown
        in_font, shown = b"", [head, run.style]
        for each in glyphs:
            name, code, is_own = self._codes.get((run.font, each.glyph)) or self._code(run.font, each)
            if not is_own:
                place, glyph = each.glyph
                borrowed.setdefault((run.font, place), {})[glyph] = each.advance, each.character
            if name != in_font:
                shown += (b">]TJ" if in_font else b"", b"/", name, b" ", number(run.size), b" Tf")
                shown.append(b"[<" if in_font else b" 1 0 0 -1 0 0 Tm[<")
                in_font = name
            shown += (code, b">", number(-each.added), b"<") if each.added else (code,)
        return b"".join((*shown, b">]TJ\nET\nQ\n")).replace(b"<>", b"")

    def _code(self, font: int, placed: Placed) -> tuple[bytes, bytes, bool]:
        """Return the font and the code of a glyph: the mould's own font, if it has it for sure, before any other."""
        own, place = self._fonts[font], placed.glyph[0]
        code = own.codes.get(placed.character)
        is_own = code is not None and own.widths[code] == placed.advance and self._setters[font].is_always_alike(placed.character)
        name = b"f%d" % font if is_own else b"e%d.%d" % (font, place)
        self._codes[font, placed.glyph] = name, b"%04X" % (code if is_own and code is not None else placed.glyph[1]), is_own
        return self._codes[font, placed.glyph]


@lru_cache(maxsize=4096)
def number(value: float) -> bytes:
    """Return a number as PDF writes it."""
    return (b"%.4f" % value).rstrip(b"0").rstrip(b".")


def _width(glyphs: list[Placed], size: float) -> float:
    return sum(each.advance + each.added for each in glyphs) * size / 1000


def _side(kind: SlotKind, first: Run) -> float:
    if first.is_artifact:
        return FOOTER_SIDES[kind]
    return CENTRE if kind == "number" or first.up == PICTURED else SIDES.get(kind, LEFT)


def _room(rooms: Mapping[SlotKind, float], kind: SlotKind, size: float, *, is_introduced: bool) -> float:
    if kind == "target" and is_introduced:
        return INTRODUCED_ROOM
    return LARGE_ROOMS.get(kind, rooms.get(kind, 0.0)) if size > LARGE else rooms.get(kind, 0.0)
