"""Letter templates: blocks, figures, colours and pictures that are refused by lint, and what the good ones print."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from plumb_platform.database import tenant_transaction
from plumb_tenants.definitions.kinds import Severity
from plumb_tenants.letters.definition import LetterBody, lint
from plumb_tenants.letters.figures import FigureUndefined
from plumb_tenants.letters.printing import change_text, printed_letter
from plumb_tenants.letters.rules import BoundGoal, Content, Party, Predecessor
from plumb_tenants.letters.service import ShippedLetter, adopt_letter_template
from plumb_tenants.letters.shipped import shipped_body
from support.goals_made import revise
from support.letters_made import BODY, Office, issued
from support.pictures_made import bomb, data_url, png

ENDS: list[dict[str, Any]] = [{"kind": "goals"}, {"kind": "signatures"}]


def errors(**body: Any) -> list[tuple[str, str]]:
    """Return code and place of each error of a body."""
    checked = LetterBody.model_validate(body)
    return [(each.code, each.path) for each in lint(checked) if each.severity is Severity.ERROR]


def content(*targets: str, unit: str = "CNY", **changes: Any) -> Content:
    """Return the content of a letter over goals with these targets, in equal months."""
    goals = [
        BoundGoal(
            uuid4(), uuid4(), 1, f"目标甲{place}", "销售额", unit, Decimal(target), Decimal(50), (Decimal(target),), **changes
        )
        for place, target in enumerate(targets, 1)
    ]
    party = Party(uuid4(), "E1", "张伟", "代表")
    plain = {"id": "1", "key": "k", "code": "c", "name": "华南"}
    return Content(
        number="ZRS-1",
        company=plain,
        employee=party,
        manager=Party(uuid4(), "M1", "李建国", "经理"),
        unit=plain,
        cycle=plain,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        goals=goals,
        template={},
        issued_at=datetime(2026, 1, 5, tzinfo=UTC),
        verify_code="code",
        predecessor=Predecessor("ZRS-0", datetime(2025, 12, 31, 20, tzinfo=UTC)) if changes else None,
    )


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([{"kind": "parties"}], [("LETTER_BLOCK_NEEDED", "blocks"), ("LETTER_BLOCK_NEEDED", "blocks")]),
        ([*ENDS, {"kind": "goals"}], [("LETTER_BLOCK_TWICE", "blocks[2].kind")]),
        ([*ENDS, {"kind": "text"}], [("LETTER_BLOCK_CONTENT", "blocks[2]")]),
        ([*ENDS, {"kind": "text", "text": ["甲"], "source": "乙"}], [("LETTER_BLOCK_CONTENT", "blocks[2]")]),
        ([*ENDS, {"kind": "custom", "source": "{% if %}"}], [("LETTER_BLOCK_BROKEN", "blocks[2].source")]),
        (
            [*ENDS, {"kind": "custom", "source": "<style>@Font-Face { src: url(data:,x) }</style>"}],
            [("LETTER_BLOCK_OWN_FONT", "blocks[2].source")],
        ),
        ([*ENDS, {"kind": "text", "text": ["甲", "{salary}"]}], [("LETTER_FIELD_UNKNOWN", "blocks[2].text[1]")]),
    ],
)
def test_blocks_that_would_print_no_letter_are_refused_with_their_place(
    blocks: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    assert errors(blocks=blocks) == expected


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ({"key": "bonus", "formula": "薪水 * 2"}, ("FORMULA_UNKNOWN_NAME", "figures[0].formula")),
        ({"key": "bonus", "formula": ""}, ("FORMULA_SYNTAX", "figures[0].formula")),
        ({"key": "bonus", "formula": "目标1 > 0"}, ("LETTER_FIGURE_NOT_NUMBER", "figures[0].formula")),
        ({"key": "company", "formula": "目标1"}, ("LETTER_FIGURE_KEY_TAKEN", "figures[0].key")),
    ],
)
def test_a_figure_that_gives_no_number_is_refused(figure: dict[str, Any], expected: tuple[str, str]) -> None:
    assert errors(figures=[figure]) == [expected]


@pytest.mark.parametrize(("colour", "contrast"), [("#ffff00", "1.07"), ("#ff8800", "2.39"), ("#ffffff", "1.00")])
def test_a_colour_that_cannot_be_read_on_paper_is_refused_with_its_contrast(colour: str, contrast: str) -> None:
    (finding,) = [each for each in lint(LetterBody(accent=colour)) if each.severity is Severity.ERROR]
    assert (finding.code, finding.path) == ("LETTER_COLOUR_TOO_LIGHT", "accent")
    assert f"对比度为 {contrast}，低于 4.5" in finding.zh


@pytest.mark.parametrize(
    "url",
    [
        "https://example.test/logo.png",
        "file:///etc/passwd",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,@@@",
        data_url(b"not a picture"),
        data_url(png()[:60]),
        data_url(bomb()),
        data_url(png((3000, 2000))),
    ],
)
def test_a_logo_that_is_no_small_png_or_jpeg_is_refused(url: str) -> None:
    assert errors(logo=url) == [("PICTURE_INVALID", "logo")]


def test_pictures_are_made_anew_and_no_larger_than_they_print() -> None:
    extra = png((1600, 400)) + b"<script>alert(1)</script>"
    (made,) = LetterBody(logo=data_url(extra)).pictures().values()
    assert (made[:4], made[16:24], b"script" in made) == (b"\x89PNG", (1200).to_bytes(4) + (300).to_bytes(4), False)


def test_a_body_published_before_blocks_came_prints_as_it_did() -> None:
    assert errors(**BODY) == []
    letter = printed_letter(LetterBody(**BODY), content("100.00"), time_zone="Asia/Shanghai")
    assert (letter.design, letter.page_size, letter.accent, letter.sections, letter.logo) == ("formal", "A4", "", (), "")
    assert letter.typeface == "SONG"


def test_a_typeface_that_is_not_offered_is_refused_and_one_that_is_reaches_the_letter() -> None:
    with pytest.raises(ValidationError, match="'SONG' or 'HEI'"):
        LetterBody(**BODY | {"typeface": "KAI"})
    letter = printed_letter(LetterBody(**BODY, typeface="HEI"), content("100.00"), time_zone="Asia/Shanghai")
    assert letter.typeface == "HEI"


def test_commitment_and_battle_map_come_without_serifs_and_the_papers_of_law_with_them() -> None:
    faces = {each.value: LetterBody(**shipped_body(each)).typeface for each in ShippedLetter}
    assert {key for key, face in faces.items() if face == "HEI"} == {
        *("commitment-zh", "commitment-en"),
        *("battle-map-zh", "battle-map-en"),
    }


def test_figures_are_computed_from_the_goals_and_rounded_half_even() -> None:
    body = LetterBody(
        figures=(
            {"key": "bonus", "formula": "目标合计 * 1.5%"},
            {"key": "half", "formula": "target_2 / 8", "places": 1},
        ),  # type: ignore[arg-type]  # pydantic reads the models from plain data
        rewards=("奖金基数为 {bonus} 元，{employee}的季度线为 {half}。",),
    )
    letter = printed_letter(body, content("1000000.00", "0.4"), time_zone="Asia/Shanghai")
    assert letter.rewards == ("奖金基数为 15,000.01 元，张伟的季度线为 0.0。",)


def test_a_figure_over_different_units_or_by_zero_stops_the_letter() -> None:
    for formula in ("目标1 / 0", "目标3 + 1"):
        body = LetterBody(figures=({"key": "bonus", "formula": formula},))  # type: ignore[arg-type]  # as above
        with pytest.raises(FigureUndefined) as refused:
            printed_letter(body, content("100.00"), time_zone="Asia/Shanghai")
        assert "“bonus”无法计算" in refused.value.text("zh-CN")


@pytest.mark.parametrize(
    ("previous", "target", "expected"),
    [
        ("9900000.00", "11385000.00", "+15.00%"),
        ("100", "85", "-15.00%"),
        ("-100", "-90", "+10.00%"),
        ("0", "1200.50", "+1,200.50"),
    ],
)
def test_a_change_is_told_in_percent_of_the_old_target(previous: str, target: str, expected: str) -> None:
    assert change_text(Decimal(previous), Decimal(target)) == expected


def test_an_addendum_names_its_letter_and_the_day_of_the_companys_zone() -> None:
    body = LetterBody.model_validate(shipped_body(ShippedLetter.ADDENDUM_ZH))
    letter = printed_letter(body, content("115.00", previous=Decimal("100.00")), time_zone="Asia/Shanghai")
    assert letter.predecessor is not None
    assert (letter.predecessor.number, letter.predecessor.issued_on) == ("ZRS-0", "2026 年 1 月 1 日")
    assert (letter.goals[0].previous, letter.goals[0].change) == ("100.00", "+15.00%")


@pytest.mark.parametrize("template", ShippedLetter)
def test_every_shipped_template_lints_clean_and_prints_in_its_language(template: ShippedLetter) -> None:
    body = LetterBody.model_validate(shipped_body(template))
    assert lint(body) == []
    letter = printed_letter(body, content("115.00", "2"), time_zone="Asia/Shanghai")
    assert (letter.locale, letter.design) == (template.locale, template.design)
    said = " ".join((letter.title, *letter.rights_and_duties, *letter.rewards, *letter.actions))
    assert ("目标" in said or "作战" in said or "补充" in said) is (template.locale == "zh-CN")


async def test_a_shipped_template_is_published_once_and_issues_a_letter(office: Office) -> None:
    hr = office.company.hr
    async with tenant_transaction(hr):
        versions = {await adopt_letter_template(hr, template=ShippedLetter.COMMITMENT_ZH) for _ in range(2)}
    (version,) = versions
    letter = await issued(hr, office.goal, version)
    assert (letter.content["design"], letter.content["title"]) == ("commitment", "目标承诺书")


async def test_the_letter_after_a_revision_knows_the_one_before_and_its_target(office: Office) -> None:
    first = await office.issued()
    await revise(office.company, office.goal, Decimal("1320000.00"), confirmed=True)
    second = await issued(office.company.hr, office.goal, office.template)
    assert second.content["predecessor"]["number"] == first.number
    assert [(goal["previous"], goal["change"]) for goal in second.content["goals"]] == [("1,200,000.00", "+10.00%")]
