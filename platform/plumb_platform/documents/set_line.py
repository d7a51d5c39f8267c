"""Sets one line as typst does: advances and kerning of HarfBuzz, tracking, a quarter of an em between Han and Latin.

After typst's own rules (crates/typst-layout/src/inline/shaping.rs): a run ends where the script does, and neither kerning nor
tracking reach beyond it; the gap between Han and Latin letters or figures does (CLREQ 3.2.2).
"""

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from plumb_platform.documents.glyphs import Face, face_of

GAP = 250
HAN, LATIN, COMMON = "Hani", "Latn", "Zyyy"
SIGNS_OF_LETTERS = frozenset("#$%&")
Glyph = tuple[int, int]
"""The slice of the typeface that draws a character, counted from the everyday one, and the number of the glyph therein."""


class Unfit(Exception):
    """The line is none of those that are set here."""


class Placed(NamedTuple):
    """One glyph of a line: how far it advances by itself, what is added before the next, and both; thousandths of an em."""

    character: str
    glyph: Glyph
    advance: int
    added: float
    reach: float


def placed_at(character: str, glyph: Glyph, advance: int, added: float) -> Placed:
    """Return a glyph that advances, and has something added before the next."""
    return Placed(character, glyph, advance, added, advance + added)


def width_of(glyphs: Iterable[Placed]) -> float:
    """Return how far glyphs reach, in thousandths of an em."""
    return sum([each[4] for each in glyphs])


class LineSetter:
    """Sets lines in one weight of a typeface; what HarfBuzz said of two neighbours is kept."""

    def __init__(self, slices: list[Path], language: str) -> None:
        """Take the files of the slices, everyday one first; each is opened when it is needed."""
        self._slices = slices
        self._language = language
        self._single: dict[tuple[str, str], tuple[Glyph, int]] = {}
        self._placed: dict[tuple[str, float], dict[str, Placed]] = {}
        """By script and tracking, then by a character with its neighbour, or by itself where a run ends."""

    def face(self, place: int) -> Face:
        """Return a slice; raises OSError."""
        return face_of(self._slices[place])

    def set(self, text: str, tracking: float, script: str = COMMON) -> list[Placed]:
        """Return the glyphs of `text`, the last one with nothing added; raises Unfit.

        `script` is that of the run which figures and signs belong to when the text has no letters.
        """
        placed: list[Placed] = []
        for run, run_script in _runs(text, script):
            if placed:
                # A run that ends within the line: neither kerning nor tracking, only the gap.
                last = placed[-1]
                placed[-1] = placed_at(last.character, last.glyph, last.advance, GAP * _is_apart(last.character, run[0]))
            known = self._placed.setdefault((run_script, tracking), {})
            for one, two in zip_longest(run, run[1:], fillvalue=""):
                pair = one + two
                placed.append(known.get(pair) or known.setdefault(pair, self._place(run_script, pair, tracking)))
        return placed

    def single(self, character: str, script: str) -> tuple[Glyph, int]:
        """Return glyph and advance of a character by itself; raises Unfit."""
        key = script, character
        if key not in self._single:
            for place in range(len(self._slices)):
                if shaped := self.face(place).shaped(character, script, self._language):
                    self._single[key] = (place, shaped[0][0]), shaped[0][1]
                    break
            else:
                raise Unfit
        return self._single[key]

    def is_always_alike(self, character: str) -> bool:
        """Whether a character has one glyph whatever stands beside it; raises Unfit."""
        return len({self.single(character, script) for script in (COMMON, HAN, LATIN)}) == 1

    def _place(self, script: str, pair: str, tracking: float) -> Placed:
        """Return the first character of `pair` as it stands before the second, its neighbour in a run, or as the last."""
        one, two = pair[0], pair[1:]
        glyph, advance = self.single(one, script)
        if not two:
            return placed_at(one, glyph, advance, 0.0)
        following, after = self.single(two, script)
        added = GAP * _is_apart(one, two)
        if glyph[0] == following[0]:
            shaped = self.face(glyph[0]).shaped(pair, script, self._language)
            if not shaped or shaped[0][0] != glyph[1] or shaped[1] != (following[1], after):
                raise Unfit
            added += shaped[0][1] - advance
        return placed_at(one, glyph, advance, added + tracking)


def _runs(text: str, base: str) -> list[tuple[str, str]]:
    """Return the runs of a text with their scripts; one without letters has the script `base`."""
    if not text:
        return []
    if text.isascii():
        return [(text, LATIN if any(map(str.isalpha, text)) else base)]
    runs, start, current = [], 0, COMMON
    for at, character in enumerate(text):
        script = script_of(character)
        if COMMON not in (script, current) and script != current:
            runs.append((text[start:at], current))
            start, current = at, script
        elif current == COMMON:
            current = script
    return [*runs, (text[start:], base if current == COMMON else current)]


def script_of(character: str) -> str:
    """Return the script of one of the characters that slots hold."""
    if character >= "\u4e00":
        return HAN
    return LATIN if character.isalpha() else COMMON


def _is_apart(one: str, two: str) -> bool:
    return (script_of(one) == HAN and _is_letter_or_number(two)) or (_is_letter_or_number(one) and script_of(two) == HAN)


def _is_letter_or_number(character: str) -> bool:
    return (character.isascii() and character.isalnum()) or character in SIGNS_OF_LETTERS
