"""What must stay legible on a screen at 100 %: figures of any length, labels beside their values, small heavy words."""

import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import pikepdf
import pytest
from pypdfium2 import PdfDocument, PdfPage
from pypdfium2.raw import FPDFText_GetUnicode

from plumb_platform.documents.letter_data import Design, LetterGoal, LetterSplit
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter

DESIGNS: tuple[Design, ...] = ("formal", "commitment", "battle_map", "addendum")
LONG = "29,629,629,362,962.80"
STROKED_SIZE = re.compile(rb"BT 2 Tr/f\d+ ([\d.]+) Tf")
SMALLEST_STROKED = 11
"""Points: at 96 dots an inch half a pixel of stroke, which a reader that draws no thinner line makes a whole one."""


class Box(NamedTuple):
    """A rectangle in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Return whether the two overlap by more than a hair."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > 0.1 and min(self.top, other.top) - max(self.bottom, other.bottom) > 0.1


def characters(page: PdfPage) -> list[tuple[str, Box]]:
    text = page.get_textpage()
    return [(chr(FPDFText_GetUnicode(text, each)), Box(*text.get_charbox(each))) for each in range(text.count_chars())]


def places_of(words: str, said: str) -> Iterator[range]:
    at = said.find(words)
    while at >= 0:
        yield range(at, at + len(words))
        at = said.find(words, at + 1)


@pytest.mark.parametrize("design", DESIGNS)
async def test_a_figure_longer_than_its_room_is_set_smaller_and_covers_nothing(renderer: Renderer, design: Design) -> None:
    splits = tuple(LetterSplit(label=f"{month} 月", value=LONG) for month in range(1, 13))
    goal = LetterGoal(
        metric="指标" * 30, target=LONG, previous=LONG, change=f"+{LONG}", unit="万元", weight="99.99%", splits=splits
    )
    pdf = await print_letter(renderer, sample_letter(design=design, goals=(goal,)), identifier=b"letter", created=SEALED_AT)
    found = 0
    with PdfDocument(pdf) as document:
        for page in document:
            drawn = characters(page)
            for place in places_of(LONG, "".join(each for each, _ in drawn)):
                found += 1
                figure = [drawn[each][1] for each in place]
                others = [(each, box) for at, (each, box) in enumerate(drawn) if at not in place and not each.isspace()]
                assert [each for each, box in others if any(box.meets(digit) for digit in figure)] == []
    assert found >= (1 if design in ("commitment", "battle_map") else 13)


@pytest.mark.parametrize("design", DESIGNS)
async def test_an_english_label_stands_apart_from_its_value(renderer: Renderer, design: Design) -> None:
    pdf = await print_letter(renderer, sample_letter("en", design=design), identifier=b"letter", created=SEALED_AT)
    with PdfDocument(pdf) as document:
        drawn = characters(document[len(document) - 1])
    said = "".join(each for each, _ in drawn)
    label, value = list(places_of("Line manager", said))[-1], list(places_of("Ouyang Jingyu", said))[-1]
    assert drawn[value[0]][1].left - drawn[label[-1]][1].right > 2


@pytest.mark.parametrize("design", DESIGNS)
async def test_small_words_without_serifs_are_never_stroked(renderer: Renderer, design: Design) -> None:
    letter = sample_letter(design=design, typeface="HEI")
    pdf = await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        drawn = b"\n".join(page.Contents.read_bytes() for page in opened.pages)
    sizes = [float(each) for each in STROKED_SIZE.findall(drawn)]
    assert len(sizes) > 5
    assert min(sizes) >= SMALLEST_STROKED
