"""Where pages end: no heading, nor the sentence under it, stays behind without what it introduces, whichever engine sets it."""

import asyncio
from pathlib import Path

import pytest

from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter
from support.pdf_tools import told

HEADING, INTRODUCED, FIRST = "目标分解", "各项目标按下表分解执行", "683,100.00"
LINES = range(12)
Section = dict[str, object]
OWN: Section = {"kind": "custom", "source": "<p>本节由公司自拟。</p>"}


async def pages_of(renderer: Renderer, sections: list[Section], file: Path) -> list[str]:
    """Return the text of each page of the sample letter with these sections."""
    pdf = await print_letter(renderer, sample_letter(sections=sections), identifier=b"letter", created=SEALED_AT)
    await asyncio.to_thread(file.write_bytes, pdf)
    return (await told("pdftotext", "-layout", str(file), "-")).split("\f")


def page_with(pages: list[str], text: str) -> int:
    """Return on which page a text is first."""
    return next(place for place, page in enumerate(pages) if text in page)


@pytest.mark.parametrize("own", [[], [OWN]], ids=["typst", "weasyprint"])
async def test_a_table_takes_its_heading_and_sentence_along(
    renderer: Renderer, tmp_path: Path, own: list[dict[str, object]]
) -> None:
    """However far down the page the split begins, line by line over a page's end."""
    found = set()
    for lines in LINES:
        filling: list[Section] = [{"kind": "text", "title": "说明", "paragraphs": [f"第 {each} 行" for each in range(lines)]}]
        sections: list[Section] = [
            {"kind": "parties"},
            {"kind": "goals"},
            *own,
            *filling,
            {"kind": "splits"},
            {"kind": "signatures"},
        ]
        pages = await pages_of(renderer, sections, tmp_path / "letter.pdf")
        places = [page_with(pages, text) for text in (HEADING, INTRODUCED, FIRST)]
        assert len(set(places)) == 1, (lines, places)
        found.add(places[0])
    assert found == {0, 1}
