"""The font of those characters of a letter that its mould lacks, told to a PDF as typst tells its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from plumb_platform.documents.packing import PackedFile
from plumb_platform.documents.page_lines import Font
from plumb_platform.documents.streams import POURED, streamed
from plumb_platform.documents.to_unicode import to_unicode

NAMED = re.compile(rb"/FontName/[A-Z]{6}\+(?P<name>[^/]+)")
FILE_OF_FONT = re.compile(rb"(?:/CIDSet \d+ 0 R)?/FontFile3 \d+ 0 R")
PLACES = ("", "Two", "Three")
"""What the slices of a typeface are called, the everyday one first."""


Glyphs = Mapping[int, tuple[int, str]]
"""Width and text of each glyph."""


@dataclass(frozen=True, slots=True)
class CutFont:
    """A font of the mould: what it says of its codes, family and weight if it is a cut one, and its descriptor."""

    said: Font
    cut: tuple[str, str] | None
    descriptor: bytes


def borrowed_font(font: CutFont, place: int, glyphs: Glyphs, outlines: bytes, file: PackedFile) -> dict[int, bytes]:
    """Write the `outlines` (CFF) of `glyphs` in a slice, and return the plain objects of their font, which itself comes first."""
    number, below, descriptor, mapping, program = (file.number() for _ in range(5))
    name = _name(font.descriptor, place, outlines)
    widths = b"".join(b"%d[%d]" % (glyph, width) for glyph, (width, _) in sorted(glyphs.items()))
    file.add(program, streamed(b"/Subtype/CIDFontType0C", outlines, POURED))
    file.add(mapping, streamed(b"/Type/CMap/WMode 0", to_unicode({glyph: text for glyph, (_, text) in glyphs.items()}), POURED))
    return {
        number: b"<</Type/Font/Subtype/Type0/BaseFont/%b-Identity-H/Encoding/Identity-H"
        b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (name, below, mapping),
        below: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor %d 0 R/DW 0/W[%b]>>" % (name, descriptor, widths),
        descriptor: FILE_OF_FONT.sub(b"/FontFile3 %d 0 R" % program, NAMED.sub(b"/FontName/" + name, font.descriptor)),
    }


def _name(descriptor: bytes, place: int, outlines: bytes) -> bytes:
    """Return the name of the font with its tag of six letters, which differs where the outlines do (ISO 32000-1, 9.6.4)."""
    named = NAMED.search(descriptor)
    if named is None:
        raise ValueError("not as typst names a font")
    family, _, weight = named["name"].partition(b"-")
    tag = bytes(ord("A") + each % 26 for each in sha256(outlines).digest()[:6])
    return b"%b+%b%b-%b" % (tag, family, PLACES[place].encode(), weight)
