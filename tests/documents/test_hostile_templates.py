"""Over two hundred templates that reach outside: each refused, nobody called, the next letter printed (safety.md, section 8)."""

from datetime import UTC, datetime

import pytest

from plumb_platform.documents.renderer import Renderer, RenderOwnFont
from plumb_platform.errors import DomainError
from plumb_tenants.letters.service import TRANSIENT

LETTER = '<html lang="zh-CN"><title>准绳</title><body style="font-family: Noto Serif CJK SC">目标责任书'
CREATED = datetime(2026, 1, 5, tzinfo=UTC)
REFUSALS = {"RENDER_REFUSED_URL", "RENDER_OWN_FONT", "RENDER_FAILED"}
WAYS = (
    '<img src="URL" alt="">',
    '<img srcset="URL 2x" src="URL" alt="">',
    '<link rel="stylesheet" href="URL">',
    "<style>@import 'URL';</style>",
    "<style>@font-face { font-family: x; src: url('URL') } p { font-family: x }</style><p>x</p>",
    "<style>p::before { content: url('URL') }</style><p>x</p>",
    "<style>@page { background: url('URL') }</style>",
    "<style>@page { @top-left { content: url('URL') } }</style>",
    "<p style=\"background: url('URL')\">x</p>",
    "<p style=\"border: 1px solid; border-image: url('URL') 1\">x</p>",
    "<ul style=\"list-style-image: url('URL')\"><li>x</li></ul>",
    '<a rel="attachment" href="URL">x</a>',
    '<link rel="attachment" href="URL">',
    '<embed src="URL">',
    '<object data="URL"></object>',
    '<svg><image href="URL" width="9" height="9"/></svg>',
    '<svg><use href="URL#x"/></svg>',
)
ADDRESSES = (
    *("http://127.0.0.1:PORT/x", "https://127.0.0.1:PORT/x", "ftp://127.0.0.1:PORT/x", "//127.0.0.1:PORT/x"),
    *("http://2130706433:PORT/x", "http://0x7f000001:PORT/x", "http://0:PORT/x", "http://[::ffff:127.0.0.1]:PORT/x"),
    *("HTTP://127.0.0.1:PORT/x", "http://a@127.0.0.1:PORT/x", "file:///etc/passwd", "file://localhost/etc/passwd"),
    *("FILE:///etc/passwd", "asset:../../etc/passwd", "asset:/etc/passwd"),
)


def test_there_are_more_than_two_hundred() -> None:
    assert len(WAYS) * len(ADDRESSES) >= 200


@pytest.mark.parametrize("way", WAYS)
async def test_a_template_that_reaches_outside_is_refused_by_every_way_and_calls_nobody(
    renderer: Renderer, visits: list[bytes], way: str
) -> None:
    port, passed, refused = visits[0].decode(), [], {}
    for address in ADDRESSES:
        try:
            html = LETTER + way.replace("URL", address.replace("PORT", port))
            passed.append((address, await renderer.render_pdf(html, identifier=b"letter", created=CREATED)))
        except DomainError as refusal:
            refused[address] = refusal.code
    assert {address: code for address, code in refused.items() if code not in REFUSALS} == {}
    # What is not looked at at all prints as if it were not there.
    assert [address for address, pdf in passed if b"/EmbeddedFile" in pdf or b"root:" in pdf] == []
    assert {address for address, _ in passed} in (set(), set(ADDRESSES))
    assert visits == [port.encode()]
    assert (await renderer.render_pdf(LETTER, identifier=b"letter", created=CREATED)).startswith(b"%PDF-")


@pytest.mark.parametrize("source", ["url(data:font/ttf;base64,AAEAAAAA)", "local('DejaVu Sans')", "url('http://127.0.0.1:1/x')"])
@pytest.mark.parametrize("rule", ["@font-face", "@FONT-FACE", "@\\66ont-face"])
async def test_a_font_that_a_template_brings_along_is_refused_for_good_and_by_its_name(
    renderer: Renderer, rule: str, source: str
) -> None:
    html = f"{LETTER}<style>{rule} {{ font-family: x; src: {source} }}</style><p style='font-family: x'>x</p>"
    with pytest.raises(RenderOwnFont) as refusal:
        await renderer.render_pdf(html, identifier=b"letter", created=CREATED)
    assert refusal.value.code == "RENDER_OWN_FONT"
    assert not isinstance(refusal.value, TRANSIENT)
    assert (await renderer.render_pdf(LETTER, identifier=b"letter", created=CREATED)).startswith(b"%PDF-")
