"""Marks a copy of a letter with who took it and when, across every page; the sealed original is never touched (A57)."""

import io
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import pikepdf
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fontTools carries no types
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from plumb_platform.documents.copy_proof import BARE, NAME
from plumb_platform.documents.fonts_cut import FontNotCut, cut_font, font_of
from plumb_platform.documents.fonts_system import FAMILY, REGULAR, find_face
from plumb_platform.documents.to_unicode import to_unicode

FONT, STATE = Name("/PlumbMark"), Name("/PlumbMarkState")
BASE_FONT = Name("/PLUMBC+Mark")
SIZE, FOOT = 15, 7.5
GREY, OPACITY = "0.35 g", "0.16"
ROWS = (0.25, 0.55, 0.85)
"""Heights of the slanted lines, as parts of the page."""


def marked_copy(pdf: bytes, text: str) -> bytes:
    """Return a copy of a letter with `text` slanted over each page and plain at its foot; its seal is off, its proof bare.

    A copy is another file than what was sealed: with the seal left on, a reader would call it broken. It is written anew, so
    that nothing of the sealed file can be cut out of it. qpdf does that, in a twentieth of the time that a library in Python
    takes for a thousand letters, and lets others run meanwhile. A character without a glyph is written as its code point: whoever
    has a rare name may have their letter all the same. Raises FontNotCut where the font is not installed.
    """
    mark = _mark(text)
    with Pdf.open(io.BytesIO(pdf)) as copy:
        _take_seal_off(copy)
        font = copy.make_indirect(_font(copy, mark))
        state = copy.make_indirect(Dictionary(Type=Name.ExtGState, ca=Decimal(OPACITY)))
        for page in copy.pages:
            _, _, width, height = (float(each) for each in page.mediabox)
            page.add_resource(font, Name.Font, FONT)
            page.add_resource(state, Name.ExtGState, STATE)
            # A state of its own behind everything that the page draws, whatever that left behind.
            page.contents_add(b"q\n", prepend=True)
            page.contents_add(_drawn(mark.code, width, height))
        copy.trailer[NAME] = String(BARE)
        output = io.BytesIO()
        copy.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True, deterministic_id=True)
    return output.getvalue()


def _drawn(code: str, width: float, height: float) -> bytes:
    """Return what a page draws at its end: an artifact, so that reading aloud and copying pass it over."""
    lines = ["Q", "/Artifact BMC", "q", GREY, "BT", f"{FONT} {FOOT} Tf", f"1 0 0 1 {width * 0.06:.1f} 9 Tm", f"<{code}> Tj", "ET"]
    lines += [f"{STATE} gs", "BT", f"{FONT} {SIZE} Tf"]
    for row in ROWS:
        lines += [f"0.866 0.5 -0.5 0.866 {width * 0.14:.1f} {height * (row - 0.2):.1f} Tm", f"<{code}> Tj"]
    return "\n".join([*lines, "ET", "Q", "EMC"]).encode()


def _take_seal_off(copy: Pdf) -> None:
    for name in ("/AcroForm", "/Perms", "/DSS"):
        if name in copy.Root:
            del copy.Root[name]
    for page in copy.pages:
        if "/Annots" in page.obj:
            page.obj.Annots = Array([each for each in page.obj.Annots.as_list() if each.get("/FT") != Name.Sig])


@dataclass(frozen=True, slots=True)
class _Mark:
    """A text as it is drawn: its glyphs, and a font of its characters alone with all that a PDF says of that."""

    code: str
    font: bytes
    to_unicode: bytes
    widths: tuple[tuple[int, int], ...]
    box: tuple[int, ...]
    ascent: int
    descent: int


@lru_cache(maxsize=4)
def _mark(text: str) -> _Mark:
    """Cut the font for a text once: the copies of a whole run say the same."""
    cut, opened = _cut(text)
    known = opened.getBestCmap() or {}
    written = "".join(character if ord(character) in known else f"[U+{ord(character):04X}]" for character in text)
    if written != text:
        cut, opened = _cut(written)
    text, names = written, opened.getBestCmap()
    numbers, widths = opened.getReverseGlyphMap(), opened["hmtx"]
    glyphs = {character: int(numbers[names[ord(character)]]) for character in set(text)}
    # A PDF counts in thousandths of an em.
    scale, head = 1000 / opened["head"].unitsPerEm, opened["head"]
    advance = {glyphs[each]: round(widths[names[ord(each)]][0] * scale) for each in glyphs}
    return _Mark(
        code="".join(f"{glyphs[character]:04x}" for character in text),
        font=cut,
        to_unicode=to_unicode({number: character for character, number in glyphs.items()}),
        widths=tuple(sorted(advance.items())),
        box=tuple(round(each * scale) for each in (head.xMin, head.yMin, head.xMax, head.yMax)),
        ascent=round(opened["hhea"].ascent * scale),
        descent=round(opened["hhea"].descent * scale),
    )


def _cut(text: str) -> tuple[bytes, TTFont]:
    cut = cut_font(_whole_font(), {ord(character) for character in text}, "Plumb Mark")
    return cut, TTFont(io.BytesIO(cut), lazy=True)


def _font(copy: Pdf, mark: _Mark) -> Object:
    """Return the font of a mark (ISO 32000-1, 9.7.6)."""
    descendant = copy.make_indirect(_descendant(mark, copy.make_indirect(_descriptor(copy, mark))))
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/PLUMBC+Mark-Identity-H"),
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([descendant]),
        ToUnicode=copy.make_stream(mark.to_unicode),
    )


def _descriptor(copy: Pdf, mark: _Mark) -> Object:
    """Return what a PDF says of the whole font (ISO 32000-1, 9.8)."""
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=BASE_FONT,
        Flags=4,
        FontBBox=Array(mark.box),
        ItalicAngle=0,
        Ascent=mark.ascent,
        Descent=mark.descent,
        CapHeight=700,
        StemV=80,
        FontFile3=copy.make_stream(mark.font, Subtype=Name.OpenType),
    )


def _descendant(mark: _Mark, descriptor: Object) -> Object:
    """Return the font that draws, with the width of each glyph (ISO 32000-1, 9.7.4)."""
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=BASE_FONT,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=descriptor,
        W=Array([part for glyph, width in mark.widths for part in (glyph, Array([width]))]),
    )


@lru_cache(maxsize=1)
def _whole_font() -> bytes:
    face = find_face(FAMILY, REGULAR)
    if face is None:
        raise FontNotCut(f"{FAMILY} is not installed")
    return font_of(face)
