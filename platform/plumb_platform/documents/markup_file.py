"""Writes what WeasyPrint draws of a company's own markup as lean as typst's letters: coarse outlines, packed objects.

WeasyPrint embeds whole OpenType files, with a place for each glyph below the last one that it uses, and deflates a file twice.
Imported in the child process only.
"""

from hashlib import sha256
from typing import Any

from pydyf import String
from weasyprint import DEFAULT_OPTIONS
from weasyprint.pdf import VARIANTS, generate_pdf

from plumb_platform.documents.cff import UnknownFont, cff_table, cid_font, only, written_font
from plumb_platform.documents.coarse_fonts import coarse_outlines
from plumb_platform.documents.packing import PackedFile
from plumb_platform.documents.picture_colours import srgb_profile
from plumb_platform.documents.streams import is_stream, streamed
from plumb_platform.documents.to_unicode import said_by, to_unicode

VARIANT = "pdf/a-3a"
HEAD = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
OPEN_TYPE, PLAIN_CFF = {"Subtype": "/OpenType"}, {"Subtype": "/CIDFontType0C"}
INKED = {b"/DeviceCMYK cs": b" rg", b"/DeviceCMYK CS": b" RG"}
"""What WeasyPrint writes before four inks, and the operator of three lights in its place."""
CMAP = b"/CIDInit /ProcSet findresource begin"
"""The first line of what glyphs mean; a CMap of codes has a dictionary of its own as well."""


def markup_file(document: Any, *, identifier: bytes, attachments: list[Any]) -> bytes:
    """Return a document of WeasyPrint's as PDF/A-3a; equal documents give equal bytes."""
    options = DEFAULT_OPTIONS | VARIANTS[VARIANT][1] | {"pdf_variant": VARIANT, "attachments": attachments}
    pdf = generate_pdf(document, None, 1, **options)
    programs = _programs(document)
    _name_colours(pdf)
    for each in pdf.objects:
        _without_inks(each)
        _make_lean(each, programs)
        _mend(each, pdf.info["CreationDate"])
    pdf.add_object(pdf.info)
    bodies = {each.number: _written(each) for each in pdf.objects if each.free != "f"}
    file = PackedFile(HEAD, len(pdf.objects))
    for number, body in bodies.items():
        if is_stream(body):
            file.add(number, body)
    file.add_plain((number, body) for number, body in bodies.items() if not is_stream(body))
    state = sha256(b"".join(bodies.values())).digest()[:16]
    trailer = b"/Root %b/Info %b" % (pdf.catalog.reference, pdf.info.reference)
    return file.finished(trailer, (identifier, state))


def _name_colours(pdf: Any) -> None:
    """Say what red, green and blue are by a profile of 588 bytes, where WeasyPrint's takes 3,024."""
    (intent,) = pdf.catalog["OutputIntents"]
    intent.update(OutputConditionIdentifier=String("sRGB"), Info=String("sRGB"))
    (profile,) = (each for each in pdf.objects if each.reference == intent["DestOutputProfile"])
    profile.stream = [srgb_profile()]


def _without_inks(each: Any) -> None:
    """Draw colours of ink (`device-cmyk()`), which mean nothing beside our profile, as lights (CSS Color 5, 10.3)."""
    content: list[Any] = getattr(each, "stream", None) or []
    for place, operator in enumerate(content):
        if isinstance(operator, bytes) and operator in INKED:
            *inks, black = (float(ink) for ink in content[place + 1].split()[:4])
            colour = " ".join(f"{(1 - min(max(ink, 0), 1)) * (1 - min(max(black, 0), 1)):.4g}" for ink in inks)
            content[place : place + 2] = [b"", colour.encode() + INKED[operator]]


def _written(each: Any) -> bytes:
    """Return an object as it is written: what WeasyPrint would deflate, or leave as it is, is deflated by ours."""
    if not hasattr(each, "stream") or "Filter" in each.extra:
        return each.data  # type: ignore[no-any-return]  # pydyf carries no types
    each.compress = False
    head, _, content = each.data.partition(b"\nstream\n")
    said = head[: head.rindex(b"/Length")].removeprefix(b"<<")
    return streamed(said, content.removesuffix(b"\nendstream"))


def _programs(document: Any) -> dict[int, set[int]]:
    """Return the glyphs that are drawn of each font file, by the identity of its content; none where a character is missing."""
    drawn: dict[str, set[int]] = {}
    for font in document.fonts.values():
        drawn.setdefault(font.hash, set()).update(font.to_unicode)
    lacking = {font.hash for font in document.fonts.values() if font.missing}
    return {id(font.file_content): drawn[font.hash] for font in document.fonts.values() if font.hash not in lacking}


def _make_lean(each: Any, programs: dict[int, set[int]]) -> None:
    """Say an object in fewer bytes if it is a font or what its glyphs mean."""
    content = getattr(each, "stream", None)
    if not content:
        return
    if each.extra == OPEN_TYPE and id(content[0]) in programs:
        coarse = _coarse(content[0], programs[id(content[0])])
        if coarse is not None:
            each.stream, each.extra = [coarse], PLAIN_CFF
    elif content[0] == CMAP and not each.extra:
        each.stream = [to_unicode(said_by(b"\n".join(content)))]


def _mend(each: Any, moment: Any) -> None:
    """Date what is attached as the document is, also what its markup attaches, which WeasyPrint dates by the clock.

    And take back a map of glyphs that only TrueType outlines may have (ISO 32000-1, table 117), and that pictures be smoothed
    (ISO 19005-3, 6.2.8.1).
    """
    said = each if isinstance(each, dict) else getattr(each, "extra", {})
    if said.get("Type") == "/EmbeddedFile":
        said["Params"] |= {"CreationDate": moment, "ModDate": moment}
    elif said.get("Subtype") == "/CIDFontType0":
        said.pop("CIDToGIDMap", None)
    elif said.get("Subtype") == "/Image":
        said.pop("Interpolate", None)


def _coarse(open_type: bytes, glyphs: set[int]) -> bytes | None:
    """Return the CFF program of `glyphs`, by their CIDs, on the grid of its family; None for a font of another family."""
    try:
        return written_font(*coarse_outlines(only(cid_font(cff_table(open_type)), glyphs)))
    except UnknownFont:
        return None
