"""Letters as the product prints them, poured: nearly all of a run share a few shapes, and each says what typst would print."""

import io
from collections.abc import Callable, Iterator
from itertools import islice

import pikepdf
import pytest

from plumb_platform.documents.attachments import Attachment, extract_attachment
from plumb_platform.documents.letter_data import LetterDocument, LetterGoal, LetterParty
from plumb_platform.documents.letter_typst import typst_facts
from plumb_platform.documents.typeset import Typesetter
from plumb_tenants.letters.shipped import ShippedLetter
from support.letters_of_a_run import letters_of_a_run, maps_of_a_run
from support.moulds_compared import CREATED, IDENTIFIER, assert_alike, by_typst, poured, shapes_of

COUNT, LEAST_POURED, MOST_SHAPES, LOOKED_AT = 40, 32, 8, 3
"""Letters of a run; how many are poured at the least (a code may hold letters that are joined), into how many shapes."""
RUNS: dict[str, Callable[[], Iterator[LetterDocument]]] = {
    "letters": lambda: letters_of_a_run(ShippedLetter.FORMAL_ZH, COUNT),
    "letters again": lambda: letters_of_a_run(ShippedLetter.FORMAL_ZH, COUNT, again=True),
    "commitments": lambda: letters_of_a_run(ShippedLetter.COMMITMENT_ZH, COUNT),
    "commitments again": lambda: letters_of_a_run(ShippedLetter.COMMITMENT_ZH, COUNT, again=True),
    "addenda": lambda: letters_of_a_run(ShippedLetter.ADDENDUM_ZH, COUNT, again=True),
    "battle maps": lambda: maps_of_a_run(COUNT),
    "letters in English": lambda: letters_of_a_run(ShippedLetter.FORMAL_EN, COUNT),
    "addenda in English": lambda: letters_of_a_run(ShippedLetter.ADDENDUM_EN, COUNT, again=True),
}


@pytest.mark.parametrize("run", RUNS)
def test_nearly_all_letters_of_a_run_share_a_few_shapes(typesetter: Typesetter, run: str) -> None:
    shapes = [shape for each in RUNS[run]() if (shape := shapes_of(typesetter, each))]
    assert len(shapes) >= LEAST_POURED
    assert len(set(shapes)) <= MOST_SHAPES


@pytest.mark.parametrize("run", RUNS)
def test_a_letter_of_a_run_says_what_typst_prints_where_typst_prints_it(typesetter: Typesetter, run: str) -> None:
    pairs = ((poured(typesetter, each), each) for each in RUNS[run]())
    compared = list(islice(((ours, each) for ours, each in pairs if ours is not None), LOOKED_AT))
    assert len(compared) == LOOKED_AT
    for place, (ours, letter) in enumerate(compared):
        assert_alike(ours, by_typst(typesetter, letter), in_pictures=place == 0)


def a_letter() -> LetterDocument:
    return next(letters_of_a_run(ShippedLetter.FORMAL_ZH, 1))


def changed(letter: LetterDocument, **fields: object) -> LetterDocument:
    return LetterDocument.model_validate(letter.model_dump() | fields)


NAMES = ("林一", "欧阳靖宇", "赵喆睿", "司马相如之孙")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("typeface", ["SONG", "HEI"])
def test_a_name_within_articles_of_many_lines_breaks_them_where_typst_does(
    typesetter: Typesetter, name: str, typeface: str
) -> None:
    said = f"{name}须在责任期间内完成本责任书所列目标，由{name}按月（每月 5 日前）向欧阳靖宇书面报告进度；偏离超过 15% 的，{name}"
    articles = (f"{said}应在四十八小时内提交纠偏方案。", said)
    letter = changed(a_letter(), typeface=typeface, party_b=LetterParty(name=name), rights_and_duties=articles)
    ours = poured(typesetter, letter)
    assert ours is not None
    assert_alike(ours, by_typst(typesetter, letter), in_pictures=True)


@pytest.mark.parametrize("design", ["formal", "commitment", "battle_map"])
def test_amounts_in_capitals_take_the_lines_that_typst_gives_them(typesetter: Typesetter, design: str) -> None:
    first = next(maps_of_a_run(1)) if design == "battle_map" else a_letter()
    for length in (1, 18, 19, 20, 23, 24, 37, 38, 39, 58):
        amount = ("人民币" + "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元" * 4)[:length]
        goals = (LetterGoal(metric="回款", definition=amount, unit="元", target="1.00", weight="1%"),)
        letter = changed(first, design=design, goals=goals)
        ours = poured(typesetter, letter)
        assert ours is not None, length
        assert_alike(ours, by_typst(typesetter, letter))


def test_each_file_of_a_letter_stays_with_its_name(typesetter: Typesetter) -> None:
    files = [Attachment(name=f"{each}.json", content=f'{{"file": "{each}"}}'.encode(), title=each) for each in "cab"]
    letter = a_letter()
    assert typesetter.moulds is not None
    ours = typesetter.moulds.make("formal", typst_facts(letter, attachments=files), identifier=IDENTIFIER, created=CREATED)
    assert ours is not None
    for each in files:
        found = extract_attachment(ours, each.name)
        assert (found.content, found.title) == (each.content, each.title)


def test_bars_are_as_high_as_their_parts(typesetter: Typesetter) -> None:
    (letter,) = maps_of_a_run(1)
    ours = poured(typesetter, letter)
    assert ours is not None
    drawn, expected = (heights(each) for each in (ours, by_typst(typesetter, letter)))
    assert len(drawn) == sum(len(goal.splits) for goal in letter.goals) == 24
    assert drawn == pytest.approx(expected, abs=0.001)


def heights(pdf: bytes) -> list[float]:
    """Return the heights of the pale rectangles of a page in points, in their order."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        operators = [(list(each.operands), str(each.operator)) for each in pikepdf.parse_content_stream(opened.pages[0])]
    found, is_pale = [], False
    for operands, name in operators:
        is_pale = (is_pale or name == "gs") and name != "Q"
        if is_pale and name == "l" and float(operands[0]) > 0 and float(operands[1]) > 0:
            found.append(float(operands[1]))
    return found


def test_a_letter_that_holds_a_mark_is_left_to_typst(typesetter: Typesetter) -> None:
    letter = a_letter()
    assert shapes_of(typesetter, letter)
    assert shapes_of(typesetter, changed(letter, revision=("未达成者惫。",))) is None


def test_names_take_no_part_of_each_other(typesetter: Typesetter) -> None:
    said = ("李明华与李明共同制定改进计划，李明华牵头，李明配合；李明李明华。",)
    letter = changed(a_letter(), party_b=LetterParty(name="李明", details=(("直属上级", "李明华"),)), rewards=said)
    ours = poured(typesetter, letter)
    assert ours is not None
    assert_alike(ours, by_typst(typesetter, letter))
