"""Fonts lent to poured letters, written from outlines that are kept, beside the same glyphs cut and put onto the grid at once."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from fontTools.pens.recordingPen import RecordingPen  # type: ignore[import-untyped]  # fontTools carries no types

from plumb_platform.documents import lent_fonts
from plumb_platform.documents.coarse_fonts import coarse_font
from plumb_platform.documents.fonts import prepare_fonts
from plumb_platform.documents.glyphs import Face
from plumb_platform.documents.lent_fonts import LentOutlines
from support.cff_read import opened

CHARACTERS = "目标责任书承诺人永龘鬱靐华康医疗器械，。《》（）%￥①ABCXYZabcgjpqy0123456789&@"


def face_and_glyphs(cache: Path, name: str) -> tuple[Face, list[int]]:
    face = Face(prepare_fonts(cache).parent / f"{name}.otf")
    return face, sorted({shaped[0][0] for each in CHARACTERS if (shaped := face.shaped(each, "Hani", "zh-cn"))})


def drawn(program: bytes) -> dict[str, Any]:
    font, found = opened(program), {}
    for name in font.charset:
        pen = RecordingPen()
        font.CharStrings[name].draw(pen)
        found[name] = pen.value, font.CharStrings[name].width
    return found


@pytest.mark.parametrize("name", ["Plumb-Serif-80", "Plumb-Serif-200", "Plumb-Sans-80"])
def test_what_is_kept_draws_what_is_cut_and_depends_on_nothing_asked_before(
    font_cache: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    face, glyphs = face_and_glyphs(font_cache, name)
    monkeypatch.setattr(lent_fonts, "OUTLINES_KEPT", 30)
    kept, chance = LentOutlines(face), Random(name)
    for _ in range(25):
        asked = sorted(chance.sample(glyphs, chance.randint(1, 12)))
        program = kept.program(asked)
        assert program == LentOutlines(face).program(asked)
        assert drawn(program) == drawn(coarse_font(face.cut(asked)))
        assert list(drawn(program)) == [".notdef", *(f"cid{glyph:05d}" for glyph in asked)]


def test_a_face_of_another_family_lends_what_is_cut(font_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face, glyphs = face_and_glyphs(font_cache, "Plumb-Serif-80")
    monkeypatch.setattr("plumb_platform.documents.coarse_fonts.GRIDS", {b"Other": 160})
    assert LentOutlines(face).program(glyphs[:9]) == face.cut(glyphs[:9])
