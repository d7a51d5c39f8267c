"""QR codes as SVG in a `data:` URL, the only kind of picture address that a letter may use besides its assets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

COLOUR = "#1f1b18"
QUIET_ZONE = 2
"""Modules of white around the code: half of ISO/IEC 18004, since the letter's own paper is white too."""


def qr_data_url(text: str) -> str:
    """Return a QR code of `text` (error correction M, at most 2,331 bytes) as `data:image/svg+xml`."""
    return _code(text).svg_data_uri(dark=COLOUR, border=QUIET_ZONE, xmldecl=False, omitsize=True)


def qr_svg(text: str) -> str:
    """Return the same as SVG."""
    return _code(text).svg_inline(dark=COLOUR, border=QUIET_ZONE, omitsize=True)


def _code(text: str) -> "segno.QRCode":
    import segno  # 1.4 MB that a process without letters does not take

    return segno.make_qr(text, error="m", boost_error=False)
