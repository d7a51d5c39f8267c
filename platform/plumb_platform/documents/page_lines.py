"""Reads the lines of text that typst writes into a page, strictly: where each run is, what it says, glyph by glyph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from plumb_platform.documents.set_line import GAP
from plumb_platform.documents.to_unicode import said_by

NUMBER = rb"-?\d+(?:\.\d+)?"
_PLAIN = rb"[^()\\]++|\\."
_BALANCED = rb"\((?:%b|\((?:%b|\((?:%b)*+\))*+\))*+\)" % (_PLAIN, _PLAIN, _PLAIN)
STRING = rb"%b|<[0-9A-F]*>" % _BALANCED
_PLACE = rb"q 1 0 0 (?P<up>-?1) (?P<x>%b) (?P<y>%b)" % (NUMBER, NUMBER)
_STYLE = rb"(?P<style> cm/c\d cs [^\n]*\nBT \d Tr)/f(?P<font>\d+) (?P<size>%b) Tf 1 0 0 -1 0 0 Tm" % NUMBER
_SHOWN = rb"(?:\[(?P<shown>(?:%b|%b)*)\]TJ|(?P<only>%b)Tj)\nET\nQ(?:\n|\Z)" % (STRING, NUMBER, STRING)
RUN = re.compile(_PLACE + _STYLE + _SHOWN, re.DOTALL)
TOKEN = re.compile(rb"(?P<string>%b)|(?P<number>%b)" % (STRING, NUMBER), re.DOTALL)
ESCAPE = re.compile(rb"\\(?:([0-7]{3})|(.))", re.DOTALL)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
WIDTH = re.compile(rb"(\d+) (\d+) (-?[\d.]+)")
NEAR = 0.02
"""Points; runs this near follow each other."""


@dataclass(frozen=True, slots=True)
class Font:
    """What a font of typst's says of its codes: their text, and their widths in thousandths of an em."""

    texts: dict[int, str]
    widths: dict[int, float]
    codes: dict[str, int]
    """Code of each character that has one only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A glyph of a run: its code, its text, and how far it is to the next one in thousandths of an em."""

    code: int
    text: str
    advance: float


@dataclass(slots=True)
class Run:
    """Text of one style on one line; `start` and `end` are where it stands in the page's operators."""

    start: int
    end: int
    up: bytes
    x: float
    y: bytes
    style: bytes
    shown: bytes
    """The operators from `style` on, as they stand there."""
    font: int
    size: float
    lead: float
    """How far the first glyph stands from `x`, in thousandths of an em: a gap after Latin, punctuation moved to its edge."""
    glyphs: list[Shown]
    is_artifact: bool

    @property
    def text(self) -> str:
        """Return what the run says."""
        return "".join(each.text for each in self.glyphs)

    @property
    def width(self) -> float:
        """Return how far the run reaches, in points."""
        return (self.lead + sum(each.advance for each in self.glyphs)) * self.size / 1000


def font_of(cid_font: bytes, to_unicode: bytes) -> Font:
    """Return what the objects of a font say."""
    texts = said_by(to_unicode)
    widths: dict[int, float] = {}
    for first, last, width in WIDTH.findall(cid_font.partition(b"/W[")[2]):
        widths |= dict.fromkeys(range(int(first), int(last) + 1), float(width))
    seen: dict[str, list[int]] = {}
    for code, text in texts.items():
        seen.setdefault(text, []).append(code)
    return Font(texts, widths, {text: codes[0] for text, codes in seen.items() if len(codes) == 1})


def runs_of(content: bytes, fonts: dict[int, Font]) -> Iterator[Run]:
    """Yield the runs of a page or a picture in their order."""
    for found in RUN.finditer(content):
        marked = content.rfind(b"BDC\n", 0, found.start())
        is_artifact = content.rfind(b"/Artifact<<", content.rfind(b"EMC", 0, marked) + 1, marked) >= 0
        font = fonts[int(found["font"])]
        shown = found["shown"] or found["only"]
        yield Run(
            *(found.start(), found.end(), found["up"], float(found["x"]), found["y"], found["style"]),
            content[found.start("style") : found.end()],
            *(int(found["font"]), float(found["size"]), _lead(shown), list(_glyphs(shown, font)), is_artifact),
        )


def lines_of(runs: Iterator[Run]) -> Iterator[list[Run]]:
    """Yield runs that follow each other without a gap, together."""
    line: list[Run] = []
    for run in runs:
        if line and (gap := _gap(run, line[-1])) is None:
            yield line
            line = []
        elif line and gap:
            line[-1].glyphs[-1] = replace(line[-1].glyphs[-1], advance=line[-1].glyphs[-1].advance + gap)
        line.append(run)
    if line:
        yield line


def _gap(run: Run, last: Run) -> float | None:
    """Return what is between two runs of a line: nothing, or the gap of Han before Latin, which no operator says."""
    if run.y == last.y and run.up == last.up:
        for gap in (0, GAP):
            if abs(last.x + last.width + gap * last.size / 1000 - run.x) < NEAR:
                return gap
    return None


def _lead(shown: bytes) -> float:
    lead = 0.0
    for token in TOKEN.finditer(shown):
        if token["number"] is None:
            break
        lead -= float(token["number"])
    return lead


def _glyphs(shown: bytes, font: Font) -> Iterator[Shown]:
    waiting: Shown | None = None
    for token in TOKEN.finditer(shown):
        if token["number"] is not None:
            if waiting is not None:
                waiting = Shown(waiting.code, waiting.text, waiting.advance - float(token["number"]))
            continue
        codes = _bytes(token["string"])
        for at in range(0, len(codes), 2):
            if waiting is not None:
                yield waiting
            code = int.from_bytes(codes[at : at + 2])
            waiting = Shown(code, font.texts.get(code, ""), font.widths[code])
    if waiting is not None:
        yield waiting


def _bytes(string: bytes) -> bytes:
    if string.startswith(b"<"):
        return bytes.fromhex(string[1:-1].decode())
    return ESCAPE.sub(lambda found: bytes([int(found[1], 8)]) if found[1] else ESCAPED.get(found[2], found[2]), string[1:-1])
