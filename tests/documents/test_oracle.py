"""Letters set by typst held against the same letters laid out by WeasyPrint: the same words, pages that look alike."""

import re
from collections import Counter
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from plumb_platform.documents.glyph_proof import visible_text
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterGoal, LetterParty, LetterSignature, LetterSplit
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter
from support.pdf_read import words_of

DESIGNS: tuple[Design, ...] = ("formal", "commitment", "battle_map", "addendum")
CELLS = 16
"""A page is compared as a grid of so many cells a side: coarser than a line, finer than a paragraph."""
ALIKE = 0.9
"""How far the ink of two pages must go together; another design's page does by less than half."""


def counted(text: str) -> Counter[str]:
    return Counter(re.sub(r"\s", "", text))


def ink(pdf: bytes) -> list[Any]:
    """Return the share of ink in each cell of each page."""
    with PdfDocument(pdf) as document:
        pictures = [page.render(scale=1).to_pil().convert("L").resize((CELLS * 8, CELLS * 8)) for page in document]
    return [1 - np.asarray(each, dtype=float).reshape(CELLS, 8, CELLS, 8).mean(axis=(1, 3)) / 255 for each in pictures]


async def by_both(renderer: Renderer, letter: LetterDocument) -> tuple[bytes, bytes, str]:
    page = letter_page(letter)
    laid_out = await renderer.render_pdf(page.html, css=page.css, identifier=b"letter", created=SEALED_AT)
    return await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT), laid_out, visible_text(page.html)


def alike(one: bytes, other: bytes) -> list[float]:
    pages, expected = ink(one), ink(other)
    assert len(pages) == len(expected)
    return [float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]) for ours, theirs in zip(pages, expected, strict=True)]


def stamped(pdf: bytes, words: str) -> bool:
    """Return whether the red of the seal lies where a page says `words`."""
    with PdfDocument(pdf) as document:
        for page in document:
            text, picture = page.get_textpage(), np.asarray(page.render(scale=2).to_pil().convert("RGB"), dtype=int)
            found = text.search(words)
            while place := found.get_next():
                lefts, bottoms, rights, tops = zip(*(text.get_charbox(each) for each in range(place[0], sum(place))), strict=True)
                rows = slice(int((page.get_height() - max(tops)) * 2), int((page.get_height() - min(bottoms)) * 2) + 1)
                covered = picture[rows, int(min(lefts) * 2) : int(max(rights) * 2) + 1]
                if bool((covered[..., 0] - covered[..., 1] > 60).any()):
                    return True
    return False


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("design", DESIGNS)
async def test_both_engines_print_the_same_words_on_pages_that_look_alike(
    renderer: Renderer, design: Design, locale: Literal["zh-CN", "en"]
) -> None:
    letter = sample_letter(locale, design=design, goals=sample_letter(locale).goals[:1], actions=("走访二十家医院", "办两场会"))
    ours, theirs, said = await by_both(renderer, letter)
    assert not counted(said) - counted(words_of(ours))
    assert min(alike(ours, theirs)) > ALIKE
    for signature in letter.signatures:
        time_of_day = signature.signed_at.split()[1]
        assert [stamped(each, time_of_day) for each in (ours, theirs)] == [False, False]
    assert stamped(ours, letter.verify_code)


async def test_the_signatures_never_stand_alone_on_a_page(renderer: Renderer) -> None:
    letter = sample_letter(goals=sample_letter().goals[2:], rights_and_duties=(), miscellany=("约定甲。", "约定乙。", "约定丙。"))
    for pdf in (await by_both(renderer, letter))[:2]:
        with PdfDocument(pdf) as document:
            first, last = (page.get_textpage().get_text_bounded() for page in document)
        assert "约定乙。" in first
        assert "约定丙。" in last
        assert "签署时间" in last


async def test_another_design_does_not_pass_for_alike(renderer: Renderer) -> None:
    formal, _, _ = await by_both(renderer, sample_letter(goals=sample_letter().goals[2:]))
    _, commitment, _ = await by_both(renderer, sample_letter(goals=sample_letter().goals[2:], design="commitment"))
    assert float(np.corrcoef(ink(formal)[0].ravel(), ink(commitment)[0].ravel())[0, 1]) < ALIKE / 2


NAMES = st.text(st.characters(codec="gbk", categories=("Lo", "Lu", "Ll", "Nd", "Po", "Ps", "Pe", "Sm", "Sc")), max_size=30)
LONG = st.text(st.sampled_from("甲乙丙丁，。；目标责任书0123456789abc %().<>&#$*_`@[]{}\\/\"'~=-+"), max_size=300)
AMOUNTS = st.decimals(-9, 10**9, places=2).map("{:,}".format)
GOALS = st.lists(
    st.builds(
        LetterGoal,
        **dict.fromkeys(("metric", "definition", "unit", "target", "weight", "previous", "change"), NAMES),
        splits=st.lists(
            st.builds(LetterSplit, label=NAMES, value=st.decimals(-9, 10**9, places=2).map("{:,}".format)), max_size=13
        ),
    ),
    min_size=1,
    max_size=4,
).map(tuple)
SIGNATURES = st.lists(
    st.builds(LetterSignature, role=st.sampled_from(["manager", "employee", "hr"]), name=NAMES, position=NAMES, signed_at=NAMES),
    max_size=3,
    unique_by=lambda each: each.role,
).map(tuple)
LISTS = st.lists(LONG.filter(str.strip), max_size=3).map(tuple)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    design=st.sampled_from(DESIGNS), goals=GOALS, signatures=SIGNATURES, rewards=LISTS, actions=LISTS, name=NAMES, subtitle=LONG
)
async def test_whatever_a_letter_says_comes_back_out_of_it(renderer: Renderer, design: Design, name: str, **fields: Any) -> None:
    letter = sample_letter(design=design, party_b=LetterParty(name=name), **fields)
    pdf = await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)
    assert not counted(visible_text(letter_page(letter).html)) - counted(words_of(pdf))
