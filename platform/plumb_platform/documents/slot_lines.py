"""The lines of a page that hold slots: where they may begin and end, and how they are written with a letter's own texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from plumb_platform.documents.letter_marks import Slot, SlotKind
from plumb_platform.documents.page_lines import Run
from plumb_platform.documents.set_line import COMMON, Placed, Unfit, width_of
from plumb_platform.documents.slot_glyphs import Borrowed, GlyphWriter, SwappedRun, number

LEFT, CENTRE, RIGHT = 0.0, 0.5, 1.0
_RIGHT: tuple[SlotKind, ...] = ("target", "previous", "change", "weight", "other_at", "banner_name", "banner_number")
_CENTRE: tuple[SlotKind, ...] = ("split", "unit", "subtitle", "bar", "share", "numbered")
SIDES: Mapping[SlotKind, float] = dict.fromkeys(_RIGHT, RIGHT) | dict.fromkeys(_CENTRE, CENTRE)
"""The side of a line that stays where it is; others are LEFT."""
FOOTER_SIDES: Mapping[SlotKind, float] = {"number": LEFT, "banner_number": LEFT, "digest": RIGHT}
ROOMS: dict[SlotKind, float] = {
    "number": 200,
    "name": 145,
    "hand": 185,
    "position": 185,
    "detail": 140,
    "metric": 145,
    "unit": 35,
    "target": 94,
    "weight": 50,
    "split": 64,
    "previous": 76,
    "change": 45,
    "issued_on": 140,
    "subtitle": 400,
    "definition": 202,
    "banner_name": 250,
    "banner_number": 200,
    "banner_subtitle": 500,
    "front_target": 160,
    "front_weight": 160,
    "bar": 42,
    "share": 42,
    "noted": 750,
    "numbered": 200,
    "code": 220,
    "digest": 200,
    "url": 285,
}
"""The least width in points that the line of a slot has in any design; a moment is never wider than its mark, and who signs and
the lines of a definition are measured beforehand (`letter_rooms`)."""
ENGLISH_ROOMS: dict[SlotKind, float] = {"detail": 128}
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
    swapped: SwappedRun | None = None
    """The run where it has no slots but characters that are swapped."""

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
        writer: GlyphWriter,
        swapped: re.Pattern[str] | None,
        *,
        english: bool,
    ) -> None:
        self.start, self.end = runs[0].start, runs[-1].end
        self.x, self.width = runs[0].x, sum(each.width for each in runs)
        self.y = runs[0].y
        self._writer = writer
        self._parts = [self._part(run, slots, swapped) for run in runs]
        if any(" " not in (one.run.text[-1:], two.run.text[:1]) for one, two in pairwise(self._parts) if one.slots or two.slots):
            raise Unfit
        kind = next(each.kind for part in self._parts for each in part.slots)
        self._side = _side(kind, runs[0])
        rooms = ROOMS | ENGLISH_ROOMS if english else ROOMS
        is_first = self._parts[0].pieces[:1] == tuple(self._parts[0].slots[:1]) != ()
        self._room = SEAL_ROOM if runs[0].up == PICTURED else _room(rooms, kind, runs[0].size, is_introduced=not is_first)
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
            part.run.width if glyphs is None else width_of(glyphs) * part.run.size / 1000
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
            operators.append(b"q 1 0 0 %b %b %b" % (part.run.up, number(x), part.run.y))
            if glyphs is not None:
                operators.append(self._writer.shown(part.run, glyphs, borrowed))
            else:
                operators.append(part.swapped.written(texts, borrowed) if part.swapped else part.run.shown)
            x += reach
        return b"".join(operators)

    def _part(self, run: Run, slots: Mapping[str, Slot], swapped: re.Pattern[str] | None) -> Part:
        text = run.text
        pieces = tuple(slots.get(each, each) for each in WHOLE_MARK.split(text) if each)
        held = [each for each in pieces if isinstance(each, Slot)]
        has_swaps = swapped is not None and swapped.search(text)
        if not held:
            return Part(run, swapped=SwappedRun(run, swapped, self._writer) if swapped and has_swaps else None)
        if has_swaps or len(run.glyphs) != len(text) or run.lead:
            raise Unfit
        setter, script = self._writer.setters[run.font], held[0].script
        plain, tracked = (width_of(setter.set(text, by, script)) for by in (0.0, 1.0))
        advance = sum(each.advance for each in run.glyphs)
        tracking = round((advance - plain) / (tracked - plain), 3) if tracked > plain else 0.0
        for ours, theirs in zip(setter.set(text, tracking, script), run.glyphs, strict=True):
            if abs(ours.reach - theirs.advance) > SAME:
                raise Unfit
        return Part(run, pieces, tracking, script)

    def _set(self, part: Part, texts: Mapping[str, str]) -> list[Placed] | None:
        if not part.pieces:
            return None
        text = "".join(each if isinstance(each, str) else texts[each.mark] for each in part.pieces)
        return self._writer.setters[part.run.font].set(text, part.tracking, part.script)


def _side(kind: SlotKind, first: Run) -> float:
    if first.is_artifact:
        return FOOTER_SIDES[kind]
    return CENTRE if kind == "number" or first.up == PICTURED else SIDES.get(kind, LEFT)


def _room(rooms: Mapping[SlotKind, float], kind: SlotKind, size: float, *, is_introduced: bool) -> float:
    if kind == "target" and is_introduced:
        return INTRODUCED_ROOM
    return LARGE_ROOMS.get(kind, rooms.get(kind, 0.0)) if size > LARGE else rooms.get(kind, 0.0)
