"""The one module that knows typst: a letter's facts in, deterministic PDF/A bytes out; imported in the child process only."""

import os
import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

import orjson
from typst import Compiler, Fonts, TypstError

from plumb_platform.documents.fonts_slices import slices
from plumb_platform.documents.fonts_system import FAMILIES
from plumb_platform.documents.mould_metadata import MOMENT
from plumb_platform.documents.moulds import Moulds
from plumb_platform.documents.packing import packed

STANDARD: Literal["a-3a"] = "a-3a"
"""PDF/A-3, level A (ISO 19005-3): typst refuses what has no glyph, no Unicode text or no place in the structure."""
UNDRAWN = re.compile(r'the text `"(?P<text>.*?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{(?P<point>[0-9a-f]+)\}")
LETTERS = files("plumb_templates") / "letters"
OPENED = "/proc/self/fd"
"""All that typst may read: what this process has opened, the folder of templates and the facts of the letter."""


class Undrawn(ValueError):
    """No font of this machine draws a character of the letter."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


class Typesetter:
    """Keeps a compiler, and with it what typst laid out: parts that letters have in common are laid out once."""

    def __init__(self, cut_fonts: Path | None) -> None:
        """Take the folder of cut fonts, which come before the whole ones; raises OSError when one is not installed."""
        fonts = Fonts(include_embedded_fonts=False, font_paths=[str(cut_fonts)] if cut_fonts else [])
        if lacking := set(FAMILIES.values()) - set(fonts.families()):
            raise OSError(f"{min(lacking)} is not installed")
        self._templates = os.open(str(LETTERS), os.O_RDONLY | os.O_DIRECTORY)
        # A file in memory, written anew for each letter: an input of typst's would make it forget all that it has laid out.
        self._facts = os.memfd_create("facts")
        families = {str(face): ",".join([*(slices(face) if cut_fonts else ()), family]) for face, family in FAMILIES.items()}
        inputs = {"facts": f"/{self._facts}", **families}
        self.moulds = Moulds(cut_fonts, self.typeset) if cut_fonts else None
        self._compiler = Compiler(root=OPENED, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)

    def make(self, design: str, facts: str, *, identifier: bytes, created: str) -> bytes:
        """Return the PDF/A-3a of a design's template over `facts` (JSON); equal arguments give equal bytes.

        `identifier` becomes the id of the document, `created` is ISO 8601 with its zone. Raises `Undrawn`.
        """
        if self.moulds:
            poured = self.moulds.make(design, orjson.loads(facts), identifier=identifier, created=created)
            if poured is not None:
                return poured
        return packed(self.typeset(design, facts, created), identifier)

    def typeset(self, design: str, facts: str, created: str = MOMENT) -> bytes:
        """Return the same as typst itself writes it, with an identifier of its own; raises `Undrawn`."""
        moment = int(datetime.fromisoformat(created).timestamp())
        self._write(facts.encode())
        main = f'#include "/{self._templates}/{design}.typ"'.encode()
        try:
            made = self._compiler.compile(main, format="pdf", pdf_standards=STANDARD, timestamp=moment)
        except TypstError as problem:
            raise _named(problem) from None
        if not isinstance(made, bytes):
            raise TypeError("typst made no PDF")
        return made

    def _write(self, facts: bytes) -> None:
        os.ftruncate(self._facts, 0)
        at = 0
        while at < len(facts):
            at += os.pwrite(self._facts, facts[at:], at)


def _named(problem: TypstError) -> Exception:
    undrawn = UNDRAWN.search(problem.message)
    if undrawn is None:
        return ValueError(problem.message)
    text = ESCAPED.sub(lambda found: chr(int(found["point"], 16)), undrawn["text"])
    return Undrawn(text[:1])
