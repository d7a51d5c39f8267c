"""The sealed file as an archive needs it (PDF/A-3a, ISO 19005-3): what a library of its own, pikepdf, finds in its structure.

No full validator is installable here (veraPDF comes from none of the registries): these are clauses that a letter could break.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest

from plumb_platform.documents.attachments import GOALS_FILE
from support.letter_samples import GOALS, SealedLetter


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
