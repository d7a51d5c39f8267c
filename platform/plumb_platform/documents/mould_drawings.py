"""Pages and pictures of a mould in pieces: operators that stay as they are, and between them what is each letter's own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, starmap

from plumb_platform.documents.letter_marks import MARK, Bar, Slot
from plumb_platform.documents.letter_slots import TakenApart
from plumb_platform.documents.page_lines import Font, Run, Shown, lines_of, runs_of
from plumb_platform.documents.set_line import LineSetter
from plumb_platform.documents.slot_glyphs import Borrowed, GlyphWriter, SwappedRun, number
from plumb_platform.documents.slot_lines import PICTURED, SlotLine

CODE = re.compile(rb"(?<= M )0 0\.5 m 1 0\.5 l\n")
MODULES = re.compile(r"M(\d+) (\d+)\.5h(\d+)")
BAR = re.compile(
    rb"q 1 0 0 -1 (?P<x>[\d.]+) (?P<y>[\d.]+)(?P<style> cm/g\d gs[^\n]* scn )"
    rb"0 0 m (?P<width>[\d.]+) 0 l (?P=width) (?P<height>[\d.]+) l 0 (?P=height) l\n"
)
POINTS = 72 / 25.4
"""Points of a millimetre."""
SAME_HEIGHT = 0.005
"""Millimetres within which a bar is the one of a mark."""


class Unmouldable(ValueError):
    """Typst set the marks in another way than letters can be poured into."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a letter has in place of marks: texts, the strokes of its QR code, the heights of its bars in millimetres."""

    texts: Mapping[str, str]
    code: bytes
    heights: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar of a battle map: its mark, where its foot stands, its style and width as they are written; `foot` is in points."""

    mark: float
    x: bytes
    foot: float
    style: bytes
    width: bytes

    def written(self, millimetres: float) -> bytes:
        """Return its operators at a height of its own."""
        height = number(millimetres * POINTS)
        top = number(self.foot + millimetres * POINTS)
        parts = (self.x, top, self.style, self.width, self.width, height, height)
        return b"q 1 0 0 -1 %b %b%b0 0 m %b 0 l %b %b l 0 %b l\n" % parts


Piece = bytes | SlotLine | SwappedRun | DrawnBar | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page or a picture: its object, what its dictionary says, its resources, and its pieces, with None for the QR code."""

    number: int
    said: bytes
    resources: int
    pieces: tuple[Piece, ...]

    def written(self, own: Own, borrowed: Borrowed) -> bytes:
        """Return the operators of a letter; raises Unfit."""
        written = []
        for each in self.pieces:
            match each:
                case bytes():
                    written.append(each)
                case None:
                    written.append(own.code)
                case DrawnBar():
                    written.append(each.written(own.heights[each.mark]))
                case _:
                    written.append(each.written(own.texts, borrowed))
        return b"".join(written)


class DrawingReader:
    """Reads pages and pictures of one shape."""

    def __init__(self, taken: TakenApart) -> None:
        self._slots: Mapping[str, Slot] = {each.mark: each for each in taken.slots}
        self._swapped = re.compile(f"[{''.join(taken.swaps)}]") if taken.swaps else None
        self._bars: tuple[Bar, ...] = taken.bars
        self._english = taken.shape["letter"]["locale"] == "en"

    def pieces(
        self, content: bytes, fonts: Mapping[int, Font], setters: Mapping[int, LineSetter], *, is_page: bool
    ) -> tuple[Piece, ...]:
        """Return the pieces of operators; raises Unmouldable and Unfit."""
        read = list(lines_of(runs_of(content, dict(fonts))))
        if is_page and sum(map(len, read)) != content.count(b"\nBT "):
            raise Unmouldable("a line of text was not found")
        own: list[SlotLine | SwappedRun] = []
        fixed: list[tuple[bytes, float, float]] = []
        writer = GlyphWriter(fonts, setters)
        for line in map(_joined, read):
            if any(mark in run.text for run in line for mark in self._slots):
                own.append(SlotLine(line, self._slots, writer, self._swapped, english=self._english))
                continue
            if any(MARK.search(run.text) for run in line):
                raise Unmouldable("a mark was not found")
            fixed.append((line[0].y, line[0].x, line[-1].x + line[-1].width))
            if self._swapped:
                own += [SwappedRun(run, self._swapped, writer) for run in line if self._swapped.search(run.text)]
        pieces: list[Piece] = []
        at = 0
        for each in own:
            if isinstance(each, SlotLine):
                each.keep_from(fixed)
            pieces += [*self._drawn(content[at : each.start]), each]
            at = each.end
        return (*pieces, *self._drawn(content[at:]))

    def _drawn(self, content: bytes) -> Iterator[Piece]:
        """Yield operators that show no text of the letter's own, its bars and its QR code apart."""
        at = 0
        for found in BAR.finditer(content) if self._bars else ():
            height = float(found["height"]) / POINTS
            marks = [each.mark for each in self._bars if abs(each.mark - height) < SAME_HEIGHT]
            if marks:
                yield from _with_code(content[at : found.start()])
                foot = float(found["y"]) - float(found["height"])
                yield DrawnBar(marks[0], found["x"], foot, found["style"], found["width"])
                at = found.end()
        yield from _with_code(content[at:])


def own_of(taken: TakenApart) -> Own:
    """Return what a letter has in place of marks."""
    strokes = "".join(starmap(_stroke, MODULES.findall(taken.qr)))
    texts = {each.mark: each.text for each in taken.slots} | dict(taken.swaps)
    return Own(texts, strokes.encode() + b"\n", {each.mark: each.height for each in taken.bars})


@lru_cache(maxsize=1 << 14)
def _stroke(x: str, y: str, run: str) -> str:
    """Return the operators of a run of dark modules; a code has some three hundred, and all codes have the same few thousand."""
    return f"{x} {y}.5 m {int(x) + int(run)} {y}.5 l "


def _with_code(content: bytes) -> Iterator[Piece]:
    """Yield operators with None in place of the one module that stands for a QR code."""
    if found := CODE.search(content):
        yield from (content[: found.start()], None, content[found.end() :])
    else:
        yield content


def _joined(line: list[Run]) -> list[Run]:
    """Return a line of a picture, whose glyphs stand one by one, as one run."""
    first, last = line[0], line[-1]
    if first.up != PICTURED:
        return line
    glyphs = [Shown(run.glyphs[0].code, run.text, (following.x - run.x) * 1000 / run.size) for run, following in pairwise(line)]
    return [replace(first, end=last.end, glyphs=[*glyphs, *last.glyphs])]
