"""The one module that knows typst: a letter's facts in, deterministic PDF/A bytes out; imported in the child process only."""

import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

from typst import Compiler, Fonts, TypstError

from plumb_platform.documents.fonts import slices
from plumb_platform.documents.fonts_system import FAMILY
from plumb_platform.documents.packing import packed

STANDARD: Literal["a-3a"] = "a-3a"
"""PDF/A-3, level A (ISO 19005-3): typst refuses what has no glyph, no Unicode text or no place in the structure."""
UNDRAWN = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{(?P<point>[0-9a-f]+)\}")
LETTERS = files("plumb_templates") / "letters"


class Undrawn(ValueError):
    """No font of this machine draws a character of the letter."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


class Typesetter:
    """Keeps a compiler for each design: what a template makes of equal parts is made once."""

    def __init__(self, cut_fonts: Path | None) -> None:
        """Take the folder of cut fonts, which come before the whole one; raises OSError when that is not installed."""
        self._fonts = Fonts(include_embedded_fonts=False, font_paths=[str(cut_fonts)] if cut_fonts else [])
        if FAMILY not in self._fonts.families():
            raise OSError(f"{FAMILY} is not installed")
        self._families = ",".join([*(slices() if cut_fonts else ()), FAMILY])
        self._compilers: dict[str, Compiler] = {}

    def make(self, design: str, facts: str, *, identifier: bytes, created: str) -> bytes:
        """Return the PDF/A-3a of a design's template over `facts` (JSON); equal arguments give equal bytes.

        `identifier` becomes the id of the document, `created` is ISO 8601 with its zone. Raises `Undrawn`.
        """
        moment = int(datetime.fromisoformat(created).timestamp())
        inputs = {"letter": facts, "families": self._families}
        try:
            made = self._compiler(design).compile(format="pdf", sys_inputs=inputs, pdf_standards=STANDARD, timestamp=moment)
        except TypstError as problem:
            raise _named(problem) from None
        if not isinstance(made, bytes):
            raise TypeError("typst made no PDF")
        return packed(made, identifier)

    def _compiler(self, design: str) -> Compiler:
        if design not in self._compilers:
            template = str(LETTERS / f"{design}.typ")
            self._compilers[design] = Compiler(template, root=str(LETTERS), font_paths=self._fonts, ignore_system_fonts=True)
        return self._compilers[design]


def _named(problem: TypstError) -> Exception:
    undrawn = UNDRAWN.search(problem.message)
    if undrawn is None:
        return ValueError(problem.message)
    text = ESCAPED.sub(lambda found: chr(int(found["point"], 16)), undrawn["text"])
    return Undrawn(text[:1])
