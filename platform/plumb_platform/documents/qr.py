"""QR codes as SVG in a `data:` URL, the only kind of picture address that a letter may use besides its assets."""

import segno

QUIET_ZONE = 2
"""Modules of white around the code: half of ISO/IEC 18004, since the letter's own paper is white too."""


def qr_data_url(text: str, *, color: str = "#1f1b18") -> str:
    """Return a QR code of `text` (error correction M, at most 2,331 bytes) as `data:image/svg+xml`."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return code.svg_data_uri(dark=color, border=QUIET_ZONE, xmldecl=False, omitsize=True)
