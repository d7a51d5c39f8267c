"""What must stay legible on a screen at 100 %: figures of any length, labels beside their values, small heavy words."""

import io
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
import pikepdf
import pytest
from pypdfium2 import PdfDocument, PdfPage
from pypdfium2.raw import FPDFText_GetUnicode

from plumb_platform.documents.letter_data import Design, LetterDocument, LetterGoal, LetterParty, LetterSignature, LetterSplit
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter

DESIGNS: tuple[Design, ...] = ("formal", "commitment", "battle_map", "addendum")
CLEAR = 8 * 72 / 25.4
"""Points: what goes on over a page begins so far from its top."""
LONG = "29,629,629,362,962.80"
EDGE = 13 * 72 / 25.4
"""Points: the narrowest margin of any design."""
WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
STROKED_SIZE = re.compile(rb"BT 2 Tr/f\d+ ([\d.]+) Tf")
SMALLEST_FIGURE = 4
"""Points from the foot of a comma to the top of a figure: set at five and a half points or more."""
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


async def printed(renderer: Renderer, letter: LetterDocument, engine: str) -> bytes:
    """Print by the engine of our own sections, or by that of a company's own markup."""
    if engine == "typst":
        return await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)
    page = letter_page(letter)
    return await renderer.render_pdf(page.html, css=page.css, identifier=b"letter", created=SEALED_AT)


@pytest.mark.parametrize("engine", ["typst", "html"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_a_figure_longer_than_its_room_is_set_smaller_and_covers_nothing(
    renderer: Renderer, design: Design, engine: str
) -> None:
    splits = tuple(LetterSplit(label=f"{month} 月", value=LONG) for month in range(1, 13))
    goal = LetterGoal(
        metric="指标" * 30, target=LONG, previous=LONG, change=f"+{LONG}", unit="万元", weight="99.99%", splits=splits
    )
    pdf = await printed(renderer, sample_letter(design=design, goals=(goal,)), engine)
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


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_a_word_longer_than_its_line_goes_on_in_the_next_and_is_copied_whole(
    renderer: Renderer, design: Design, locale: Literal["zh-CN", "en"]
) -> None:
    """In every place that takes a name: none leaves the page, none covers a figure, nothing is put between its letters."""
    goal = LetterGoal(metric=WORD, definition=WORD, unit=WORD[:21], target=LONG, previous="1", change="+1", weight="100.00%")
    side = LetterParty(name=WORD, details=(("上级", WORD), ("职务", f"经理 {WORD}")))
    hands = [{"role": role, "name": WORD, "position": WORD, "signed_at": "2026-01-06"} for role in ("manager", "employee", "hr")]
    places = {"company": WORD, "subtitle": WORD, "party_a": side, "party_b": side, "actions": (WORD,), "goals": (goal,)}
    texts = {"rights_and_duties": (WORD * 3, f"乙方应当{WORD}。"), "signatures": [hands[0], hands[1], hands[2] | {"label": WORD}]}
    letter = sample_letter(locale, design=design, **places | texts)
    with PdfDocument(await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)) as document:
        said, figures = "", 0
        for page in document:
            drawn = characters(page)
            said += "".join(each for each, _ in drawn if not each.isspace())
            assert max(box.right for _, box in drawn) < page.get_width() - EDGE + 0.1
            for place in places_of(LONG, "".join(each for each, _ in drawn)):
                figures += 1
                others = [(each, box) for at, (each, box) in enumerate(drawn) if at not in place and not each.isspace()]
                assert [each for each, box in others for at in place if box.meets(drawn[at][1])] == []
    assert figures == 1
    assert said.count(WORD) > 12


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


@pytest.mark.parametrize("engine", ["typst", "html"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_a_table_goes_on_clear_of_the_top_of_its_next_page(renderer: Renderer, design: Design, engine: str) -> None:
    goals = tuple(LetterGoal(metric=f"指标{n:02}", unit="元", target="1.00", weight="2%", previous="1") for n in range(1, 31))
    pdf = await printed(renderer, sample_letter(design=design, goals=goals), engine)
    with PdfDocument(pdf) as document:
        assert len(document) > 1
        for page in list(document)[1:]:
            tops = [box.top for each, box in characters(page) if not each.isspace()]
            assert page.get_height() - max(tops) > CLEAR


@pytest.mark.parametrize("engine", ["typst", "html"])
@pytest.mark.parametrize("design", ["commitment", "battle_map"])
async def test_the_rim_of_a_seal_cuts_no_word_of_a_name_in_letters(renderer: Renderer, design: Design, engine: str) -> None:
    """The two designs whose own ink is not red, so that whatever is red beneath a name is the seal."""
    name = "Huakang International Medical Devices and In-Vitro Diagnostics Co., Ltd."
    pdf = await printed(renderer, sample_letter("en", design=design, company=name), engine)
    found = 0
    with PdfDocument(pdf) as document:
        for page in document:
            drawn, picture = characters(page), np.asarray(page.render(scale=2).to_pil().convert("RGB"), dtype=int)
            said = "".join(each for each, _ in drawn)
            for word in ("Huakang", "International", "Diagnostics"):
                for place in places_of(word, said):
                    boxes = [drawn[each][1] for each in place]
                    rows = slice(
                        int((page.get_height() - max(each.top for each in boxes)) * 2),
                        int((page.get_height() - boxes[0].bottom) * 2),
                    )
                    ink = picture[rows, int(boxes[0].left * 2) : int(boxes[-1].right * 2)]
                    # The seal's own letters are placed one by one, around its rim.
                    if boxes[-1].right - boxes[0].left > 20:
                        found += 1
                        assert not (ink[..., 0] - ink[..., 1] > 60).any()
    assert found >= 6


@pytest.mark.parametrize("engine", ["typst", "html"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_a_long_role_stands_apart_from_the_name_of_who_signed_in_it(
    renderer: Renderer, locale: Literal["zh-CN", "en"], engine: str
) -> None:
    role, name = ("人力资源与组织发展", "王芳") if locale == "zh-CN" else ("Human Resources and Development", "Wang Fang")
    also = LetterSignature(role="hr", label=role, name=name, signed_at="2026-01-06 09:00")
    letter = sample_letter(locale, party_b=LetterParty(name="甲" if locale == "zh-CN" else "A"), signatures=(also,))
    pdf = await printed(renderer, letter, engine)
    with PdfDocument(pdf) as document:
        drawn = characters(document[len(document) - 1])
    said = "".join(each for each, _ in drawn)
    first = role.split()[0] if locale == "en" else role[:9]
    label, who = list(places_of(first, said))[-1], list(places_of(name, said))[-1]
    rights = [drawn[each][1].right for each in range(label[0], who[0]) if not drawn[each][0].isspace()]
    assert drawn[who[0]][1].left - max(rights) > 4


@pytest.mark.parametrize("engine", ["typst", "html"])
@pytest.mark.parametrize(
    ("parts", "value"), [(12, "1,234,567,890,123,456.78"), (7, "1,234,567,890,123,456.78"), (24, "12,345,678.90")]
)
async def test_long_figures_of_a_battle_map_take_rows_and_stay_large_enough_to_read(
    renderer: Renderer, parts: int, value: str, engine: str
) -> None:
    splits = tuple(LetterSplit(label=f"第{number}期", value=value) for number in range(1, parts + 1))
    goal = LetterGoal(metric="销售回款额", target="1.00", unit="元", weight="100%", splits=splits)
    pdf = await printed(renderer, sample_letter(design="battle_map", goals=(goal,)), engine)
    with PdfDocument(pdf) as document:
        shown = [each for page in document for each in characters(page) if not each[0].isspace()]
    said = "".join(character for character, _ in shown)
    figures = [[shown[at][1] for at in found] for found in places_of(value, said)]
    assert len(figures) == parts, "each figure is told in full"
    tall = [max(box.top - box.bottom for box in figure) for figure in figures]
    assert min(tall) > SMALLEST_FIGURE, tall
    assert not any(one.meets(other) for one, other in combinations([joined(each) for each in figures], 2))


def joined(boxes: list[Box]) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return Box(min(lefts), min(bottoms), max(rights), max(tops))
