"""What a mould says besides its pages, and the moulds that are refused before a letter is poured into one."""

import io
import json
from typing import Any

import pikepdf
import pytest

from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_slots import TakenApart, taken_apart
from plumb_platform.documents.mould import Mould
from plumb_platform.documents.mould_drawings import Unmouldable
from plumb_platform.documents.typeset import Typesetter
from plumb_tenants.letters.shipped import ShippedLetter
from support.letters_of_a_run import letters_of_a_run, maps_of_a_run
from support.moulds_compared import assert_alike, by_typst, facts_of, poured

NAMED: dict[str, dict[str, Any]] = {
    "a title with a pair of parentheses": {"title": "Commitment (FY26)"},
    "a title with pairs within each other": {"title": "Commitment (FY26 (H1) and (H2))"},
    "a title with parentheses that are no pair": {"title": "b) Commitment ("},
    "a title with a backslash": {"title": r"Commitment A\(B\\C"},
    "a period with parentheses": {"period": "Q1 (2026)"},
    "a company with a pair of parentheses": {"company": "Acme (China) Ltd."},
    "a company with one parenthesis": {"company": "Acme) Ltd."},
    "a company that spells an entry": {"company": "Acme /Title(x) Ltd. /Keywords<FEFF0041>"},
    "a title in Chinese with parentheses": {"title": "责任书 (FY26)"},
}


def a_letter(shipped: ShippedLetter = ShippedLetter.FORMAL_ZH) -> LetterDocument:
    return next(letters_of_a_run(shipped, 1))


@pytest.mark.parametrize("why", NAMED)
@pytest.mark.parametrize("shipped", [ShippedLetter.FORMAL_ZH, ShippedLetter.FORMAL_EN])
def test_the_properties_of_a_poured_file_are_those_that_typst_writes(
    typesetter: Typesetter, shipped: ShippedLetter, why: str
) -> None:
    letter = a_letter(shipped).model_copy(update=NAMED[why])
    ours = poured(typesetter, letter)
    assert ours is not None
    with pikepdf.open(io.BytesIO(ours)) as one, pikepdf.open(io.BytesIO(by_typst(typesetter, letter))) as two:
        assert str(one.docinfo["/Title"]).endswith(f"{NAMED[why].get('title', '')} {letter.number}")
        assert str(one.docinfo["/Keywords"]) == letter.number
        assert str(one.docinfo["/Author"]) == letter.company
        assert {name: str(value) for name, value in one.docinfo.items()} == {
            name: str(value) for name, value in two.docinfo.items()
        }


@pytest.mark.parametrize("subtitle", ["2026 年度（上半年）", "2026 年度、"])
def test_a_centred_line_that_ends_in_a_bracket_stands_where_typst_puts_it(typesetter: Typesetter, subtitle: str) -> None:
    letter = a_letter().model_copy(update={"subtitle": subtitle})
    ours = poured(typesetter, letter)
    assert ours is not None
    assert_alike(ours, by_typst(typesetter, letter))


def apart(typesetter: Typesetter, letter: LetterDocument, design: str) -> TakenApart:
    moulds, facts = typesetter.moulds, json.loads(facts_of(letter))
    assert moulds is not None
    taken = taken_apart(design, facts, moulds._measure(facts))
    assert taken is not None
    return taken


def mould(typesetter: Typesetter, taken: TakenApart, design: str) -> Mould:
    moulds = typesetter.moulds
    assert moulds is not None
    return Mould(typesetter.typeset(design, json.dumps(taken.shape)), taken, moulds._setters(taken.shape["letter"]["locale"]))


def test_a_mark_in_a_bookmark_makes_no_mould(typesetter: Typesetter) -> None:
    taken = apart(typesetter, a_letter(), "formal")
    mould(typesetter, taken, "formal")
    heading = next(each for each in taken.shape["sections"] if each["name"])
    heading["name"] = next(each.mark for each in taken.slots if each.kind == "detail")
    with pytest.raises(Unmouldable, match="nothing fills it in"):
        mould(typesetter, taken, "formal")


def test_a_shape_without_the_code_that_its_letters_have_makes_no_mould(typesetter: Typesetter) -> None:
    taken = apart(typesetter, a_letter(), "formal")
    assert taken.qr
    taken.shape["qr"] = taken.shape["qr"].replace("M0 .5h1", "M0 .5h2")
    with pytest.raises(Unmouldable, match="the code or a bar"):
        mould(typesetter, taken, "formal")


def test_a_bar_that_is_not_found_again_makes_no_mould(typesetter: Typesetter) -> None:
    taken = apart(typesetter, next(maps_of_a_run(1)), "battle_map")
    mould(typesetter, taken, "battle_map")
    front = next(each for each in taken.shape["fronts"] if each["bars"])
    front["bars"][0]["height"] = "0.5"
    with pytest.raises(Unmouldable, match="the code or a bar"):
        mould(typesetter, taken, "battle_map")
