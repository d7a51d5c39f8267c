"""Letters poured into moulds held against the same letters set by typst: every character where typst puts it, all else alike."""

import io
import random
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pikepdf
import pytest

from plumb_platform.documents.attachments import GOALS_FILE, extract_attachment
from plumb_platform.documents.fonts import prepare_fonts
from plumb_platform.documents.letter_data import Design, LetterDocument, LetterGoal, LetterParty, LetterSignature, LetterSplit
from plumb_platform.documents.mould_metadata import metadata
from plumb_platform.documents.typeset import Typesetter
from support.letter_samples import GOALS, SEALED_AT, sample_letter
from support.moulds_compared import assert_alike, by_typst, characters, poured
from support.pdf_read import words_of

SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许欧阳", "明华婷睿琪瑶芃喆志强丽娜靖宇梓涵昊轩一丁"


def any_letter(chance: random.Random, locale: Literal["zh-CN", "en"], **changes: object) -> LetterDocument:
    """A letter of a run: one template, and all that differs from one person to the next."""
    english = locale == "en"
    name = "".join(chance.choices(GIVEN, k=chance.randint(1, 3)))
    name = chance.choice(["Ada Lovelace", "Lin Jixi", "Wei To", "A. V. Fit"]) if english else chance.choice(SURNAMES) + name
    token = "".join(chance.choices("abcdefgABCDEFGWMilj0123456789", k=16))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**7))
    signed = "%Y-%m-%d %H:%M:%S (UTC+08:00)"
    sides = [
        LetterSignature(
            role="manager", name="欧阳靖宇", position="华南大区总经理", signed_at=moment.strftime(signed), evidence="本人登录"
        ),
        LetterSignature(
            role="employee", name=name, position="Manager" if english else "省区经理", signed_at=moment.strftime(signed)
        ),
        LetterSignature(role="hr", label="人力资源部", name="王敏", signed_at=moment.strftime(signed)),
    ]
    fields: dict[str, object] = {
        "party_b": LetterParty(
            name=name,
            details=(
                ("No." if english else "工号", f"HK{chance.randrange(10**4):04}"),
                (
                    "Unit" if english else "部门",
                    chance.choice(["South" if english else "华南大区", "A1" if english else "市场部2组"]),
                ),
            ),
        ),
        "goals": tuple(any_goal(chance, name, unit) for name, unit in any_goals(chance)),
        "signatures": tuple(sides),
        "number": f"{chance.choice(['HK', 'AV', 'W'])}-{chance.randrange(10**6)}",
        "issued_on": f"{moment.day} March 2026" if english else f"2026 年 3 月 {moment.day} 日",
        "verify_code": "-".join(token[at : at + 4] for at in range(0, 16, 4)),
        "verify_url": f"https://plumb.example.com/verify/{token}",
        "goals_sha256": chance.randbytes(32).hex(),
    }
    return sample_letter(locale, **(fields | changes))


def any_goals(chance: random.Random) -> list[tuple[str, str]]:
    names = ("销售回款额", "新进院三甲医院数", "费用率 FY26", "重点产品推广完成率", "DSO", "客户满意度与净推荐值提升幅度")
    return [(name, chance.choice(["元", "家", "%", "万元", "次"])) for name in chance.sample(names, 3)]


def any_goal(chance: random.Random, metric: str, unit: str) -> LetterGoal:
    parts = [Decimal(chance.randrange(10 ** chance.randint(3, 8))) / 100 for _ in range(12)]
    splits = tuple(LetterSplit(label=f"{month} 月", value=f"{part:,}") for month, part in enumerate(parts, 1))
    weight = f"{Decimal(chance.randrange(10**4)) / 100}%"
    return LetterGoal(
        metric=metric, definition="以财务系统确认为准", unit=unit, target=f"{sum(parts):,}", weight=weight, splits=splits
    )


CASES = [
    (design, locale, typeface)
    for design in ("formal", "commitment")
    for locale in ("zh-CN", "en")
    for typeface in ("SONG", "HEI")
]


@pytest.mark.parametrize(("design", "locale", "typeface"), CASES)
def test_a_poured_letter_has_every_character_where_typst_puts_it(
    typesetter: Typesetter, design: Design, locale: Literal["zh-CN", "en"], typeface: str
) -> None:
    chance = random.Random(f"{design} {locale} {typeface}")
    letters = [any_letter(chance, locale, design=design, typeface=typeface) for _ in range(6)]
    pairs = [(poured(typesetter, each), by_typst(typesetter, each)) for each in letters]
    compared = [(ours, theirs) for ours, theirs in pairs if ours is not None]
    assert len(compared) >= 3
    for place, (ours, theirs) in enumerate(compared):
        assert_alike(ours, theirs, in_pictures=place == 0)


@pytest.mark.parametrize("design", ["formal", "commitment"])
def test_a_poured_letter_is_a_whole_file_of_typsts_structure_and_metadata(typesetter: Typesetter, design: Design) -> None:
    letter = any_letter(random.Random(7), "zh-CN", design=design)
    ours, theirs = poured(typesetter, letter), by_typst(typesetter, letter)
    assert ours is not None
    with pikepdf.open(io.BytesIO(ours)) as one, pikepdf.open(io.BytesIO(theirs)) as two:
        assert one.check_pdf_syntax() == []
        assert structure(one.Root.StructTreeRoot) == structure(two.Root.StructTreeRoot)
        assert one.docinfo == two.docinfo
        assert said_of(one) == said_of(two)
        for page in one.pages:
            for font in page.resources["/Font"].values():
                descendant = font.DescendantFonts[0]
                assert str(descendant.FontDescriptor.FontName) == str(descendant.BaseFont)
                assert {"/FontFile3", "/ToUnicode"} <= {*descendant.FontDescriptor.keys(), *font.keys()}
    assert extract_attachment(ours, GOALS_FILE).content == GOALS
    assert words_of(ours).split() != []
    assert "".join(words_of(ours).split()) == "".join(words_of(theirs).split())


def structure(element: Any) -> list[Any]:
    """Return the kinds of all elements of structure in their order, without the numbers of what they mark."""
    kids = element.get("/K", [])
    below = [
        structure(each) for each in (kids if isinstance(kids, pikepdf.Array) else [kids]) if isinstance(each, pikepdf.Dictionary)
    ]
    return [str(element.get("/S", "")), str(element.get("/Alt", "")), *below]


def said_of(pdf: pikepdf.Pdf) -> dict[str, str]:
    with pdf.open_metadata() as metadata:
        return {name: str(value) for name, value in metadata.items() if "ID" not in name and "History" not in name}


def test_what_a_letter_becomes_does_not_depend_on_what_was_set_before(typesetter: Typesetter, font_cache: Path) -> None:
    chance = random.Random(3)
    first, second = (any_letter(chance, "zh-CN") for _ in range(2))
    fresh = Typesetter(prepare_fonts(font_cache).parent)
    ours = [poured(typesetter, each) for each in (first, second)]
    assert None not in ours
    assert [poured(fresh, each) for each in (second, first)] == ours[::-1]
    assert ours[0] != ours[1]


LEFT_TO_TYPST: dict[str, dict[str, Any]] = {
    "a picture of the signature": {"signatures": (LetterSignature(role="employee", name="林", image="hand"),)},
    "a name within the name of a goal": {
        "goals": (LetterGoal(metric="李明华、王敏、赵芳、周丽所辖区域回款额之和", unit="元", target="1.00", weight="1%"),),
        "party_b": LetterParty(name="李明华"),
    },
    "a character that stands for another one": {"rewards": ("达成者免于惩罚，未达成者惫。",)},
    "a Latin name within an article": {"rewards": ("Ada Lovelace 达成者奖。",), "party_b": LetterParty(name="Ada Lovelace")},
    "a number that looks like a mark": {"rewards": ("达成 90001 者奖。",)},
    "a rare name": {"party_b": LetterParty(name="林𠮷㐂")},
    "a figure longer than its column": {
        "goals": (LetterGoal(metric="回款", unit="元", target="1,000,000,000,000.00", weight="1%"),)
    },
    "a change of ten thousands of percent": {
        "sections": ({"kind": "changes"}, {"kind": "signatures"}),
        "goals": (LetterGoal(metric="回款", unit="元", target="1", weight="1%", previous="2", change="+12,345.67%"),),
    },
    "a name that may take another line beside its total": {
        "goals": (
            LetterGoal(
                metric="重点产品推广完成率与客户满意度及净推荐值提升幅度之和按季度滚动计算并剔除不可抗力影响后的结果",
                unit="元",
                target="1,234,567,890.12",
                weight="1%",
                splits=(LetterSplit(label="1 月", value="1"),),
            ),
        )
    },
    "a figure that ends in a sign which hangs over its edge": {
        "goals": (LetterGoal(metric="评级", unit="级", target="A-", weight="1%"),)
    },
    "a figure and a unit wider than their column": {
        "design": "commitment",
        "goals": (LetterGoal(metric="回款", unit="qC喆G新", target="96,318,676.62", weight="1%"),),
    },
    "a successor of a letter with a short number": {"predecessor": {"number": "HK-1", "issued_on": "2026 年 1 月 1 日"}},
    "letter paper": {"page_size": "LETTER"},
    "a battle map that is signed itself": {"design": "battle_map"},
}


@pytest.mark.parametrize("why", LEFT_TO_TYPST)
def test_what_could_move_anything_else_is_left_to_typst(typesetter: Typesetter, why: str) -> None:
    letter = any_letter(random.Random(3), "zh-CN")
    assert poured(typesetter, letter) is not None
    assert (
        poured(
            typesetter, letter.model_copy(update=LetterDocument.model_validate(letter.model_dump() | LEFT_TO_TYPST[why]).__dict__)
        )
        is None
    )


@pytest.mark.parametrize(("kind", "fields"), [("detail", {"party_b": LetterParty(name="林", details=(("部门", "华" * 15),))})])
def test_a_text_too_wide_for_its_slot_is_no_slot(typesetter: Typesetter, kind: str, fields: dict[str, Any]) -> None:
    letter = any_letter(random.Random(3), "zh-CN").model_copy(update=fields)
    ours, theirs = poured(typesetter, letter), by_typst(typesetter, letter)
    assert ours is not None
    assert [each[3] for each in characters(ours)] == [each[3] for each in characters(theirs)]


def test_a_signer_without_a_position_has_no_line_for_one(typesetter: Typesetter) -> None:
    letter = any_letter(random.Random(3), "zh-CN", signatures=(LetterSignature(role="employee", name="林一"),))
    ours, theirs = poured(typesetter, letter), by_typst(typesetter, letter)
    assert ours is not None
    assert [each[3] for each in characters(ours)] == [each[3] for each in characters(theirs)]


def test_an_identifier_that_reads_like_a_mark_stays_as_it_is() -> None:
    packet = b"<a:DocumentID>AAAAAAAAAAAAAAAAAAAAAA==</a:DocumentID><t>90001</t>"
    identifier = b64decode("90001AAAAAAAAAAAAAAAAA==")
    written = metadata(packet, {"90001": "林"}, SEALED_AT, identifier=identifier, state=bytes(16))
    assert written.decode() == f"<a:DocumentID>{b64encode(identifier).decode()}</a:DocumentID><t>林</t>"
