"""Outlines on a coarser grid beside those they come from, by a reader that is not ours: same glyphs and widths, near points."""

import zlib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from fontTools.pens.boundsPen import ControlBoundsPen  # type: ignore[import-untyped]
from pypdfium2 import PdfDocument

from plumb_platform.documents.charstrings import UnknownOutline, outline_of
from plumb_platform.documents.charstrings_written import charstring_of
from plumb_platform.documents.coarse_fonts import coarse_contour, coarse_font
from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.fonts import prepare_fonts
from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.glyphs import Face
from plumb_platform.documents.letter_data import Design, LetterGoal
from plumb_platform.documents.letter_facts import template_of
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.packing import packed
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from plumb_platform.documents.typeset import Typesetter
from support.cff_read import opened
from support.letter_samples import SEALED_AT, VAULT, sample_letter
from support.moulds_compared import CREATED, facts_of

GRIDS = {"Serif": 200, "Sans": 160}
CHARACTERS = "目标责任书承诺人永龘鬱靐华康医疗器械，。《》（）%￥①ABCXYZabcgjpqy0123456789&@"
METRICS = (
    *("销售回款额", "新进院三甲医院数", "重点产品推广完成率", "学术会议场次"),
    *("客户拜访次数", "应收账款周转天数", "费用率", "团队人员保留率"),
)


def bounds_and_width(font: Any, name: str) -> tuple[tuple[float, ...] | None, float]:
    pen = ControlBoundsPen(None)
    drawn = font.CharStrings[name]
    drawn.draw(pen)
    return pen.bounds, drawn.width


def cut(folder: Path, name: str) -> bytes:
    face = Face(folder / f"{name}.otf")
    glyphs = [shaped[0][0] for each in CHARACTERS if (shaped := face.shaped(each, "Hani", "zh-cn"))]
    assert len(glyphs) >= 50
    return face.cut(glyphs)


@pytest.mark.parametrize("weight", [80, 200])
@pytest.mark.parametrize("family", ["Serif", "Sans"])
def test_each_glyph_has_its_width_and_stands_where_it_stood(font_cache: Path, family: str, weight: int) -> None:
    whole = cut(prepare_fonts(font_cache).parent, f"Plumb-{family}-{weight}")
    small, grid = coarse_font(whole), GRIDS[family]
    before, after = opened(whole), opened(small)
    assert after.rawDict["FontMatrix"] == [1 / grid, 0, 0, 1 / grid, 0, 0]
    assert before.charset == after.charset
    for name in before.charset:
        (fine, width), (coarse, drawn_width) = bounds_and_width(before, name), bounds_and_width(after, name)
        assert drawn_width / grid == pytest.approx(width / 1000, abs=1e-4)
        assert (fine is None) == (coarse is None)
        if fine and coarse:
            assert max(abs(one * grid / 1000 - two) for one, two in zip(fine, coarse, strict=True)) <= 1.01, name
    assert len(zlib.compress(small, 9)) < 0.8 * len(zlib.compress(whole, 9))


def test_a_font_of_another_form_or_torn_is_left_as_it_is(font_cache: Path) -> None:
    whole = cut(prepare_fonts(font_cache).parent, "Plumb-Sans-80")
    assert coarse_font(b"") == b""
    assert coarse_font(coarse_font(whole)) == coarse_font(whole)
    assert coarse_font(whole) != whole
    other = whole.replace(b"NotoSans", b"OtherOne")
    assert coarse_font(other) == other
    for end in range(0, len(whole), 97):
        assert coarse_font(whole[:end]) == whole[:end]


@pytest.mark.parametrize(
    ("code", "contours"),
    [
        ("8b8b15 95 95 05 0e", [[(0, 0), (10, 10)]]),
        ("8c 8b 8b 15 95 06 95 07 0e", [[(0, 0), (10, 0), (10, 10)]]),
        ("8b 8b 15 8c 8d 8e 8f 90 91 08 0e", [[(0, 0), (1, 2, 4, 6, 9, 12)]]),
        ("8b 8b 15 8c 8d 8e 8f 90 1b 0e", [[(0, 0), (2, 1, 5, 5, 10, 5)]]),
        ("8b 8b 15 8c 8d 8e 8f 90 1f 0e", [[(0, 0), (1, 0, 3, 3, 8, 7)]]),
    ],
)
def test_operators_mean_what_the_note_says(code: str, contours: list[list[tuple[float, ...]]]) -> None:
    assert outline_of(bytes.fromhex(code))[1] == contours
    assert outline_of(charstring_of(None, contours))[1] == contours


@pytest.mark.parametrize("code", ["", "8b8b15", "8b8b15 950a 0e", "95 05 0e", "8b8b8b8b8b 0e", "ff0000"])
def test_an_outline_without_an_end_or_of_another_font_is_refused(code: str) -> None:
    with pytest.raises(UnknownOutline):
        outline_of(bytes.fromhex(code))


def test_what_lies_on_a_line_goes_and_a_corner_stays() -> None:
    line = [(0.0, 0.0), (100.0, 2.0), (200.0, 4.0), (200.0, 100.0, 200.0, 150.0, 203.0, 200.0), (0.0, 200.0), (0.0, 0.0)]
    assert coarse_contour(line, 0.1) == [(0, 0), (20, 0), (20, 20), (0, 20)]
    bowed = [(0.0, 0.0), (0.0, 100.0, 100.0, 200.0, 200.0, 200.0)]
    assert coarse_contour(bowed, 0.1) == [(0, 0), (0, 10, 10, 20, 20, 20)]


@pytest.mark.parametrize("design", ["formal", "commitment"])
@pytest.mark.parametrize("typeface", get_args(Typeface))
def test_pages_look_the_same_on_a_screen(typesetter: Typesetter, design: Design, typeface: Typeface) -> None:
    letter = sample_letter(design=design, typeface=typeface)
    as_set = typesetter.typeset(template_of(design), facts_of(letter), CREATED)
    with PdfDocument(as_set) as fine, PdfDocument(packed(as_set, b"letter")) as coarse:
        assert len(fine) == len(coarse)
        for one, two in zip(fine, coarse, strict=True):
            before, after = (np.asarray(page.render(scale=96 / 72).to_pil().convert("L"), dtype=float) for page in (one, two))
            ink = (255 - before).sum()
            assert abs((255 - after).sum() - ink) < 0.01 * ink
            assert np.abs(before - after).sum() < 0.08 * ink


@pytest.mark.parametrize(("design", "most"), [("commitment", 50_000), ("battle_map", 42_000)])
async def test_a_sealed_letter_of_eight_goals_takes_at_most_fifty_kilobytes(
    renderer: Renderer, company_key: CompanyKey, design: Design, most: int
) -> None:
    """L4, in the typeface in which these designs are shipped; eight goals in a table, no months."""
    goals = tuple(LetterGoal(metric=name, unit="元", target="26.00", weight="12.50%") for name in METRICS)
    letter = sample_letter(design=design, typeface="HEI", goals=goals)
    plain = await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)
    key = OpenedKey(company_key, company_id="company-1", vault=VAULT)
    assert len(await seal_pdf(plain, key, location="深圳", signed_at=SEALED_AT)) <= most
