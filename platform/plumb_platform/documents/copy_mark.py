"""Marks a copy of a letter with who took it and when, across every page; the sealed original is never touched (A57)."""

import io
from functools import lru_cache
from typing import Any

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fontTools carries no types
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

from plumb_platform.documents.fonts_cut import FontNotCut, cut_font, font_of
from plumb_platform.documents.fonts_system import FAMILY, REGULAR, find_face

FONT, STATE = "/PlumbMark", "/PlumbMarkState"
SIZE, FOOT = 15, 7.5
GREY, OPACITY = "0.35 g", 0.16
ROWS = (0.25, 0.55, 0.85)
"""Heights of the slanted lines, as parts of the page."""


def marked_copy(pdf: bytes, text: str) -> bytes:
    """Return a copy of a letter with `text` slanted over each page and plain at its foot; its seal is taken off.

    A copy is another file than what was sealed: with the seal left on, a reader would call it broken. Raises FontNotCut
    where a character has no glyph.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    _take_seal_off(writer)
    font, glyphs = _font(writer, text)
    code = "".join(f"{glyphs[character]:04x}" for character in text)
    state = writer._add_object(_dictionary({"/Type": NameObject("/ExtGState"), "/ca": FloatObject(OPACITY)}))  # noqa: SLF001 - pypdf's own way to add
    for page in writer.pages:
        resources: Any = page["/Resources"].get_object()
        for kind, name, value in (("/Font", FONT, font), ("/ExtGState", STATE, state)):
            resources.setdefault(NameObject(kind), DictionaryObject()).get_object()[NameObject(name)] = value
        stream = DecodedStreamObject()
        stream.set_data(_drawn(code, float(page.mediabox.width), float(page.mediabox.height)))
        # A state of its own behind everything that the page draws, whatever that left behind.
        before, after = DecodedStreamObject(), stream
        before.set_data(b"q\n")
        contents: Any = page["/Contents"].get_object()
        parts = list(contents) if isinstance(contents, ArrayObject) else [page.raw_get("/Contents")]
        page[NameObject("/Contents")] = ArrayObject([writer._add_object(before), *parts, writer._add_object(after)])  # noqa: SLF001 - the same
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _drawn(code: str, width: float, height: float) -> bytes:
    """Return what a page draws at its end: an artifact, so that reading aloud and copying pass it over."""
    lines = ["Q", "/Artifact BMC", "q", GREY, "BT", f"{FONT} {FOOT} Tf", f"1 0 0 1 {width * 0.06:.1f} 9 Tm", f"<{code}> Tj", "ET"]
    lines += [f"{STATE} gs", "BT", f"{FONT} {SIZE} Tf"]
    for row in ROWS:
        lines += [f"0.866 0.5 -0.5 0.866 {width * 0.14:.1f} {height * (row - 0.2):.1f} Tm", f"<{code}> Tj"]
    return "\n".join([*lines, "ET", "Q", "EMC"]).encode()


def _take_seal_off(writer: PdfWriter) -> None:
    root = writer.root_object
    for name in ("/AcroForm", "/Perms", "/DSS"):
        root.pop(NameObject(name), None)
    for page in writer.pages:
        if "/Annots" in page:
            annotations: Any = page["/Annots"]
            kept = [each for each in annotations if each.get_object().get("/FT") != "/Sig"]
            page[NameObject("/Annots")] = ArrayObject(kept)


def _font(writer: PdfWriter, text: str) -> tuple[PdfObject, dict[str, int]]:
    """Add a font of the text's characters alone and return it with the glyph of each."""
    cut = cut_font(_whole_font(), {ord(character) for character in text}, "Plumb Mark")
    opened = TTFont(io.BytesIO(cut), lazy=True)
    names, numbers, widths = opened.getBestCmap(), opened.getReverseGlyphMap(), opened["hmtx"]
    missing = [character for character in text if ord(character) not in names]
    if missing:
        raise FontNotCut(f"{FAMILY} has no U+{ord(missing[0]):04X}")
    glyphs = {character: int(numbers[names[ord(character)]]) for character in set(text)}
    advance = {glyphs[each]: round(widths[names[ord(each)]][0] * _scale(opened)) for each in glyphs}
    maps = DecodedStreamObject()
    maps.set_data(_to_unicode(glyphs))
    add = writer._add_object  # noqa: SLF001 - pypdf's own way to add
    file = DecodedStreamObject()
    file.set_data(cut)
    file[NameObject("/Subtype")] = NameObject("/OpenType")
    descriptor = add(_descriptor(opened, add(file.flate_encode())))
    whole = _dictionary(
        {
            "/Type": NameObject("/Font"),
            "/Subtype": NameObject("/Type0"),
            "/BaseFont": NameObject("/PLUMBC+Mark-Identity-H"),
            "/Encoding": NameObject("/Identity-H"),
            "/DescendantFonts": ArrayObject([add(_descendant(advance, descriptor))]),
            "/ToUnicode": add(maps.flate_encode()),
        }
    )
    return add(whole), glyphs


def _scale(opened: TTFont) -> float:
    """Return how many thousandths of an em, in which a PDF counts, one unit of the font is."""
    return float(1000 / opened["head"].unitsPerEm)


def _descriptor(opened: TTFont, file: PdfObject) -> DictionaryObject:
    """Return what a PDF says of the whole font (ISO 32000-1, 9.8)."""
    scale = _scale(opened)
    box = [opened["head"].xMin, opened["head"].yMin, opened["head"].xMax, opened["head"].yMax]
    return _dictionary(
        {
            "/Type": NameObject("/FontDescriptor"),
            "/FontName": NameObject("/PLUMBC+Mark"),
            "/Flags": NumberObject(4),
            "/FontBBox": ArrayObject(NumberObject(round(each * scale)) for each in box),
            "/ItalicAngle": NumberObject(0),
            "/Ascent": NumberObject(round(opened["hhea"].ascent * scale)),
            "/Descent": NumberObject(round(opened["hhea"].descent * scale)),
            "/CapHeight": NumberObject(700),
            "/StemV": NumberObject(80),
            "/FontFile3": file,
        }
    )


def _descendant(advance: dict[int, int], descriptor: PdfObject) -> DictionaryObject:
    """Return the font that draws, with the width of each glyph (ISO 32000-1, 9.7.4)."""
    order = {"/Registry": TextStringObject("Adobe"), "/Ordering": TextStringObject("Identity"), "/Supplement": NumberObject(0)}
    pairs = ([NumberObject(glyph), ArrayObject([NumberObject(width)])] for glyph, width in sorted(advance.items()))
    return _dictionary(
        {
            "/Type": NameObject("/Font"),
            "/Subtype": NameObject("/CIDFontType0"),
            "/BaseFont": NameObject("/PLUMBC+Mark"),
            "/CIDSystemInfo": _dictionary(order),
            "/FontDescriptor": descriptor,
            "/W": ArrayObject(each for pair in pairs for each in pair),
        }
    )


def _to_unicode(glyphs: dict[str, int]) -> bytes:
    pairs = [f"<{number:04x}> <{character.encode('utf-16-be').hex()}>" for character, number in sorted(glyphs.items())]
    # A block of a CMap holds a hundred pairs at most.
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /PlumbMark def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{body}\nendcmap\nend\nend\n"
    ).encode()


@lru_cache(maxsize=1)
def _whole_font() -> bytes:
    face = find_face(FAMILY, REGULAR)
    if face is None:
        raise FontNotCut(f"{FAMILY} is not installed")
    return font_of(face)


def _dictionary(entries: dict[str, Any]) -> DictionaryObject:
    return DictionaryObject({NameObject(name): value for name, value in entries.items()})
