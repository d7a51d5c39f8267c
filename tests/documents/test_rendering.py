"""The rendering child: what it refuses, how it ends what goes on too long, and that the next letter still comes."""

import asyncio
import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

import pytest
from PIL import Image

from plumb_platform.documents.render_process import RenderLimits
from plumb_platform.documents.renderer import (
    Renderer,
    RendererSlow,
    RenderFailed,
    RenderRefusedUrl,
    RenderTimeout,
    RenderTooLarge,
    RenderUnavailable,
)
from support.fonts_made import CutAgain


class Fixed(TypedDict):
    identifier: bytes
    created: datetime


FIXED = Fixed(identifier=b"letter", created=datetime(2026, 1, 5, tzinfo=UTC))
LETTER = '<html lang="zh-CN"><title>准绳</title><body style="font-family: Noto Serif CJK SC">目标责任书'
NESTED_BOXES = '<div style="display:flex">' * 22 + "x"
TINY_PAGES = "<style>@page { size: 3mm; margin: 0 }</style>" + "目标 " * 3000


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="http://VISITED/x.png" alt="">',
        '<img src="https://VISITED/x.png" alt="">',
        '<img src="ftp://VISITED/x.png" alt="">',
        '<link rel="stylesheet" href="http://VISITED/x.css">',
        '<style>@import url("http://VISITED/x.css");</style>',
        '<p style="background: url(http://VISITED/x.png)">x</p>',
        '<ul style="list-style-image: url(http://VISITED/x.png)"><li>x</li></ul>',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<img src="file:///etc/passwd" alt="">',
        '<img src="/etc/passwd" alt="">',
        '<embed src="file:///etc/passwd">',
        '<object data="http://VISITED/x.svg"></object>',
        '<svg><image href="http://VISITED/x.png" width="9" height="9"/></svg>',
        '<base href="http://VISITED/"><img src="x.png" alt="">',
        '<img src="asset:not-brought-along.png" alt="">',
    ],
)
async def test_a_letter_that_reaches_outside_is_refused(renderer: Renderer, visits: list[bytes], markup: str) -> None:
    port = visits[0].decode()
    with pytest.raises(RenderRefusedUrl) as refusal:
        await renderer.render_pdf(LETTER + markup.replace("VISITED", f"127.0.0.1:{port}"), **FIXED)
    assert refusal.value.code == "RENDER_REFUSED_URL"
    assert visits == [port.encode()]


@pytest.mark.parametrize(
    "target", ["javascript:app.alert(1)", "JavaScript:x", "file:///etc/passwd", "data:text/html,x", "asset:x"]
)
async def test_a_link_that_a_reader_would_run_is_refused(renderer: Renderer, target: str) -> None:
    with pytest.raises(RenderRefusedUrl):
        await renderer.render_pdf(f'{LETTER}<a href="{target}">链接</a>', **FIXED)
    made = await renderer.render_pdf(f'{LETTER}<a href="https://example.com/a?b=1">链接</a> <a href="#a">甲</a>', **FIXED)
    assert made.count(b"/URI (https://example.com/a?b=1)") <= 1


async def test_a_picture_that_cannot_be_drawn_fails_the_letter_and_is_not_left_out(renderer: Renderer) -> None:
    with pytest.raises(RenderFailed, match="Failed to load image"):
        await renderer.render_pdf(LETTER + '<img src="data:image/png;base64,AAAA" alt="">', **FIXED)


async def test_nesting_that_exhausts_the_stack_is_an_error_and_the_next_letter_is_rendered(renderer: Renderer) -> None:
    with pytest.raises(RenderFailed, match="RecursionError"):
        await renderer.render_pdf(LETTER + "<div>" * 2000, **FIXED)
    assert (await renderer.render_pdf(LETTER, **FIXED)).startswith(b"%PDF-1.7")


async def test_a_letter_that_never_ends_is_ended_and_the_next_one_is_rendered() -> None:
    async with Renderer(limits=RenderLimits(seconds=2)) as renderer:
        for bomb in (NESTED_BOXES, TINY_PAGES):
            with pytest.raises(RenderTimeout, match="2 seconds"):
                await renderer.render_pdf(bomb, **FIXED)
            assert (await renderer.render_pdf(LETTER, **FIXED)).startswith(b"%PDF-1.7")


async def test_a_letter_that_takes_all_memory_is_ended_and_the_next_one_is_rendered() -> None:
    picture = io.BytesIO()
    Image.new("RGBA", (13_000, 13_000)).save(picture, "PNG", compress_level=1)
    async with Renderer() as renderer:
        with pytest.raises(RenderTooLarge, match="512 MB"):
            await renderer.render_pdf(
                LETTER + '<img src="asset:a.png" alt="">', assets={"a.png": (picture.getvalue(), "image/png")}, **FIXED
            )
        assert (await renderer.render_pdf(LETTER, **FIXED)).startswith(b"%PDF-1.7")


async def test_a_cancelled_letter_does_not_answer_the_next_caller_and_that_of_a_killed_child_fails() -> None:
    async with Renderer() as renderer:
        await renderer.fill_template("x", {})
        waiting = asyncio.create_task(renderer.render_pdf(TINY_PAGES, **FIXED))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await renderer.fill_template("{{ word }}", {"word": "准绳"}) == "准绳"
        waiting = asyncio.create_task(renderer.render_pdf(TINY_PAGES, **FIXED))
        await asyncio.sleep(0.2)
        for child in renderer._children:
            child.process.kill()
        with pytest.raises(RenderFailed, match="died"):
            await waiting
        assert (await renderer.render_pdf(LETTER, **FIXED)).startswith(b"%PDF-1.7")


async def test_a_worn_child_is_replaced_after_its_number_of_letters() -> None:
    async with Renderer(limits=RenderLimits(documents_per_child=2)) as renderer:
        seen = []
        for _ in range(3):
            await renderer.fill_template("x", {})
            seen.append(next(iter(renderer._children)).process.pid)
        assert seen[0] == seen[1] != seen[2]


async def test_the_child_gets_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMB_SECRET_KEY", "a secret that a letter must never see")
    async with Renderer() as renderer:
        await renderer.fill_template("x", {})
        pid = next(iter(renderer._children)).process.pid
        environment = await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
        assert b"PLUMB_SECRET_KEY" not in environment


async def test_closing_ends_every_child() -> None:
    renderer = Renderer(children=2)
    await asyncio.gather(renderer.fill_template("a", {}), renderer.fill_template("b", {}))
    pids = [child.process.pid for child in renderer._children]
    await renderer.close()
    assert len(pids) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[1], 0)


async def test_equal_arguments_give_equal_bytes_in_a_warm_and_in_a_fresh_child(
    renderer: Renderer, fonts_cut_again: CutAgain
) -> None:
    first = await renderer.render_pdf(LETTER, css="p { color: red }", **FIXED)
    await renderer.render_pdf(LETTER + "别的内容", css="p { color: blue }", **FIXED)
    again = await renderer.render_pdf(LETTER, css="p { color: red }", **FIXED)
    # Its fonts were cut by another process, into another folder.
    async with Renderer(font_cache=fonts_cut_again.folder) as fresh:
        other = await fresh.render_pdf(LETTER, css="p { color: red }", **FIXED)
    assert first == again == other


async def test_another_identifier_gives_other_bytes(renderer: Renderer) -> None:
    first = await renderer.render_pdf(LETTER, **FIXED)
    other = await renderer.render_pdf(LETTER, identifier=b"other", created=FIXED["created"])
    assert first != other


async def test_an_asset_that_was_brought_along_is_drawn(renderer: Renderer) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    pdf = await renderer.render_pdf(
        LETTER + '<img src="asset:logo.png" alt="标志">', assets={"logo.png": (picture.getvalue(), "image/png")}, **FIXED
    )
    assert b"/Subtype /Image" in pdf


@pytest.mark.parametrize("folder", ["/usr/share/fonts/truetype/dejavu", "/nowhere"])
async def test_a_machine_without_a_chinese_font_is_told_the_line_that_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    settings = tmp_path / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{folder}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(settings))
    async with Renderer() as renderer:
        with pytest.raises(RenderUnavailable, match="fonts-noto-cjk") as refusal:
            await renderer.render_pdf(LETTER, **FIXED)
    assert refusal.value.code == "RENDER_UNAVAILABLE"
    assert "apt-get install" in refusal.value.text("zh-CN")


async def test_a_process_that_starts_too_slowly_is_to_blame_on_no_missing_part(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Renderer() as renderer:
        with monkeypatch.context() as hurry:
            hurry.setattr("plumb_platform.documents.renderer.START_SECONDS", 0.001)
            with pytest.raises(RendererSlow) as refusal:
                await renderer.render_pdf(LETTER, **FIXED)
        assert "apt-get" not in refusal.value.text("en")
        assert (await renderer.render_pdf(LETTER, **FIXED)).startswith(b"%PDF-1.7")
