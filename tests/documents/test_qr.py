"""QR codes (ISO/IEC 18004): a reader finds in what is drawn what was said, in the drawing and on the printed page."""

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from zxingcpp import read_barcodes

from plumb_platform.documents.letter_data import Design
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.qr import QUIET_ZONE, qr_svg
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter

STROKE = re.compile(r"M(\d+) (\d+)\.5h(\d+)")
SIZE = re.compile(r'viewBox="0 0 (\d+) \1"')
TEXTS = [
    *("5", "/", "责任书", "标" * 60, "𠮷㐂", "0" * 300, "A" * 700, "x" * 250, "准绳 2", "x" * 2331),
    *(f"https://plumb.example.com/verify/7Qm2vXc9Lw3TzR{number:02}" for number in range(6)),
    *(f"https://{'long.' * number}example.com/verify/7Qm2vXc9Lw3TzR8b" for number in range(1, 16, 3)),
]
DESIGNS: tuple[Design, ...] = ("formal", "commitment", "battle_map", "addendum")
OWN = ({"kind": "goals"}, {"kind": "custom", "source": "<p>本节由公司自拟。</p>"}, {"kind": "signatures"})
DOTS_PER_INCH = 100


def test_a_text_longer_than_any_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr_svg("x" * 2332)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_drawn_is_read_as_what_was_said(text: str) -> None:
    svg = qr_svg(text)

    (read,) = read_barcodes(_drawn(svg))
    assert (read.text, read.ec_level, svg) == (text, "M", qr_svg(text))


@pytest.mark.parametrize("sections", [(), OWN], ids=["typst", "own markup"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_the_code_on_the_page_leads_to_the_letter(renderer: Renderer, design: Design, sections: tuple[object, ...]) -> None:
    letter = sample_letter(design=design, sections=sections)

    pdf = await print_letter(renderer, letter, identifier=b"code", created=SEALED_AT)

    pages = await renderer.draw_pages(pdf, dots_per_inch=DOTS_PER_INCH)
    assert {read.text for page in pages for read in read_barcodes(Image.open(BytesIO(page)))} == {letter.verify_url}


def _drawn(svg: str) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """Draw strokes of dark modules, three dots a module."""
    found = SIZE.search(svg)
    assert found
    modules = np.full((int(found[1]) + 2 * QUIET_ZONE,) * 2, 255, np.uint8)
    for column, row, width in (map(int, stroke) for stroke in STROKE.findall(svg)):
        modules[row + QUIET_ZONE, column + QUIET_ZONE : column + QUIET_ZONE + width] = 0
    return np.kron(modules, np.ones((3, 3), np.uint8))
