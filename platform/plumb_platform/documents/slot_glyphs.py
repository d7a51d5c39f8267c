"""Glyphs of a letter's own texts as operators of a page: from the mould's font where it has them, else from one that is lent."""

import re
from collections.abc import Mapping
from functools import lru_cache

from plumb_platform.documents.page_lines import Font, Run
from plumb_platform.documents.set_line import HAN, Glyph, LineSetter, Placed, Unfit, placed_at

Borrowed = dict[tuple[int, int], dict[int, tuple[int, str]]]
"""By font and slice: the width and the text of each glyph that a letter takes from there beside the mould's own font."""
Code = tuple[bytes, bytes, bool]
"""Name of the font, code in digits, and whether the font is the mould's own."""


class GlyphWriter:
    """Finds codes for glyphs in the fonts of one page or picture."""

    def __init__(self, fonts: Mapping[int, Font], setters: Mapping[int, LineSetter]) -> None:
        self.fonts, self.setters = fonts, setters
        self._codes: dict[int, dict[Glyph, Code]] = {font: {} for font in fonts}

    def code(self, font: int, placed: Placed, borrowed: Borrowed) -> Code:
        """Return how a glyph is shown, and note one that has to be lent."""
        found = self._codes[font].get(placed.glyph) or self._code(font, placed)
        if not found[2]:
            place, glyph = placed.glyph
            borrowed.setdefault((font, place), {})[glyph] = placed.advance, placed.character
        return found

    def shown(self, run: Run, glyphs: list[Placed], borrowed: Borrowed) -> bytes:
        """Return the operators of a run from its style on, with other glyphs."""
        in_font, shown, codes = b"", [run.style], self._codes[run.font]
        for placed in glyphs:
            _, glyph, _, added, _ = placed
            found = codes.get(glyph)
            if found is None or not found[2]:
                found = self.code(run.font, placed, borrowed)
            name, code, _ = found
            if name != in_font:
                shown += (b">]TJ" if in_font else b"", b"/", name, b" ", number(run.size), b" Tf")
                shown.append(b"[<" if in_font else b" 1 0 0 -1 0 0 Tm[<")
                in_font = name
            shown.append(code)
            if added:
                shown.append(b">%b<" % number(-added))
        return b"".join((*shown, b">]TJ\nET\nQ\n")).replace(b"<>", b"")

    def _code(self, font: int, placed: Placed) -> Code:
        """Return the font and the code of a glyph: the mould's own font, if it has it for sure, before any other."""
        own, place = self.fonts[font], placed.glyph[0]
        code = own.codes.get(placed.character)
        is_own = code is not None and own.widths[code] == placed.advance and self.setters[font].is_always_alike(placed.character)
        name = b"f%d" % font if is_own else b"e%d.%d" % (font, place)
        shown = b"%04X" % (code if is_own and code is not None else placed.glyph[1])
        return self._codes[font].setdefault(placed.glyph, (name, shown, is_own))


class SwappedRun:
    """A run of text with marks that stand for characters of exactly their width; all else of it stays where it is."""

    def __init__(self, run: Run, marks: re.Pattern[str], writer: GlyphWriter) -> None:
        """Raises Unfit for a run that is not written glyph by glyph."""
        if len(run.glyphs) != len(run.text):
            raise Unfit
        self.start, self.end = run.end - len(run.shown), run.end
        self._run, self._writer = run, writer
        font, setter = writer.fonts[run.font], writer.setters[run.font]
        self._pieces: list[tuple[bytes, str, float]] = []
        for each in run.glyphs:
            mark, width = each.text if marks.fullmatch(each.text) else "", font.widths[each.code]
            if mark and setter.single(mark, HAN)[1] != width:
                raise Unfit
            self._pieces.append((b"%04X" % each.code, mark, round(each.advance - width, 4)))

    def written(self, texts: Mapping[str, str], borrowed: Borrowed) -> bytes:
        """Return the operators of the run from its style on; raises Unfit for a character of another width."""
        run, setter = self._run, self._writer.setters[self._run.font]
        own = b"f%d" % run.font
        written = [run.style, b"/", own, b" ", number(run.size), b" Tf 1 0 0 -1 0 0 Tm["]
        written.append((number(-run.lead) if run.lead else b"") + b"<")
        in_font = own
        for code, mark, added in self._pieces:
            name, shown = own, code
            if mark:
                character = texts[mark]
                glyph, advance = setter.single(character, HAN)
                if advance != self._writer.fonts[run.font].widths[int(code, 16)]:
                    raise Unfit
                name, shown, _ = self._writer.code(run.font, placed_at(character, glyph, advance, 0.0), borrowed)
            if name != in_font:
                written.append(b">]TJ/%b %b Tf[<" % (name, number(run.size)))
                in_font = name
            written.append(shown)
            if added:
                written.append(b">%b<" % number(-added))
        return b"".join((*written, b">]TJ\nET\nQ\n")).replace(b"<>", b"")


@lru_cache(maxsize=4096)
def number(value: float) -> bytes:
    """Return a number as PDF writes it."""
    return (b"%.4f" % value).rstrip(b"0").rstrip(b".")
