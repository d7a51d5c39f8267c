"""Reads back every glyph that a PDF draws: the text it maps to, and whether the font really has a shape for it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

TO_UNICODE = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]*)>")
TO_CID = re.compile(rb"<([0-9a-fA-F]{4})>\s+(\d+)")
BF_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.S)
CID_BLOCK = re.compile(rb"begincidchar(.*?)endcidchar", re.S)
DEPTH = 8


@dataclass(frozen=True, slots=True)
class DrawnGlyph:
    """One glyph on a page: the text that a reader copies, and False when the font draws its `.notdef` box."""

    text: str
    has_shape: bool


def drawn_glyphs(pdf: bytes) -> Iterator[DrawnGlyph]:
    """Return every glyph of every page, form and pattern, in drawing order.

    Understands what WeasyPrint writes: two-byte codes, ToUnicode by `bfchar`, Identity-H or an embedded CMap. A font
    of any other make yields no text, so that a proof built on this fails rather than passes.
    """
    reader = PdfReader(io.BytesIO(pdf))
    fonts: dict[int, _Font] = {}
    for page in reader.pages:
        resources = page["/Resources"].get_object()
        contents = page.get_contents()
        if contents is not None:
            yield from _glyphs(reader, contents, resources, fonts, DEPTH)


def _glyphs(
    reader: PdfReader, content: ContentStream, resources: Any, fonts: dict[int, "_Font"], depth: int
) -> Iterator[DrawnGlyph]:
    font = None
    for operands, operator in content.operations:
        if operator == b"Tf":
            font = _font(resources["/Font"].raw_get(operands[0]), fonts)
        elif operator == b"TJ" and font is not None:
            for part in operands[0]:
                yield from font.glyphs(part)
        elif operator == b"Tj" and font is not None:
            yield from font.glyphs(operands[0])
        elif operator == b"Do" and depth:
            drawn = resources["/XObject"][operands[0]]
            if drawn.get("/Subtype") == "/Form":
                inner = ContentStream(drawn, reader)
                yield from _glyphs(reader, inner, drawn.get("/Resources", resources).get_object(), fonts, depth - 1)


class _Font:
    def __init__(self, dictionary: Any) -> None:
        self._text = dict(_to_unicode(dictionary))
        self._without_shape = set(_codes_of_notdef(dictionary))

    def glyphs(self, shown: Any) -> Iterator[DrawnGlyph]:
        codes = getattr(shown, "original_bytes", None)
        if codes is None and isinstance(shown, bytes):
            codes = shown
        for start in range(0, len(codes or b""), 2):
            code = int.from_bytes(codes[start : start + 2])
            yield DrawnGlyph(text=self._text.get(code, ""), has_shape=code != 0 and code not in self._without_shape)


def _font(reference: Any, fonts: dict[int, _Font]) -> _Font:
    key = reference.idnum
    if key not in fonts:
        fonts[key] = _Font(reference.get_object())
    return fonts[key]


def _to_unicode(font: Any) -> Iterator[tuple[int, str]]:
    if "/ToUnicode" in font:
        for block in BF_BLOCK.findall(font["/ToUnicode"].get_data()):
            for code, text in TO_UNICODE.findall(block):
                yield int(code, 16), bytes.fromhex(text.decode()).decode("utf-16-be", "replace")


def _codes_of_notdef(font: Any) -> Iterator[int]:
    """WeasyPrint gives each missing character a code of its own that maps back to text but draws glyph 0."""
    encoding = font["/Encoding"]
    if isinstance(encoding, str):
        return
    for block in CID_BLOCK.findall(encoding.get_data()):
        for code, glyph in TO_CID.findall(block):
            if int(glyph) == 0:
                yield int(code, 16)
