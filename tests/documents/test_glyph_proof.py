"""The proof that a letter shows its text: what must fail, what must pass (rows A30, N4)."""

from datetime import UTC, datetime

import pytest

from plumb_platform.documents.glyph_proof import MissingGlyph, prove_glyphs, visible_text
from plumb_platform.documents.pdf_text import drawn_glyphs
from plumb_platform.documents.renderer import Renderer

CREATED = datetime(2026, 1, 5, tzinfo=UTC)


async def rendered(renderer: Renderer, text: str) -> tuple[str, bytes]:
    html = f'<html lang="zh-CN"><title>准绳</title><body style="font-family: Noto Serif CJK SC"><p>责任人：{text}</p>'
    return html, await renderer.render_pdf(html, identifier=b"x", created=CREATED)


@pytest.mark.parametrize(
    ("text", "codepoint"),
    [
        ("\ue000", "U+E000"),
        ("林&#xE815;", "U+E815"),
        ("\U000f0001", "U+F0001"),
        ("\U0003fffd", "U+3FFFD"),
        ("\u0378", "U+0378"),
        ("\U00012000", "U+12000"),
        ("陈\u202e明", "U+202E"),
        ("陈\u0007明", "U+0007"),
    ],
)
async def test_a_character_that_no_font_shows_fails_and_is_named(renderer: Renderer, text: str, codepoint: str) -> None:
    html, pdf = await rendered(renderer, text)
    with pytest.raises(MissingGlyph) as refusal:
        prove_glyphs(pdf, visible_text(html))
    assert refusal.value.code == "MISSING_GLYPH"
    assert refusal.value.codepoint == codepoint
    assert codepoint in refusal.value.text("zh-CN")


async def test_a_missing_glyph_maps_back_to_its_text_so_text_alone_proves_nothing(renderer: Renderer) -> None:
    _, pdf = await rendered(renderer, "\U00012000")
    boxes = [glyph.text for glyph in drawn_glyphs(pdf) if not glyph.has_shape]
    assert boxes == ["\U00012000"]


async def test_text_that_the_page_hides_fails(renderer: Renderer) -> None:
    html, pdf = await rendered(renderer, '<span style="display: none">龘</span>')
    with pytest.raises(MissingGlyph) as refusal:
        prove_glyphs(pdf, visible_text(html))
    assert refusal.value.character == "龘"


async def test_a_character_shown_once_but_said_twice_fails(renderer: Renderer) -> None:
    _, pdf = await rendered(renderer, "靐")
    with pytest.raises(MissingGlyph):
        prove_glyphs(pdf, ["靐靐"])


@pytest.mark.parametrize(
    "text",
    ["𠮷", "㐂", "林𠮷㐂", "龘靐齉爩", "豈更車", "e\u0301lan", "office waffle", "①㈱——……“”‘’", "葛\U000e0100", "한국어 かな"],
)
async def test_rare_characters_pass(renderer: Renderer, text: str) -> None:
    html, pdf = await rendered(renderer, text)
    prove_glyphs(pdf, visible_text(html))


async def test_text_inside_forms_and_vector_pictures_is_found(renderer: Renderer) -> None:
    html, pdf = await rendered(
        renderer, '<b style="opacity: .5">靐</b><svg width="60" height="30"><text x="5" y="20" opacity=".5">龘</text></svg>'
    )
    prove_glyphs(pdf, visible_text(html))


def test_visible_text_leaves_out_what_no_reader_sees() -> None:
    html = "<html><head><title>a</title><style>b{}</style></head><body>甲 &amp; 乙<br>&#x20BB7;<script>c</script></body>"
    assert visible_text(html) == "甲 & 乙𠮷"
