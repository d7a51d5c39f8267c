"""Own markup whose layout is kept: what is filled in is WeasyPrint's own drawing, byte for byte, or it is laid out anew."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from plumb_platform.documents.html_pieces import taken_apart
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.renderer import Renderer
from support.letter_samples import SEALED_AT, sample_letter
from support.markup_beside_weasyprint import RUNS
from support.markup_corpus import MOVING, STEADY

LETTERS = [f"{design} {locale}" for design, locale in RUNS]
FLOWING = [name for name in LETTERS if not name.startswith("battle_map")]
"""A battle map's goals stand beside numbers that are placed in their lines: it is laid out from the beginning."""
SECONDS = 500
CHANGED = 2
"""The place of the document whose three texts are others of the same width."""
BLOCK = "<p>{{ party_b.name }}：本年目标 <b>{{ goals[0].target }}</b>。</p>"
pytestmark = pytest.mark.timeout(SECONDS + 40)


@pytest.fixture(scope="module")
def beside(font_cache: Path) -> Mapping[str, Any]:
    """Return what became of each document of each template, beside WeasyPrint as it comes."""
    command = [sys.executable, "-m", "support.markup_beside_weasyprint", str(font_cache)]
    tests = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=tests, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {told["name"]: told for told in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", [*STEADY, *MOVING, *LETTERS])
def test_every_document_is_byte_for_byte_what_a_layout_of_its_own_gives(beside: Mapping[str, Any], name: str) -> None:
    assert beside[name]["same"] == [True] * len(beside[name]["same"])


@pytest.mark.parametrize("name", [*STEADY, *MOVING, *LETTERS])
def test_a_lean_file_says_means_and_looks_what_weasyprints_own_does(beside: Mapping[str, Any], name: str) -> None:
    file = beside[name]["file"]
    assert (file["pages"], file["means"], file["complaints"]) == (True, True, [])
    assert all(file["says"])
    assert max(file["ink"]) < 0.02
    assert max(file["moved"]) < 0.08


@pytest.mark.parametrize("name", LETTERS)
def test_a_lean_file_takes_less_than_two_thirds_of_weasyprints_own(beside: Mapping[str, Any], name: str) -> None:
    file = beside[name]["file"]
    assert file["ours"] < file["own"] * 0.67


@pytest.mark.parametrize("name", STEADY)
def test_texts_that_move_nothing_are_filled_into_the_layout_of_others(beside: Mapping[str, Any], name: str) -> None:
    assert beside[name]["filled"][: CHANGED + 1] == [False, False, True]


@pytest.mark.parametrize("name", MOVING)
def test_a_document_is_laid_out_anew_where_a_text_could_move_more_than_its_line(beside: Mapping[str, Any], name: str) -> None:
    assert beside[name]["filled"][: CHANGED + 1] == [False, False, False]


@pytest.mark.parametrize("name", FLOWING)
def test_letters_of_a_run_are_laid_out_twice_and_filled_from_then_on(beside: Mapping[str, Any], name: str) -> None:
    assert beside[name]["filled"] == [False, False, True]


def test_a_letter_that_is_filled_in_takes_well_below_the_time_of_its_layout(beside: Mapping[str, Any]) -> None:
    filled = [seconds for name in FLOWING for seconds in beside[name]["ours"][2:]]
    plain = [seconds for name in FLOWING for seconds in beside[name]["plain"][2:]]
    assert statistics.median(filled) < 0.7 * statistics.median(plain)


def own(name: str, company: str, target: str = "11,385,000.00") -> LetterDocument:
    letter = sample_letter(sections=[{"kind": "parties"}, {"kind": "custom", "source": BLOCK}, {"kind": "signatures"}])
    goals = tuple(goal.model_copy(update={"target": target}) for goal in letter.goals)
    party = letter.party_b.model_copy(update={"name": name})
    return letter.model_copy(update={"company": company, "party_b": party, "goals": goals})


async def printed(renderer: Renderer, letter: LetterDocument) -> bytes:
    return await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)


async def test_a_letter_is_the_same_bytes_whatever_its_process_has_laid_out_before(font_cache: Path) -> None:
    letters = [
        own(name, "华康医疗器械股份有限公司", f"{name[0]}385,000.00") for name in ("1赵", "2钱孙", "3李周吴", "4郑", "5王冯")
    ]
    async with Renderer(children=1, font_cache=font_cache) as first, Renderer(children=1, font_cache=font_cache) as second:
        forwards = [await printed(first, letter) for letter in letters]
        backwards = [await printed(second, letter) for letter in reversed(letters)]
    assert forwards == backwards[::-1]
    assert len(set(forwards)) == len(letters)


async def test_a_text_that_takes_a_line_more_is_laid_out_and_the_next_letter_is_as_if_it_had_not_been(font_cache: Path) -> None:
    short, long = own("赵一", "甲公司"), own("欧阳" * 40, "甲公司")
    async with Renderer(children=1, font_cache=font_cache) as renderer, Renderer(children=1, font_cache=font_cache) as fresh:
        made = [await printed(renderer, letter) for letter in (short, short, long, short, long)]
        alone = await printed(fresh, long)
    assert made[0] == made[1] == made[3]
    assert made[2] == made[4] == alone


def test_layouts_of_one_company_are_never_filled_with_the_texts_of_another() -> None:
    one, two = (letter_page(own("赵一", company)) for company in ("甲公司", "乙公司"))
    same = letter_page(own("钱二", "甲公司"))
    assert taken_apart(one.html, one.css).parts != taken_apart(two.html, two.css).parts
    assert taken_apart(one.html, one.css).parts == taken_apart(same.html, same.css).parts


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        ("<p>a</p>", ("a",)),
        ("<p> a &amp; b\n c </p>x", ("a &amp; b\n c", "x")),
        ("<p>a < b</p>", ()),
        ("<p>a &copy; b</p><p>c</p>", ("c",)),
        ("<p>\ue0000\ue001</p><p>c</p>", ()),
        ("<style>p::after { content: 'x' }</style><p>c</p>", ("c",)),
        ("<p title='a>b'>c</p>", ("c",)),
        ("<p title='a>c</p>", ()),
        ("<script>a</script><p>c</p>", ()),
        ("<p>a\u00adb</p><p>c\u200bd</p><p>e\u202ef</p><p>\u3000</p>", ()),
        ('<header data-digest="a b"></header><p>c</p>', ("a b", "c")),
        ('<style>[data-digest] { color: red }</style><header data-digest="a"></header>', ()),
        ('<style>p::before { content: \\61ttr(data-digest) }</style><header data-digest="a"></header>', ()),
        ('<img alt="" src="data:image/png;base64,AA"><img src="asset:a">', ("data:image/png;base64,AA",)),
        ('<meta name="author" content="甲公司"><meta name="description" content="a">', ("a",)),
    ],
)
def test_what_could_be_read_in_two_ways_is_no_piece(html: str, pieces: tuple[str, ...]) -> None:
    taken = taken_apart(html, "")
    assert taken.pieces == pieces
    assert taken.whole() == html
