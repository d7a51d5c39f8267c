"""Which characters each slice of the letters' font has; nothing here opens a font."""

from collections.abc import Iterator
from functools import lru_cache

from plumb_platform.documents.fonts_system import Typeface

CUT: dict[Typeface, str] = {"SONG": "Plumb Serif", "HEI": "Plumb Sans"}
"""What the slices of a typeface are called."""

# Latin with accents (combining ones too: a letter and its accent must share a font), punctuation, currencies, letterlike
# signs, numbers in circles, kana and CJK signs, full-width forms.
SIGNS = (
    *((0x20, 0x7F), (0xA0, 0x250), (0x2B0, 0x370), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x20A0, 0x20D0), (0x2100, 0x2150)),
    *((0x2460, 0x2500), (0x3000, 0x3100), (0x3200, 0x3400), (0xFF00, 0xFFF0)),
)


def slice_families(typeface: Typeface) -> tuple[str, str, str]:
    """Return the families of a typeface's slices, without their characters, which take 3 MB."""
    first = CUT[typeface]
    return first, f"{first} Two", f"{first} Three"


def slices(typeface: Typeface = "SONG") -> dict[str, list[int]]:
    """Return the code points of each slice of a typeface by its family: everyday ones, the rest of GB 2312, the rest of GBK.

    The smaller the slice the cheaper a letter that needs it, and a letter pays for the slices that it uses only.
    """
    return dict(zip(slice_families(typeface), _points(), strict=True))


@lru_cache(maxsize=1)
def _points() -> tuple[list[int], list[int], list[int]]:
    everyday = {point for first, end in SIGNS for point in range(first, end)}
    everyday |= set(_decoded("gb2312", range(0xA1, 0xD8)))
    second = set(_decoded("gb2312", range(0xD8, 0xF8)))
    rare = {point for point in _decoded("gbk", range(0x81, 0xFF)) if 0x4E00 <= point < 0xA000} - everyday - second
    return sorted(everyday), sorted(second), sorted(rare)


def _decoded(encoding: str, lead_bytes: range) -> Iterator[int]:
    for lead in lead_bytes:
        for trail in range(0x40, 0xFF):
            character = bytes((lead, trail)).decode(encoding, "ignore")
            if len(character) == 1 and ord(character) > 0x7F:
                yield ord(character)
