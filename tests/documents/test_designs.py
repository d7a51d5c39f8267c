"""The four designs as pages: what each says, in the company's order, colours and pictures, and what a hostile block does."""

import re
import subprocess
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest

from plumb_platform.documents.letter_bars import bars, per_row
from plumb_platform.documents.letter_colours import contrast_with_white
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterGoal, LetterSignature, LetterSplit
from plumb_platform.documents.letter_html import letter_page
from plumb_platform.documents.letter_print import print_letter
from plumb_platform.documents.letter_styles import ACCENTS, letter_css
from plumb_platform.documents.render_process import RenderLimits
from plumb_platform.documents.renderer import Renderer, RenderFailed, RenderRefusedUrl, RenderTimeout, RenderTooLarge
from plumb_platform.documents.templates import TemplateBroken, TemplateRefused
from plumb_platform.errors import DomainError
from support.letter_samples import SEALED_AT, sample_letter
from support.pictures_made import png

Told = Callable[[bytes, str], str]
LOOPS = "{% set s = '甲' * 3000 %}{% for a in s %}{% for b in s %}{% for c in s %}{% endfor %}{% endfor %}{% endfor %}"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Return what a tool that is not ours says of a PDF."""

    def said(pdf: bytes, tool: str) -> str:
        file = str(tmp_path / "letter.pdf")
        Path(file).write_bytes(pdf)
        command = {"text": ["pdftotext", "-layout", file, "-"], "info": ["pdfinfo", file], "images": ["pdfimages", "-list", file]}
        done: subprocess.CompletedProcess[str] = subprocess.run(command[tool], capture_output=True, text=True, check=True)
        return done.stdout

    return said


@pytest.fixture(scope="session")
async def impatient(font_cache: Path) -> AsyncIterator[Renderer]:
    async with Renderer(font_cache=font_cache, limits=RenderLimits(seconds=3)) as renderer:
        yield renderer


async def printed(renderer: Renderer, letter: LetterDocument, **assets: bytes) -> bytes:
    pictures = {name: (content, "image/png") for name, content in assets.items()}
    return await print_letter(renderer, letter, assets=pictures, identifier=b"letter", created=SEALED_AT)


def with_block(source: str) -> LetterDocument:
    return sample_letter(sections=[{"kind": "goals"}, {"kind": "custom", "source": source}, {"kind": "signatures"}])


def test_a_document_may_take_ten_seconds_and_512_megabytes() -> None:
    assert (RenderLimits().seconds, RenderLimits().memory_mb) == (10, 512)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("{% include '/etc/passwd' %}", TemplateBroken),
        ("{{ ''.__class__.__mro__ }}", TemplateBroken),
        ("{{ title.upper() }}", TemplateRefused),
        ("<img src='http://127.0.0.1:1/x.png'>", RenderRefusedUrl),
        ("<img src='file:///etc/passwd'>", RenderRefusedUrl),
        ("<style>@import 'http://127.0.0.1:1/x.css'</style>", RenderRefusedUrl),
        ("<p style=\"background: url('file:///etc/passwd')\">甲</p>", RenderRefusedUrl),
        ("{{ '甲' * 10 ** 9 }}", RenderTooLarge),
        (LOOPS, RenderTimeout),
    ],
)
async def test_a_hostile_block_ends_within_its_limits_and_the_next_letter_prints(
    impatient: Renderer, told: Told, source: str, refusal: type[DomainError]
) -> None:
    with pytest.raises((refusal, TemplateRefused)):
        await printed(impatient, with_block(source))
    assert "甲乙" in told(await printed(impatient, with_block("<p>{{ '甲乙' }}</p>")), "text")


async def test_markup_of_a_block_cannot_hide_what_the_letter_says(renderer: Renderer) -> None:
    with pytest.raises(DomainError) as refused:
        await printed(renderer, with_block("<style>table.goals { display: none }</style>"))
    assert refused.value.code == "MISSING_GLYPH"


async def test_a_block_prints_the_companys_markup_over_the_data_of_the_letter(renderer: Renderer, told: Told) -> None:
    source = (
        "<table>{% for g in goals %}<tr><th>{{ g.metric }}</th><td>{{ g.target }}整</td></tr>{% endfor %}</table>{{ number }}号"
    )
    text = told(await printed(renderer, with_block(source)), "text")
    assert re.search(r"销售回款额\s+11,385,000.00整", text)
    assert "HK-MBZR-2026-0312号" in text


async def test_sections_stand_in_the_companys_order_and_under_its_headings(renderer: Renderer, told: Told) -> None:
    sections = [
        {"kind": "rewards"},
        {"kind": "text", "title": "保密义务", "paragraphs": ["不得外传。"]},
        {"kind": "goals", "title": "军令状"},
        {"kind": "text", "paragraphs": ["无题之文。"]},
        {"kind": "actions"},
        {"kind": "signatures"},
    ]
    text = told(await printed(renderer, sample_letter(sections=sections)), "text")
    found = re.findall(r"第.条\s+\S+", text)
    assert [re.sub(r"\s+", "", each) for each in found] == ["第一条考核与奖惩", "第二条保密义务", "第三条军令状"]
    assert text.index("不得外传。") < text.index("销售回款额") < text.index("无题之文。") < text.index("甲方（公司签章）")


@pytest.mark.parametrize("design", ["formal", "commitment", "battle_map", "addendum"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_every_design_says_the_goals_the_parties_and_the_code(
    renderer: Renderer, told: Told, design: Design, locale: Literal["zh-CN", "en"]
) -> None:
    letter = sample_letter(locale, design=design, actions=("首月盘点。" if locale == "zh-CN" else "Take stock.",))
    pdf = await printed(renderer, letter)
    plain = re.sub(r"\s", "", told(pdf, "text"))
    said = [
        letter.company,
        letter.party_b.name,
        letter.number,
        letter.goals[0].target,
        letter.goals[1].target,
        letter.verify_code,
    ]
    assert [each for each in said if re.sub(r"\s", "", each) not in plain] == []
    info = told(pdf, "info")
    pages = {"formal": 2, "commitment": 1, "battle_map": 1, "addendum": 2}[design]
    assert (f"Pages:           {pages}" in info, "Tagged:          yes" in info) == (True, True)
    assert len(pdf) < (80_000 if locale == "en" else 260_000)


async def test_a_battle_map_shows_the_months_their_shares_and_the_actions(renderer: Renderer, told: Told) -> None:
    letter = sample_letter(design="battle_map", actions=("首月盘点客户。", "季度复盘。"), accent="#5b2a86")
    text = told(await printed(renderer, letter), "text")
    assert re.search(r"6%\s+11%\s+19%\s+27%\s+36%\s+46%\s+54%\s+62%\s+72%\s+81%\s+90%\s+100%", text)
    assert re.search(r"1\s+首月盘点客户。\s+2\s+季度复盘。", text)


async def test_an_addendum_sets_the_old_target_beside_the_new_one(renderer: Renderer, told: Told) -> None:
    changed = LetterGoal(metric="回款", unit="元", target="115.00", weight="100%", previous="100.00", change="+15.00%")
    new = LetterGoal(metric="进院", unit="家", target="26", weight="0%")
    letter = sample_letter(
        design="addendum", goals=(changed, new), predecessor={"number": "ZRS-9", "issued_on": "2026 年 1 月 1 日"}
    )
    text = told(await printed(renderer, letter), "text")
    assert re.search(r"回款\s+元\s+100.00\s+115.00\s+\+15.00%", text)
    assert re.search(r"进院\s+家\s+—\s+26\s+新增", text)
    assert "《目标责任书》ZRS-9" in text


async def test_paper_pictures_and_signatures_are_the_companys_own(renderer: Renderer, told: Told) -> None:
    hand = LetterSignature(role="employee", name="林𠮷㐂", signed_at="2026-01-05", image="sign_employee")
    other = LetterSignature(role="hr", label="人力资源部", name="王芳", signed_at="2026-01-06 09:00", evidence="动态口令")
    letter = sample_letter(page_size="LETTER", logo="logo", seal_image="seal", signatures=(hand, other))
    pdf = await printed(renderer, letter, logo=png(), seal=png((90, 90)), sign_employee=png((200, 60)))
    assert "612 x 792 pts (letter)" in told(pdf, "info")
    sizes = {(int(line.split()[3]), int(line.split()[4])) for line in told(pdf, "images").splitlines()[2:]}
    assert {(120, 40), (90, 90), (200, 60)} <= sizes
    assert re.search(r"人力资源部\s+王芳\s+2026-01-06 09:00", told(pdf, "text"))


async def test_a_letter_is_the_same_bytes_in_a_warm_and_in_a_fresh_child(renderer: Renderer, font_cache: Path) -> None:
    first = await printed(renderer, sample_letter())
    await printed(renderer, sample_letter("en", number="HK-2"))
    again = await printed(renderer, sample_letter())
    async with Renderer(font_cache=font_cache) as fresh:
        other = await printed(fresh, sample_letter())
    assert first == again == other


TORN = png((200, 60))[:-30]


@pytest.mark.parametrize(
    ("asked", "brought"),
    [
        ({"logo": "logo"}, {"logo": TORN}),
        ({"logo": "logo"}, {"logo": b"no picture"}),
        ({"logo": "logo"}, {}),
        ({"seal_image": "seal"}, {"seal": TORN}),
        ({"seal_image": "seal"}, {}),
    ],
)
async def test_a_picture_that_is_torn_or_missing_stops_the_letter(
    renderer: Renderer, asked: dict[str, Any], brought: dict[str, bytes]
) -> None:
    with pytest.raises(RenderFailed):
        await printed(renderer, sample_letter(**asked), **brought)


@pytest.mark.parametrize("design", ["commitment", "battle_map", "addendum"])
async def test_long_tables_go_over_pages_in_every_design(renderer: Renderer, told: Told, design: Design) -> None:
    goals = tuple(LetterGoal(metric=f"指标{n:02}", unit="元", target="1.00", weight="2%", previous="1") for n in range(1, 51))
    pages = told(await printed(renderer, sample_letter(design=design, goals=goals)), "text").split("\f")[:-1]
    with_rows = [page for page in pages if re.search(r"指标 ?\d\d", page)]
    assert sum(len(re.findall(r"指标 ?\d\d", page)) for page in pages) == 50
    assert len(with_rows) >= 2
    assert design == "battle_map" or all("目标指标" in page for page in with_rows)


def test_bars_are_in_proportion_and_end_at_a_hundred_percent() -> None:
    drawn = bars([LetterSplit(label=str(n), value=value) for n, value in enumerate(("250.00", "1,000.00", "0.00", "750.50"))])
    assert [each["height"] for each in drawn] == ["3.2", "13.0", "0.3", "9.8"]
    assert [each["value"] for each in drawn] == ["250.00", "1,000.00", "0.00", "750.50"]
    assert [each["cumulative"] for each in drawn] == ["12%", "62%", "62%", "100%"]


def test_bars_of_whole_amounts_are_told_without_places() -> None:
    drawn = bars([LetterSplit(label=str(n), value=value) for n, value in enumerate(("250.00", "1,000.00", "-3.00", "7"))])
    assert [each["value"] for each in drawn] == ["250", "1,000", "-3", "7"]


def test_bars_of_nothing_and_of_less_than_nothing_lie_flat_without_shares() -> None:
    for values in (("0", "0"), ("-5", "-6")):
        drawn = bars([LetterSplit(label="1月", value=value) for value in values])
        assert {(each["height"], each["cumulative"]) for each in drawn} == {("0.3", "")}


@pytest.mark.parametrize(
    ("parts", "characters", "row"),
    [(12, 14, 12), (12, 15, 6), (12, 24, 6), (12, 40, 4), (7, 24, 7), (24, 13, 12), (1, 90, 4), (0, 0, 4)],
)
def test_parts_with_long_figures_stand_in_rows_of_as_many(parts: int, characters: int, row: int) -> None:
    assert per_row(["9" * characters] * parts) == row


def test_every_design_has_a_colour_that_can_be_read_and_takes_another() -> None:
    assert min(contrast_with_white(colour) for colour in ACCENTS.values()) > Decimal(7)
    css: dict[str, Any] = {design: letter_css(design, accent="#123456") for design in ACCENTS}
    assert all("#123456" in text and "$" not in text for text in css.values())
    assert css["addendum"] == css["formal"]


def test_a_block_that_nobody_filled_is_left_out() -> None:
    assert "custom" not in letter_page(with_block("<p>x</p>")).html
