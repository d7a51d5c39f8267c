"""The one module that knows PDFium: pages of a PDF as PNG; used in the rendering process only."""

import io


def draw_pages(pdf: bytes, *, dots_per_inch: int, most: int) -> list[bytes]:
    """Return the first `most` pages as PNG."""
    from pypdfium2 import PdfDocument  # 8 MB that only previews need

    drawn = []
    with PdfDocument(pdf) as document:
        for place in range(min(most, len(document))):
            written = io.BytesIO()
            document[place].render(scale=dots_per_inch / 72).to_pil().save(written, "PNG")
            drawn.append(written.getvalue())
    return drawn
