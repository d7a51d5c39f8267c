"""What PDFium, a reader that is not ours, copies from a PDF."""

from pypdfium2 import PdfDocument


def words_of(pdf: bytes) -> str:
    """Return the text of all pages."""
    with PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
