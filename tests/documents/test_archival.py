"""The sealed file as an archive needs it (PDF/A-3a, ISO 19005-3): what a library of its own, pikepdf, finds in its structure.

No full validator is installable here (veraPDF comes from none of the registries): these are clauses that a letter could break.
"""

import io
from collections.abc import Iterator
from typing import Any, get_args

import pikepdf
import pytest
from fontTools.cffLib import CFFFontSet  # type: ignore[import-untyped]  # fontTools carries no types
from fontTools.pens.basePen import NullPen  # type: ignore[import-untyped]

from plumb_platform.documents.attachments import GOALS_FILE
from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import GOALS, SEALED_AT, SealedLetter, sample_letter


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


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("typeface", get_args(Typeface))
async def test_fonts_say_the_widths_that_their_programs_have_and_name_every_glyph(
    renderer: Renderer, typeface: Typeface, locale: Any
) -> None:
    """6.2.11.5: within a thousandth of an em, also where a program is on a coarser grid; 6.2.11.4.2: a CIDSet names all of it."""
    sample = sample_letter(locale, typeface=typeface)
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
