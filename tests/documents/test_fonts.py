"""The cut fonts: what a machine without them does, that every reader draws the same glyphs, and that they are made once."""

import asyncio
import io
import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from plumb_platform.documents.fonts import prepare_fonts
from plumb_platform.documents.fonts_cut import FontNotCut, cut_font, font_of
from plumb_platform.documents.fonts_slices import slices
from plumb_platform.documents.fonts_system import REGULAR, Face, find_face
from plumb_platform.documents.glyph_proof import prove_glyphs, visible_text
from plumb_platform.documents.renderer import Renderer
from support.cff_read import opened
from support.fonts_made import CutAgain

CREATED = datetime(2026, 1, 5, tzinfo=UTC)
LETTER = '<html lang="zh-CN"><title>准绳</title><body style="font-family: Noto Serif CJK SC">目标责任书 <b>林明华</b>'


async def test_a_cache_that_cannot_be_written_costs_a_warning_and_no_letter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        async with Renderer(font_cache=tmp_path / "file") as renderer:
            pdf = await renderer.render_pdf(LETTER, identifier=b"x", created=CREATED)
    assert embedded_names(pdf) == ["Noto-Serif-CJK-SC", "Noto-Serif-CJK-SC-Bold"]
    assert "letters are made with the whole fonts: FileExistsError" in caplog.text


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FontNotCut, match=r"gone\.otf cannot be read"):
        font_of(Face(tmp_path / "gone.otf", 0, REGULAR))
    with pytest.raises(FontNotCut, match="cannot cut"):
        cut_font(b"no font", [0x4E00], "Nothing")


def test_a_family_that_is_not_installed_is_not_replaced_by_another() -> None:
    assert find_face("No Such Family", REGULAR) is None


async def test_a_letter_from_whole_fonts_is_hardly_larger_than_one_from_cut_fonts(renderer: Renderer) -> None:
    cut = await renderer.render_pdf(LETTER, identifier=b"x", created=CREATED)
    async with Renderer() as other:
        whole = await other.render_pdf(LETTER, identifier=b"x", created=CREATED)
    assert embedded_names(cut) == ["Plumb-Serif", "Plumb-Serif-Bold"]
    assert embedded_names(whole) == ["Noto-Serif-CJK-SC", "Noto-Serif-CJK-SC-Bold"]
    assert len(cut) <= len(whole) < len(cut) * 1.05


async def test_a_font_named_before_ours_stays_before_it(renderer: Renderer) -> None:
    html = LETTER.replace("Noto Serif", "DejaVu Sans, Noto Serif") + "A"
    assert "DejaVu-Sans" in embedded_names(await renderer.render_pdf(html, identifier=b"x", created=CREATED))


@pytest.mark.parametrize("text", ["喆玥祎赟堃", "鳌麒麟", "か\u3099ガ", "e\u0301 ǎ ễ", "±℃№①㈱￥"])
async def test_characters_of_every_slice_come_out(renderer: Renderer, text: str) -> None:
    html = f"{LETTER}<p>{text}</p>"
    prove_glyphs(await renderer.render_pdf(html, identifier=b"x", created=CREATED), visible_text(html))


async def test_glyph_numbers_are_the_cids_that_readers_go_by_and_of_no_other_glyph(renderer: Renderer) -> None:
    pdf = await renderer.render_pdf(LETTER, identifier=b"x", created=CREATED)
    contents = PdfReader(io.BytesIO(pdf)).pages[0].get_contents()
    assert contents is not None
    drawn = b"".join(re.findall(rb"<([0-9A-Fa-f]+)>", contents.get_data()))
    codes = {int(drawn[at : at + 4], 16) for at in range(0, len(drawn), 4)}
    charsets = [opened(program).charset for program in embedded(pdf).values()]
    assert all(charset == sorted(charset) and charset[0] == ".notdef" for charset in charsets)
    assert {f"cid{code:05}" for code in codes} == {name for charset in charsets for name in charset[1:]}


def test_no_character_is_in_two_slices() -> None:
    points = [point for each in slices().values() for point in each]
    assert len(points) == len(set(points))


def test_fonts_are_cut_once(font_cache: Path) -> None:
    first = prepare_fonts(font_cache)
    written = first.stat().st_mtime_ns
    assert prepare_fonts(font_cache) == first
    assert first.stat().st_mtime_ns == written


async def test_two_processes_may_ask_at_once_and_neither_keeps_what_cutting_took(fonts_cut_again: CutAgain) -> None:
    one, other = fonts_cut_again.settings
    assert one == other
    assert await asyncio.to_thread(os.listdir, fonts_cut_again.folder) == [one.parent.name]
    assert all(each < 40_000 for each in fonts_cut_again.kilobytes)


def embedded(pdf: bytes) -> dict[str, bytes]:
    """Return the font programs of the first page by their names."""
    found = {}
    resources: Any = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"].get_object()
    for font in resources["/Font"].values():
        whole = font.get_object()
        descriptor = whole["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        name = str(whole["/BaseFont"]).partition("+")[2]
        program = descriptor["/FontFile3"] if "/FontFile3" in descriptor else descriptor["/FontFile2"]
        found[name] = program.get_object().get_data()
    return found


def embedded_names(pdf: bytes) -> list[str]:
    return sorted(embedded(pdf))
