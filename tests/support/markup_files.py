"""A file of ours beside the one that WeasyPrint writes of the same document, as libraries not ours read both."""

import io
from collections import Counter
from typing import Any

import numpy as np
import pikepdf
from pypdfium2 import PdfDocument


def both_files(ours: bytes, own: bytes) -> dict[str, Any]:
    """Return bytes of both, whether they say and mean the same, and the share of ink that is more, and that lies elsewhere."""
    told: dict[str, Any] = {"ours": len(ours), "own": len(own), "says": [], "ink": [], "moved": []}
    with PdfDocument(ours) as one, PdfDocument(own) as two:
        told["pages"] = len(one) == len(two)
        for lean, plain in zip(one, two, strict=False):
            told["says"].append(lean.get_textpage().get_text_bounded() == plain.get_textpage().get_text_bounded())
            after, before = (_ink(page) for page in (lean, plain))
            whole = max(before.sum(), 1.0)
            told["ink"].append(abs(after.sum() - before.sum()) / whole)
            told["moved"].append(np.abs(after - before).sum() / whole)
    told["means"] = _meaning(ours) == _meaning(own)
    told["complaints"] = _complaints(ours)
    return told


def _ink(page: Any) -> Any:
    return 255 - np.asarray(page.render(scale=96 / 72).to_pil().convert("L"), dtype=float)


def _meaning(pdf: bytes) -> tuple[Any, ...]:
    """Return elements of structure by their kinds, what the file says of itself, its pages, and what is said of its glyphs."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        plain = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary)]
        kinds = Counter(str(each.S) for each in plain if each.get("/Type") == "/StructElem")
        metadata = opened.Root.Metadata.read_bytes()
        pages = [page.Contents.read_bytes() for page in opened.pages]
        widths = sorted(each.W.unparse() for each in plain if "/W" in each)
        information = {name: str(value) for name, value in opened.docinfo.items()}
        return kinds, metadata, pages, widths, information, opened.Root.unparse()


def _complaints(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [str(each) for each in opened.check_pdf_syntax()]
