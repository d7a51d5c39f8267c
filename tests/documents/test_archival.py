"""The sealed file as an archive needs it (PDF/A-3a, ISO 19005-3): what a library of its own, pikepdf, finds in its structure.

No full validator is installable here (veraPDF comes from none of the registries): these are clauses that a letter could break.
"""

import io
import re
from base64 import b64encode
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

import numpy as np
import pikepdf
import pytest
from fontTools.cffLib import CFFFontSet  # type: ignore[import-untyped]  # fontTools carries no types
from fontTools.pens.basePen import NullPen  # type: ignore[import-untyped]
from PIL import Image, ImageCms

from plumb_platform.documents.attachments import GOALS_FILE, goals_attachment
from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.letter_data import Design
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.picture_colours import srgb_profile
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import GOALS, SEALED_AT, SealedLetter, sample_letter

OWN_MARKUP = """<h2 id="own">本公司条款</h2><p>林𠮷㐂：<b>fi 1,234.00</b> \ufeff<a href="#own">回到条款</a></p>
<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#a00" opacity=".5"/></svg>
<p style="columns: 2; letter-spacing: .2em">两栏文字</p><p><a rel="attachment" href="data:text/plain,terms">附件</a></p>"""
SECTIONS: dict[str, Any] = {
    "ours": (),
    "own": ({"kind": "parties"}, {"kind": "custom", "source": OWN_MARKUP}, {"kind": "goals"}, {"kind": "signatures"}),
}
UNMAPPABLE = {"\0", "\ufeff", "\ufffe"}
"""What no glyph may mean (6.2.11.7.2)."""


@pytest.fixture
def opened(letter: SealedLetter) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(letter.sealed)) as pdf:
        yield pdf


def fonts_of(pdf: pikepdf.Pdf) -> dict[str, Any]:
    found = {}
    for page in pdf.pages:
        for font in page.resources.get("/Font", {}).values():
            found[str(font.BaseFont)] = font
    return found


def test_it_claims_part_three_level_a_and_names_its_colours(opened: pikepdf.Pdf) -> None:
    with opened.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
    (intent,) = opened.Root.OutputIntents
    assert (intent.S, "/DestOutputProfile" in intent) == (pikepdf.Name.GTS_PDFA1, True)


def test_every_font_is_embedded_and_says_what_its_glyphs_mean(opened: pikepdf.Pdf) -> None:
    fonts = fonts_of(opened)
    assert fonts
    for name, font in fonts.items():
        (descendant,) = font.DescendantFonts
        assert {"/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys()), name
        assert "/ToUnicode" in font, name


def widths_said(array: Any) -> dict[int, float]:
    """Return the width of each CID that a font of a PDF names (ISO 32000-1, 9.7.4.3), in thousandths of an em."""
    parts, said = list(array), dict[int, float]()
    while parts:
        first, second = int(parts.pop(0)), parts.pop(0)
        if isinstance(second, pikepdf.Array):
            said |= {first + place: float(width) for place, width in enumerate(second)}
        else:
            said |= dict.fromkeys(range(first, int(second) + 1), float(parts.pop(0)))
    return said


def texts_meant(cmap: bytes) -> dict[int, str]:
    """Return the text of each code of a CMap that has an entry for each (ISO 32000-1, 9.10.3)."""
    entries = re.findall(rb"<(\w{4})>\s*<(\w*)>", cmap[cmap.index(b"endcodespacerange") :])
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in entries}


def widths_drawn(program: bytes) -> dict[int, float]:
    """Return the same of a font program, whatever its grid is."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(program), None)
    font, drawn = fonts[0], dict[int, float]()
    for name in font.charset:
        glyph = font.CharStrings[name]
        glyph.draw(NullPen())
        drawn[0 if name == ".notdef" else int(name.removeprefix("cid"))] = glyph.width * font.FontMatrix[0] * 1000
    return drawn


@pytest.mark.parametrize("sections", SECTIONS)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("typeface", get_args(Typeface))
async def test_fonts_say_the_widths_that_their_programs_have_and_name_every_glyph(
    renderer: Renderer, typeface: Typeface, locale: Any, sections: str
) -> None:
    """6.2.11.5: within a thousandth of an em, also where a program is on a coarser grid; 6.2.11.4.2: a CIDSet names all of it."""
    sample = sample_letter(locale, typeface=typeface, sections=SECTIONS[sections])
    plain = await print_letter(renderer, sample, identifier=b"letter-1", created=SEALED_AT)
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        fonts = fonts_of(pdf)
        assert len(fonts) >= 2
        for name, font in fonts.items():
            (descendant,) = font.DescendantFonts
            descriptor = descendant.FontDescriptor
            said, drawn = widths_said(descendant.W), widths_drawn(descriptor.FontFile3.read_bytes())
            assert set(said) <= set(drawn)
            usual = float(descendant.get("/DW", 1000))
            wrong = {
                cid: (width, said.get(cid)) for cid, width in drawn.items() if cid and abs(said.get(cid, usual) - width) >= 1
            }
            assert wrong == {}, name
            if "/CIDSet" in descriptor:
                bits = "".join(f"{byte:08b}" for byte in descriptor.CIDSet.read_bytes())
                assert {cid for cid, bit in enumerate(bits) if bit == "1"} == set(drawn), name


def test_it_is_tagged_in_its_language_and_holds_nothing_that_acts(opened: pikepdf.Pdf) -> None:
    root = opened.Root
    assert bool(root.MarkInfo.Marked)
    assert "/StructTreeRoot" in root
    assert str(root.Lang).startswith("zh")
    assert {"/OpenAction", "/AA", "/JavaScript"} & set(root.keys()) == set()
    assert not opened.is_encrypted
    assert opened.pdf_version >= "1.7"


def test_the_goals_are_an_associated_file_of_the_document(opened: pikepdf.Pdf) -> None:
    associated = next(each for each in opened.Root.AF if str(each.UF) == GOALS_FILE)
    assert str(associated.AFRelationship) == "/Data"
    assert associated.EF.F.read_bytes() == GOALS
    assert str(associated.EF.F.Subtype) == "/application/json"


def test_the_seal_is_the_only_field_and_certifies_the_document(opened: pikepdf.Pdf) -> None:
    (field,) = opened.Root.AcroForm.Fields
    assert (str(field.FT), str(field.V.SubFilter)) == ("/Sig", "/ETSI.CAdES.detached")
    assert "/DocMDP" in opened.Root.Perms


@pytest.mark.parametrize("design", get_args(Design))
async def test_a_letter_with_own_markup_keeps_these_clauses_as_well(renderer: Renderer, design: Design) -> None:
    """6.2.11 (fonts), 6.6 (metadata), 6.7 (tags), 6.8 (attachments); ISO 32000-1, 9.7.4: a CIDToGIDMap is for TrueType alone."""
    sample = sample_letter(design=design, sections=SECTIONS["own"])
    goals = [goals_attachment(GOALS)]
    plain = await print_letter(renderer, sample, identifier=b"letter-1", created=SEALED_AT, attachments=goals)
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/DestOutputProfile" in pdf.Root.OutputIntents[0]
        assert {"/AcroForm", "/OpenAction", "/AA", "/JavaScript"} & set(pdf.Root.keys()) == set()
        assert all(int(each.F) & 4 for page in pdf.pages for each in page.get("/Annots", ()))
        assert GOALS in [each.EF.F.read_bytes() for each in pdf.Root.AF]
        fonts = fonts_of(pdf)
        assert len(fonts) >= 2
        for name, font in fonts.items():
            (descendant,) = font.DescendantFonts
            assert str(descendant.FontDescriptor.FontFile3.Subtype) == "/CIDFontType0C", name
            assert (str(descendant.Subtype), "/CIDToGIDMap" in descendant) == ("/CIDFontType0", False), name
            meant = texts_meant(font.ToUnicode.read_bytes())
            assert set(widths_said(descendant.W)) <= set(meant), name
            assert all(text and not UNMAPPABLE & set(text) for text in meant.values()), name


async def test_pictures_of_own_markup_are_kept_as_they_are_and_not_smoothed(renderer: Renderer) -> None:
    """6.2.8.1: no picture asks to be interpolated; a JPEG stays one, and transparency a mask of its own."""
    drawn = Image.effect_noise((40, 30), 90)
    given = {"JPEG": drawn.convert("RGB"), "PNG": Image.merge("RGBA", [drawn, drawn, drawn, drawn.rotate(180)])}
    markup = ""
    for kind, picture in given.items():
        file = io.BytesIO()
        picture.save(file, kind)
        markup += f'<img alt="{kind}" src="data:image/{kind.lower()};base64,{b64encode(file.getvalue()).decode()}">'
    sample = sample_letter(sections=({"kind": "custom", "source": f"<p>{markup}</p>"}, {"kind": "goals"}))
    plain = await print_letter(renderer, sample, identifier=b"letter-1", created=SEALED_AT)
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        found = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"]
        assert sorted(str(each.Filter) for each in found) == ["/DCTDecode", "/FlateDecode", "/FlateDecode"]
        assert [each for each in found if "/Interpolate" in each] == []
        (mask,) = (each.SMask for each in found if "/SMask" in each)
        assert isinstance(mask, pikepdf.Stream)
        assert pikepdf.PdfImage(mask).as_pil_image().tobytes() == given["PNG"].getchannel("A").tobytes()


async def test_what_own_markup_attaches_is_of_the_moment_of_its_letter(renderer: Renderer) -> None:
    """Equal arguments give equal bytes, whenever a letter is made again."""
    sample = sample_letter(sections=SECTIONS["own"])
    first = await print_letter(renderer, sample, identifier=b"letter-1", created=SEALED_AT)
    assert await print_letter(renderer, sample, identifier=b"letter-1", created=SEALED_AT) == first
    with pikepdf.open(io.BytesIO(first)) as pdf:
        (attached,) = pdf.Root.AF
        said = attached.EF.F.Params
        assert str(pdf.docinfo.CreationDate) == str(said.CreationDate) == str(said.ModDate)


@pytest.mark.parametrize("sections", SECTIONS.values(), ids=SECTIONS.keys())
async def test_all_that_can_be_deflated_is_deflated_once(renderer: Renderer, sections: tuple[dict[str, Any], ...]) -> None:
    goals = [goals_attachment(GOALS * 20)]
    letter = sample_letter(sections=sections)
    plain = await print_letter(renderer, letter, identifier=b"letter-1", created=SEALED_AT, attachments=goals)
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
        assert {str(each.get("/Filter")) for each in streams} == {"/FlateDecode"}
        assert all(each.read_raw_bytes()[:2] != each.read_bytes()[:2] for each in streams)
        embedded = pdf.Root.AF[0].EF.F
        assert len(embedded.read_raw_bytes()) < len(embedded.read_bytes()) / 5


def test_the_small_profile_says_the_colours_of_the_large_one() -> None:
    """6.2.3: a profile of ICC.1 below version 5; the lightness of each colour is that of the ICC's own sRGB2014 within a half."""
    large, small = (ImageCms.getOpenProfile(io.BytesIO(each)) for each in (weasyprint_profile(), srgb_profile()))
    lab = ImageCms.createProfile("LAB")
    colours = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    one, two = (
        np.asarray(ImageCms.applyTransform(colours, ImageCms.buildTransform(each, lab, "RGB", "LAB"))).astype(int)
        for each in (large, small)
    )
    assert (srgb_profile()[8], srgb_profile()[24:36], len(srgb_profile()) < 600) == (4, bytes(12), True)
    assert np.abs(one - two).max() <= 1


def weasyprint_profile() -> bytes:
    return (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
