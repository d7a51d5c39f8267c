"""The responsibility letter as a reader gets it: its words, figures, page numbers, long tables, both languages (C9, A30)."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from plumb_platform.documents.attachments import extract_attachment
from plumb_platform.documents.glyph_proof import MissingGlyph
from plumb_platform.documents.letter_data import LetterDocument, LetterGoal, LetterParty, LetterSplit
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.letter_words import EN, ZH
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.seal_picture import seal_data_url
from support.letter_samples import GOALS, SEALED_AT, SealedLetter, sample_letter

Reader = Callable[[bytes], str]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Return the text that poppler, a reader that is not ours, finds in a PDF."""

    def text_of(pdf: bytes) -> str:
        file = tmp_path / "letter.pdf"
        file.write_bytes(pdf)
        return subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout

    return text_of


async def rendered(renderer: Renderer, letter: LetterDocument) -> bytes:
    return await print_letter(renderer, letter, identifier=b"letter", created=SEALED_AT)


def test_a_letter_without_goals_or_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        sample_letter(goals=())
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        sample_letter(salary="30,000.00")


async def test_a_name_that_no_font_shows_stops_the_letter(renderer: Renderer) -> None:
    with pytest.raises(MissingGlyph, match=r"U\+E1A3"):
        await rendered(renderer, sample_letter(party_b=LetterParty(name="林\ue1a3")))


async def test_characters_that_show_nothing_do_not_stop_a_letter(renderer: Renderer, read: Reader) -> None:
    text = read(await rendered(renderer, sample_letter(preamble="甲\ufeff方\u200b与\u200d乙\u00ad方\n另起一行")))
    assert re.search(r"甲方.?与.?乙.?方\s+另起一行", text)


def test_markup_in_a_name_stays_text() -> None:
    html = letter_page(sample_letter(party_b=LetterParty(name='<img src="http://127.0.0.1/x">'))).html
    assert "<img src=&#34;http" not in html
    assert "&lt;img src=&#34;http://127.0.0.1/x&#34;&gt;" in html


def test_both_tables_of_words_have_the_same_keys() -> None:
    assert ZH.keys() == EN.keys()


def test_the_letter_says_the_confirmed_goals(letter: SealedLetter, read: Reader) -> None:
    plain = re.sub(r"\s", "", read(letter.sealed))
    for said in ("目标责任书", "华康医疗器械股份有限公司", "林𠮷㐂", "销售回款额", "11,385,000.00", "50.00%", "100.00%"):
        assert said in plain
    for said in ("2026年1月1日至2026年12月31日", "欧阳靖宇", "2026-01-0517:42:10", "第一条", "第七条", "SHA-2569F2C4A71BE035D68"):
        assert said in plain
    assert [f"第{page}页共2页" in plain for page in (1, 2)] == [True, True]


def test_the_months_of_a_target_stand_in_the_letter(letter: SealedLetter, read: Reader) -> None:
    text = read(letter.sealed)
    months = [part.value for part in sample_letter().goals[0].splits]
    assert len(months) == 12
    for month in months:
        assert month in text


def test_the_sealed_letter_holds_the_goals_as_data(letter: SealedLetter) -> None:
    assert extract_attachment(letter.sealed).content == GOALS


async def test_a_long_table_goes_over_pages_with_its_head_on_each(renderer: Renderer, read: Reader) -> None:
    goals = tuple(
        LetterGoal(metric=f"指标 {number:02}", definition="口径说明", unit="元", target="1,000.00", weight="1.25%")
        for number in range(1, 81)
    )
    pages = read(await rendered(renderer, sample_letter(goals=goals))).split("\f")[:-1]
    with_rows = [page for page in pages if re.search(r"指标 \d\d", page)]
    assert len(with_rows) >= 3
    assert all("目标指标" in page for page in with_rows)
    assert sum(len(re.findall(r"指标 \d\d", page)) for page in pages) == 80


async def test_an_unsigned_draft_says_so(renderer: Renderer, read: Reader) -> None:
    text = read(await rendered(renderer, sample_letter(signatures=())))
    assert text.count("（待签署）") == 2


async def test_a_goal_without_a_split_needs_no_split_article(renderer: Renderer, read: Reader) -> None:
    goal = LetterGoal(metric="销售回款额", unit="元", target="1.00", weight="100.00%")
    text = read(await rendered(renderer, sample_letter(goals=(goal,))))
    assert "目标分解" not in text
    assert re.search(r"第三条\s+权利与义务", text)


async def test_a_split_into_quarters_fills_one_row(renderer: Renderer, read: Reader) -> None:
    quarters = tuple(LetterSplit(label=f"第 {number} 季度", value="25.00") for number in range(1, 5))
    goal = LetterGoal(metric="销售回款额", unit="元", target="100.00", weight="100.00%", splits=quarters)
    assert read(await rendered(renderer, sample_letter(goals=(goal,)))).count("25.00") == 4


async def test_the_english_letter_numbers_its_pages_in_english(renderer: Renderer, read: Reader) -> None:
    text = read(await rendered(renderer, sample_letter("en")))
    assert "Goal Responsibility Letter" in text
    assert "Page 1 of 2" in text
    assert not re.search("[一-鿿]", text.replace("电子签章", ""))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_only_the_two_everyday_faces_are_embedded_when_no_character_is_rare(
    renderer: Renderer, tmp_path: Path, locale: Literal["zh-CN", "en"]
) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(await rendered(renderer, sample_letter(locale, party_b=LetterParty(name="Lin"), signatures=())))
    assert set(fonts_of(file)) == {"PlumbSerif-400-Identity-H", "PlumbSerif-700-Identity-H"}


async def test_a_rare_name_adds_the_face_that_has_it(renderer: Renderer, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(await rendered(renderer, sample_letter(party_b=LetterParty(name="林喆𠮷"), signatures=())))
    assert fonts_of(file) == [
        "NotoSerifCJKsc-Bold-Identity-H",
        *("PlumbSerif-400-Identity-H", "PlumbSerif-700-Identity-H", "PlumbSerifThree-700-Identity-H"),
    ]


def fonts_of(file: Path) -> list[str]:
    lines = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    return sorted(line.split()[0].partition("+")[2] for line in lines)


def test_a_long_company_name_still_fits_its_seal() -> None:
    name = "内蒙古自治区呼和浩特市华康医疗器械进出口贸易股份有限责任公司"
    picture = seal_data_url(name)
    degrees = [float(turn) for turn in re.findall(r"rotate%28(-?[\d.]+)%29", picture)]
    assert len(degrees) == len(name)
    assert degrees[0] == -degrees[-1]
    assert max(degrees) <= 131
