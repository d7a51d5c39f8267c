"""The one module that knows PDFium: pages of a PDF as PNG; used in the rendering process only."""

import io

import pypdfium2


def draw_pages(pdf: bytes, *, dots_per_inch: int, most: int) -> list[bytes]:
    """Return the first `most` pages as PNG."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [_drawn(document[place], dots_per_inch) for place in range(min(most, len(document)))]


def _drawn(page: pypdfium2.PdfPage, dots_per_inch: int) -> bytes:
    written = io.BytesIO()
    page.render(scale=dots_per_inch / 72).to_pil().save(written, "PNG")
    return written.getvalue()
