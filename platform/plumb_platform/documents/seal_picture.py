"""The round red picture of a company's electronic seal; it says 电子签章, so that it passes for no carved chop."""

import math
import unicodedata
from html import escape
from urllib.parse import quote

from plumb_platform.documents.fonts_slices import slice_families
from plumb_platform.documents.fonts_system import FAMILIES, Typeface

SIZE = 400
RADIUS = 186
NAME_RADIUS = 144
"""Distance of the middle of the name's characters from the centre."""
WIDEST_ARC = math.radians(262)
LARGEST = 50.0
THIN, WIDE = frozenset(" .,:;'’`|!()[]-‐·/\\fijlrtI1"), frozenset("mwMW@%&—")
"""Letters that are far narrower and far wider than the others are."""
COLOR = "#b8231f"
STAR_RADIUS = 60
FONTS: dict[Typeface, str] = {face: ", ".join([*slice_families(face), family]) for face, family in FAMILIES.items()}
"""The cut fonts first (see `fonts`): a reader of SVG that knows no fontconfig would take the whole one.

A seal has the typeface of its letter: one more would be 6 kB.
"""


def seal_data_url(company: str, *, caption: str = "电子签章", code: str = "", typeface: Typeface = "SONG") -> str:
    """Return the seal of `company` as `data:image/svg+xml`."""
    return "data:image/svg+xml;charset=utf-8," + quote(seal_svg(company, caption=caption, code=code, typeface=typeface))


def seal_svg(company: str, *, caption: str = "电子签章", code: str = "", typeface: Typeface = "SONG") -> str:
    """Return the seal of `company` as SVG: name on the upper arc, star, `caption`, `code` below."""
    fonts = FONTS[typeface]
    parts = [
        f'<circle cx="0" cy="0" r="{RADIUS}" fill="none" stroke="{COLOR}" stroke-width="9"/>',
        f'<circle cx="0" cy="0" r="{RADIUS - 11}" fill="none" stroke="{COLOR}" stroke-width="1.6"/>',
        f'<path d="{_star()}" fill="{COLOR}"/>',
        *_arc(company, fonts),
        _line(caption, y=104, size=34, weight="bold", fonts=fonts),
        _line(code, y=140, size=17, weight="normal", fonts=fonts),
    ]
    half, drawn = SIZE // 2, "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-{half} -{half} {SIZE} {SIZE}">{drawn}</svg>'


def _arc(name: str, fonts: str) -> list[str]:
    """Place each character on its own: SVG's textPath is not drawn by every renderer."""
    widths = [_width(character) for character in name]
    # Chinese characters stand apart, the letters of a word together.
    apart = 1.42 if all(width == 1 for width in widths) else 1.16
    size = min(LARGEST, WIDEST_ARC * NAME_RADIUS / (1.16 * max(sum(widths), 1)))
    per_width = min(WIDEST_ARC / max(sum(widths), 1), size * apart / NAME_RADIUS)
    angle = -sum(widths) * per_width / 2
    drawn = []
    for character, width in zip(name, widths, strict=True):
        angle += width * per_width / 2
        drawn.append(_turned(character, math.degrees(angle), size, fonts))
        angle += width * per_width / 2
    return drawn


def _width(character: str) -> float:
    """Return about how much of an em a bold character takes."""
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in THIN:
        return 0.36
    if character in WIDE:
        return 0.94
    return 0.74 if character.isupper() else 0.6


def _turned(character: str, degrees: float, size: float, fonts: str) -> str:
    baseline = size * 0.36 - NAME_RADIUS
    return (
        f'<text transform="rotate({degrees:.2f})" x="0" y="{baseline:.1f}" text-anchor="middle" font-family="{fonts}" '
        f'font-size="{size:.1f}" font-weight="bold" fill="{COLOR}">{escape(character)}</text>'
    )


def _line(text: str, *, y: int, size: int, weight: str, fonts: str) -> str:
    if not text:
        return ""
    return (
        f'<text x="0" y="{y}" text-anchor="middle" font-family="{fonts}" font-size="{size}" font-weight="{weight}" '
        f'fill="{COLOR}">{escape(text)}</text>'
    )


def _star() -> str:
    inner = STAR_RADIUS * math.sin(math.radians(18)) / math.sin(math.radians(126))
    points = []
    for corner in range(10):
        reach = inner if corner % 2 else STAR_RADIUS
        angle = math.radians(36 * corner - 90)
        points.append(f"{reach * math.cos(angle):.2f} {reach * math.sin(angle) - 6:.2f}")
    return "M" + "L".join(points) + "Z"
