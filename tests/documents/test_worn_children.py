"""A child that has drawn many fonts has less memory left: no letter pays for those before it."""

from pathlib import Path

import pytest

from plumb_platform.documents import renderer as rendering
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.render_process import RenderLimits, RenderProcess, spawn
from plumb_platform.documents.renderer import Renderer, RenderTooLarge
from support.letter_samples import SEALED_AT, sample_letter

USUAL = RenderLimits()
SONG, HEI = letter_page(sample_letter(design="formal")), letter_page(sample_letter(design="battle_map", typeface="HEI"))
KOREAN = '<html lang="zh-CN"><title>准绳</title><body style="font-family: Noto Serif CJK SC"><p>责任人：한국어 かな</p>'
DOCUMENTS = [(SONG.html, SONG.css), (HEI.html, HEI.css), (KOREAN, "")]
"""Each draws fonts of its own, from 20 to 30 MB."""


async def made(renderer: Renderer, document: tuple[str, str]) -> tuple[bytes, int, int]:
    """Return a document, and the process that made it with the most memory that it ever had, in MB."""
    html, css = document
    pdf = await renderer.render_pdf(html, css=css, identifier=b"x", created=SEALED_AT)
    (child,) = renderer._children
    return pdf, child.process.pid, child._peak_mb


@pytest.fixture(scope="module")
async def by_themselves(font_cache: Path) -> list[tuple[bytes, int]]:
    """Return each document, and the most memory that a child had which made nothing else, in MB."""
    return [await alone(font_cache, each) for each in DOCUMENTS]


async def alone(fonts: Path, document: tuple[str, str]) -> tuple[bytes, int]:
    async with Renderer(font_cache=fonts) as renderer:
        pdf, _, peak = await made(renderer, document)
    return pdf, peak


async def test_a_document_that_a_worn_child_has_no_memory_for_is_made_by_a_fresh_one(
    font_cache: Path, by_themselves: list[tuple[bytes, int]]
) -> None:
    enough = max(peak for _, peak in by_themselves) + 24
    limits = RenderLimits(memory_mb=enough + USUAL.doubted_mb, left_mb=0)
    async with Renderer(font_cache=font_cache, limits=limits) as renderer:
        together = [await made(renderer, each) for each in DOCUMENTS]
    assert [pdf for pdf, *_ in together] == [pdf for pdf, _ in by_themselves]
    assert len({process for _, process, _ in together}) > 1
    assert max(peak for *_, peak in together) <= enough


async def test_a_child_that_is_near_its_limit_goes_before_the_next_document(
    font_cache: Path, by_themselves: list[tuple[bytes, int]]
) -> None:
    _, peak = by_themselves[0]
    async with Renderer(font_cache=font_cache, limits=RenderLimits(left_mb=USUAL.memory_mb - peak + 80)) as renderer:
        children = [(await made(renderer, DOCUMENTS[0]))[1] for _ in range(2)]
    assert len(set(children)) == 2


async def test_what_came_too_near_to_the_limit_is_refused_though_it_seems_whole(
    font_cache: Path, by_themselves: list[tuple[bytes, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """HarfBuzz that gets no memory for a font draws its characters as if no font had them, and nobody is told.

    A child that has made nothing else is believed: another would have no more memory for it.
    """
    _, peak = by_themselves[0]
    started = []

    async def counted() -> RenderProcess:
        started.append(await spawn())
        return started[-1]

    monkeypatch.setattr(rendering, "spawn", counted)
    async with Renderer(font_cache=font_cache, limits=RenderLimits(doubted_mb=USUAL.memory_mb - peak + 80)) as renderer:
        for documents in (1, 2):
            with pytest.raises(RenderTooLarge):
                await made(renderer, DOCUMENTS[0])
            assert len(started) == documents
