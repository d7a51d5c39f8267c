"""QR codes as SVG in a `data:` URL, the only kind of picture address that a letter may use besides its assets."""

import re
from urllib.parse import quote

COLOUR = "#1f1b18"
QUIET_ZONE = 2
"""Modules of white around the code: half of ISO/IEC 18004, since the letter's own paper is white too."""
DARK = re.compile(rb"\0+")


def qr_data_url(text: str) -> str:
    """Return a QR code of `text` (error correction M, at most 2,331 bytes) as `data:image/svg+xml`; raises ValueError."""
    return "data:image/svg+xml;charset=utf-8," + quote(qr_svg(text))


def qr_svg(text: str) -> str:
    """Return the same as SVG: each run of dark modules is one stroke."""
    rows = _rows(text)
    size = len(rows) + 2 * QUIET_ZONE
    strokes = "".join(
        f"M{run.start() + QUIET_ZONE} {place + QUIET_ZONE}.5h{run.end() - run.start()}"
        for place, row in enumerate(rows)
        for run in DARK.finditer(row)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path stroke="{COLOUR}" d="{strokes}"/></svg>'


def _rows(text: str) -> list[bytes]:
    """Return the rows of the symbol, a byte for each module, 0 where it is dark."""
    from zxingcpp import BarcodeFormat, create_barcode  # 2.8 MB that a process without letters does not take

    # A preview has no address yet, and there is no symbol of nothing: its code holds a space.
    symbol = create_barcode(text or " ", BarcodeFormat.QRCode, ec_level="M").to_image(scale=1, add_quiet_zones=False)
    modules = memoryview(symbol).tobytes()  # type: ignore[arg-type]  # its stub does not tell of the buffer
    size = round(len(modules) ** 0.5)
    return [modules[start : start + size] for start in range(0, len(modules), size)]
