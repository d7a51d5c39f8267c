"""A letter in the typeface that its company chose: 宋体 or 黑体, by both engines, in every design and language."""

import io
import re
import subprocess
from pathlib import Path
from typing import Literal

import pikepdf
import pytest

from plumb_platform.documents.attachments import goals_attachment
from plumb_platform.documents.company_key import CompanyKey
from plumb_platform.documents.fonts_system import Typeface, missing_fonts
from plumb_platform.documents.glyph_proof import MissingGlyph
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterParty, LetterSection
from plumb_platform.documents.letter_print import print_letter, unshown_characters
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal import OpenedKey, seal_pdf
from support.letter_samples import GOALS, SEALED_AT, VAULT, sample_letter

STROKED = re.compile(rb"/(c\d+ cs [\d. ]+) scn/(c\d+ CS [\d. ]+) SCN [^\n]*\nBT 2 Tr")
OWN_MARKUP = (
    LetterSection(kind="parties"),
    LetterSection(kind="custom", source="<p>{{ company }}</p>"),
    LetterSection(kind="goals"),
)


async def printed(renderer: Renderer, letter: LetterDocument) -> bytes:
    attachments = [goals_attachment(GOALS)]
    return await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT, attachments=attachments)


def fonts_of(pdf: bytes, folder: Path) -> set[str]:
    """Return the names of the fonts that poppler finds, without weight and tag."""
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    lines = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    return {line.split()[0].partition("+")[2].replace("-", "")[:9] for line in lines}


@pytest.mark.parametrize("sections", [(), OWN_MARKUP])
async def test_a_character_that_no_font_shows_stops_a_letter_of_either_engine(
    renderer: Renderer, sections: tuple[LetterSection, ...]
) -> None:
    letter = sample_letter(typeface="HEI", party_b=LetterParty(name="林\ue1a3"), sections=sections)
    with pytest.raises(MissingGlyph, match=r"U\+E1A3"):
        await printed(renderer, letter)


def test_a_machine_without_fonts_lacks_the_faces_of_both_typefaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    families = ("Noto Serif CJK SC", "Noto Sans CJK SC")
    assert missing_fonts() == [f"{family} {weight}" for family in families for weight in ("Regular", "Bold")]


@pytest.mark.parametrize(("typeface", "names"), [("SONG", {"PlumbSeri", "NotoSerif"}), ("HEI", {"PlumbSans", "NotoSansC"})])
@pytest.mark.parametrize("sections", [(), OWN_MARKUP])
async def test_a_letter_has_one_typeface_for_its_rare_name_its_footer_and_its_seal(
    renderer: Renderer, tmp_path: Path, typeface: Typeface, names: set[str], sections: tuple[LetterSection, ...]
) -> None:
    letter = sample_letter(typeface=typeface, party_b=LetterParty(name="林喆𠮷㐂"), sections=sections)
    assert fonts_of(await printed(renderer, letter), tmp_path) == names


async def test_rare_characters_are_in_both_typefaces_and_private_ones_in_neither(renderer: Renderer) -> None:
    for typeface in ("SONG", "HEI"):
        assert await unshown_characters(renderer, "𠮷㐂喆龘\ue1a3", typeface) == {"\ue1a3"}


@pytest.mark.parametrize("design", ["formal", "commitment", "battle_map", "addendum"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_a_sealed_letter_without_serifs_is_small(
    renderer: Renderer, company_key: CompanyKey, design: Design, locale: Literal["zh-CN", "en"]
) -> None:
    """In Chinese smaller than with serifs by a fifth at least, without a bold face; in English 50 kB at most (L4)."""
    key = OpenedKey(company_key, company_id="company-1", vault=VAULT)
    sizes = {}
    for typeface in ("SONG", "HEI"):
        plain = await printed(renderer, sample_letter(locale, design=design, typeface=typeface))
        sizes[typeface] = len(await seal_pdf(plain, key, location="深圳", signed_at=SEALED_AT))
    assert sizes["HEI"] <= (sizes["SONG"] * 0.8 if locale == "zh-CN" else 50_000)


@pytest.mark.parametrize("design", ["formal", "commitment", "battle_map", "addendum"])
async def test_heavy_words_without_serifs_are_stroked_in_their_own_colour_and_stay_in_the_bookmarks(
    renderer: Renderer, design: Design
) -> None:
    serif, plain = [await printed(renderer, sample_letter(design=design, typeface=each)) for each in ("SONG", "HEI")]
    assert bookmarks(plain) == bookmarks(serif)
    with pikepdf.open(io.BytesIO(plain)) as opened:
        drawn = b"\n".join(page.Contents.read_bytes() for page in opened.pages)
    colours = STROKED.findall(drawn)
    assert len(colours) == drawn.count(b"BT 2 Tr") > 10
    assert {fill == stroke.replace(b"CS", b"cs") for fill, stroke in colours} == {True}


def bookmarks(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        return [each.title for top in outline.root for each in (top, *top.children)]
