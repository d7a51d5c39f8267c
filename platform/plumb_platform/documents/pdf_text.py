"""Reads back every glyph that a PDF draws: the text it maps to, and whether the font really has a shape for it."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.generic import IndirectObject, PdfObject, read_object

OPERATION = re.compile(
    rb"/(?P<font>[^\s/\[\]<>()]+)\s+[-+.\d]+\s+Tf\b"
    rb"|\[(?P<shown>[^\]]*)\]\s*TJ\b"
    rb"|<(?P<string>[0-9a-fA-F\s]*)>\s*Tj\b"
    rb"|/(?P<form>[^\s/\[\]<>()]+)\s+Do\b"
)
HEX = re.compile(rb"<([0-9a-fA-F\s]*)>")
TO_UNICODE = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]*)>")
TO_CID = re.compile(rb"<([0-9a-fA-F]{4})>\s+(\d+)")
BF_BLOCK = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
CID_BLOCK = re.compile(rb"begincidchar(.*?)endcidchar", re.DOTALL)
DEPTH = 8


@dataclass(frozen=True, slots=True)
class DrawnGlyph:
    """One glyph on a page: the text that a reader copies, and False when the font draws its `.notdef` box."""

    text: str
    has_shape: bool


def drawn_glyphs(pdf: bytes) -> Iterator[DrawnGlyph]:
    """Return every glyph of every page and of the forms drawn on it, in drawing order.

    Understands what WeasyPrint writes: hexadecimal two-byte codes, ToUnicode by `bfchar`, Identity-H or an embedded
    CMap. Anything of another make yields no text, so that a proof built on this fails rather than passes.
    """
    fonts: dict[int, _Font] = {}
    for page in _OneByOne(io.BytesIO(pdf)).pages:
        contents = page.get_contents()
        if contents is not None:
            yield from _glyphs(contents.get_data(), page["/Resources"].get_object(), fonts, DEPTH)


def _glyphs(content: bytes, resources: Any, fonts: dict[int, "_Font"], depth: int) -> Iterator[DrawnGlyph]:
    """A whole parse of the stream costs fifty times more than looking for the four operators that show text."""
    font = None
    for found in OPERATION.finditer(content):
        match found.lastgroup:
            case "font":
                font = _font(resources["/Font"].raw_get(_name(found["font"])), fonts)
            case "shown" if font is not None:
                for codes in HEX.findall(found["shown"]):
                    yield from font.glyphs(codes)
            case "string" if font is not None:
                yield from font.glyphs(found["string"])
            case "form" if depth:
                drawn = resources["/XObject"][_name(found["form"])].get_object()
                if drawn.get("/Subtype") == "/Form":
                    inner = drawn.get("/Resources", resources).get_object()
                    yield from _glyphs(drawn.get_data(), inner, fonts, depth - 1)


def _name(name: bytes) -> str:
    return f"/{name.decode('latin-1')}"


class _OneByOne(PdfReader):
    """Parses an object when it is asked for; pypdf parses its whole object stream, mostly structure for screen readers."""

    def __init__(self, stream: io.BytesIO) -> None:
        self._bodies: dict[int, dict[int, bytes]] = {}
        super().__init__(stream)

    def get_object(self, indirect_reference: int | IndirectObject) -> PdfObject | None:
        number = indirect_reference if isinstance(indirect_reference, int) else indirect_reference.idnum
        if number not in self.xref_objStm:
            return super().get_object(indirect_reference)
        known = self.cache_get_indirect_object(0, number)
        if known is not None:
            return known
        stream_number = self.xref_objStm[number][0]
        if stream_number not in self._bodies:
            self._bodies[stream_number] = dict(_bodies(super().get_object(stream_number)))
        found = read_object(io.BytesIO(self._bodies[stream_number][number]), self)
        return self.cache_indirect_object(0, number, found)


def _bodies(stream: Any) -> Iterator[tuple[int, bytes]]:
    """Return number and text of each object in an object stream (ISO 32000-1, 7.5.7)."""
    content, first = stream.get_data(), int(stream["/First"])
    header = [int(word) for word in content[:first].split()]
    starts = header[1::2]
    for number, start, end in zip(header[::2], starts, [*starts[1:], len(content)], strict=True):
        yield number, content[first + start : first + end]


class _Font:
    def __init__(self, dictionary: Any) -> None:
        self._text = dict(_to_unicode(dictionary))
        self._without_shape = set(_codes_of_notdef(dictionary))

    def glyphs(self, hexadecimal: bytes) -> Iterator[DrawnGlyph]:
        codes = bytes.fromhex(hexadecimal.decode("ascii"))
        for start in range(0, len(codes), 2):
            code = int.from_bytes(codes[start : start + 2])
            yield DrawnGlyph(text=self._text.get(code, ""), has_shape=code != 0 and code not in self._without_shape)


def _font(reference: Any, fonts: dict[int, _Font]) -> _Font:
    if reference.idnum not in fonts:
        fonts[reference.idnum] = _Font(reference.get_object())
    return fonts[reference.idnum]


def _to_unicode(font: Any) -> Iterator[tuple[int, str]]:
    if "/ToUnicode" in font:
        for block in BF_BLOCK.findall(font["/ToUnicode"].get_data()):
            for code, text in TO_UNICODE.findall(block):
                yield int(code, 16), bytes.fromhex(text.decode()).decode("utf-16-be", "replace")


def _codes_of_notdef(font: Any) -> Iterator[int]:
    """WeasyPrint gives each missing character a code of its own that maps back to text but draws glyph 0."""
    encoding = font.get("/Encoding")
    if encoding is None or isinstance(encoding, str):
        return
    for block in CID_BLOCK.findall(encoding.get_object().get_data()):
        for code, glyph in TO_CID.findall(block):
            if int(glyph) == 0:
                yield int(code, 16)
