"""The printed letter: template texts with their fields filled in, and numbers and dates as people read them; pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from plumb_platform.documents.glyph_proof import NEVER_SHOWN, MissingGlyph
from plumb_platform.documents.letter_data import (
    LetterDocument,
    LetterGoal,
    LetterParty,
    LetterPredecessor,
    LetterSection,
    LetterSignature,
    LetterSplit,
)
from plumb_platform.errors import Locale
from plumb_platform.numbers.capital import capital_amount
from plumb_platform.numbers.money import CURRENCIES
from plumb_platform.texts import TURNING
from plumb_tenants.letters.blocks import SECTION_OF, LetterBlock
from plumb_tenants.letters.definition import LetterBody
from plumb_tenants.letters.figures import figure_values
from plumb_tenants.letters.rules import BoundGoal, Content, Party, Role
from plumb_tenants.letters.signers import Act
from plumb_tenants.letters.signing_rules import StepUp
from plumb_tenants.letters.wording import fill, fill_all

LABELS = {
    "zh-CN": {"number": "工号", "unit": "所属部门", "position": "岗位", "manager": "直属上级"},
    "en": {"number": "Number", "unit": "Unit", "position": "Position", "manager": "Manager"},
}
EVIDENCE: dict[Locale, dict[StepUp, str]] = {
    "zh-CN": {
        StepUp.NONE: "本人登录后{act}",
        StepUp.PASSWORD: "本人登录并再次验证密码后{act}",
        StepUp.TOTP: "本人登录并经动态口令验证后{act}",
    },
    "en": {
        StepUp.NONE: "{act} in person",
        StepUp.PASSWORD: "{act} in person, password given again",
        StepUp.TOTP: "{act} in person, with a code of an authenticator",
    },
}
ACTS: dict[Locale, dict[Act, str]] = {
    "zh-CN": {Act.SIGNER: "签署", Act.APPROVER: "审批", Act.CC: ""},
    "en": {Act.SIGNER: "signed", Act.APPROVER: "approved", Act.CC: ""},
}
"""How a signer was known, as the letter and its audit page say it (A28)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One party's act of signing."""

    role: Role
    party: Party
    at: datetime
    label: str = ""
    act: Act = Act.SIGNER
    proof: StepUp = StepUp.NONE
    image: str = ""


def printed_letter(body: LetterBody, content: Content, *, time_zone: str) -> LetterDocument:
    """Return the letter as it is issued: open signatures, and no address of the verify page yet."""
    values = field_values(body, content) | figure_values(body.figures, content.goals)
    labels = LABELS[body.locale]
    return LetterDocument(
        locale=body.locale,
        design=body.design,
        page_size=body.page_size,
        typeface=body.typeface,
        accent=body.accent,
        logo="logo" if body.logo else "",
        seal_image="seal_image" if body.seal_image else "",
        sections=tuple(_section(block, values) for block in body.blocks),
        company=content.company["name"],
        title=fill(body.title, values),
        subtitle=fill(body.subtitle, values) or f"{content.cycle['name']} · {content.unit['name']}",
        number=content.number,
        party_a=LetterParty(name=content.company["name"], details=((labels["manager"], content.manager.name),)),
        party_b=LetterParty(name=content.employee.name, details=_details(content, labels)),
        period=values["period"],
        preamble=fill(body.preamble, values),
        goals=tuple(_goal(goal, content.starts_on, body.locale) for goal in content.goals),
        weight_total=f"{sum((goal.weight for goal in content.goals), Decimal()):f}%",
        rights_and_duties=tuple(fill_all([*body.duties, *body.rights], values)),
        rewards=tuple(fill_all(body.rewards, values)),
        revision=tuple(fill_all(body.revision, values)),
        miscellany=tuple(fill_all(body.miscellany, values)),
        actions=tuple(fill_all(body.actions, values)),
        predecessor=_predecessor(content, body.locale, time_zone),
        issued_on=day_text(content.issued_at.astimezone(ZoneInfo(time_zone)).date(), body.locale),
        verify_url="",
        verify_code=content.verify_code,
        goals_sha256="",
    )


def refuse_unprintable(letter: LetterDocument) -> None:
    """Raise MISSING_GLYPH for a control, private-use or direction-turning character: no seal is ever set on it (A30)."""
    texts: list[Any] = [letter.model_dump(mode="json")]
    for text in texts:
        if isinstance(text, str):
            _refuse_unprintable_text(text)
        elif isinstance(text, dict | list):
            texts.extend(text.values() if isinstance(text, dict) else text)


def _refuse_unprintable_text(text: str) -> None:
    for character in text:
        is_refused = unicodedata.category(character) in NEVER_SHOWN or character in TURNING
        if is_refused and not character.isspace():
            raise MissingGlyph(character)


def signed_letter(
    stored: dict[str, Any], signatures: Sequence[Signed], *, time_zone: str, verify_url: str, goals_sha256: str
) -> LetterDocument:
    """Return the letter as it is sealed, from what was stored when it was issued."""
    letter = LetterDocument.model_validate(stored | {"verify_url": verify_url, "goals_sha256": goals_sha256})
    printed = tuple(
        LetterSignature(
            role=each.role.value,
            name=each.party.name,
            position=each.party.position,
            signed_at=moment_text(each.at, time_zone),
            evidence=evidence_text(each.proof, each.act, letter.locale),
            label=each.label,
            image=each.image,
        )
        for each in signatures
    )
    return letter.model_copy(update={"signatures": printed})


def evidence_text(proof: StepUp, act: Act, locale: Locale) -> str:
    """Say how somebody was known when they acted."""
    return EVIDENCE[locale][proof].format(act=ACTS[locale][act])


def field_values(body: LetterBody, content: Content) -> dict[str, str]:
    """Return the value of every field of `wording.FIELDS`."""
    days = (day_text(content.starts_on, body.locale), day_text(content.ends_on, body.locale))
    return {
        "company": content.company["name"],
        "cycle": content.cycle["name"],
        "employee": content.employee.name,
        "employee_number": content.employee.number,
        "manager": content.manager.name,
        "number": content.number,
        "period": " 至 ".join(days) if body.locale == "zh-CN" else " to ".join(days),
        "position": content.employee.position,
        "unit": content.unit["name"],
        "year": str(content.starts_on.year),
    }


def day_text(day: date, locale: Locale) -> str:
    """Write a day as official letters do: `2026 年 1 月 1 日`, `1 January 2026`."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if locale == "zh-CN" else f"{day.day} {day:%B} {day.year}"


def moment_text(moment: datetime, time_zone: str) -> str:
    """Write an instant to the second in the company's zone, with the offset that held then."""
    local = moment.astimezone(ZoneInfo(time_zone))
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"


def amount_text(amount: Decimal) -> str:
    """Write an amount with grouped thousands and all the places that it carries."""
    return f"{amount:,f}"


def _details(content: Content, labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    employee = content.employee
    shown = (("number", employee.number), ("unit", content.unit["name"]), ("position", employee.position))
    return tuple((labels[name], value) for name, value in shown if value)


def _section(block: LetterBlock, values: Mapping[str, str]) -> LetterSection:
    return LetterSection(
        kind=SECTION_OF[block.kind],
        title=fill(block.title, values),
        paragraphs=tuple(fill_all(block.text, values)),
        source=block.source,
    )


def _predecessor(content: Content, locale: Locale, time_zone: str) -> LetterPredecessor | None:
    if content.predecessor is None:
        return None
    issued_on = content.predecessor.issued_at.astimezone(ZoneInfo(time_zone)).date()
    return LetterPredecessor(number=content.predecessor.number, issued_on=day_text(issued_on, locale))


def change_text(previous: Decimal, target: Decimal) -> str:
    """Write how far a target moved: in percent of the old one, or by how much when that was zero."""
    if previous == 0:
        return f"{target - previous:+,f}"
    return f"{(target - previous) * 100 / abs(previous):+,.2f}%"


def _goal(goal: BoundGoal, starts_on: date, locale: Locale) -> LetterGoal:
    first = starts_on.year * 12 + starts_on.month - 1
    labels = [_month(first + place, several=len(goal.months) > 12, locale=locale) for place in range(len(goal.months))]
    splits = zip(labels, goal.months, strict=True)
    return LetterGoal(
        metric=goal.title,
        definition=_definition(goal, locale),
        unit=_unit(goal.unit_of_measure, locale),
        target=amount_text(goal.target),
        weight=f"{goal.weight:f}%",
        splits=tuple(LetterSplit(label=label, value=amount_text(value)) for label, value in splits),
        previous="" if goal.previous is None else amount_text(goal.previous),
        change="" if goal.previous is None else change_text(goal.previous, goal.target),
    )


def _definition(goal: BoundGoal, locale: Locale) -> str:
    """Return the metric and, in Chinese renminbi, the amount in capitals, as official papers write it."""
    named = "" if goal.metric == goal.title else goal.metric
    capitals = locale == "zh-CN" and goal.unit_of_measure == "CNY" and goal.target >= 0
    return " · ".join(part for part in (named, f"人民币{capital_amount(goal.target)}" if capitals else "") if part)


def _unit(unit_of_measure: str, locale: Locale) -> str:
    if unit_of_measure == "CNY" and locale == "zh-CN":
        return "元"
    return CURRENCIES[unit_of_measure].sign if unit_of_measure in CURRENCIES else unit_of_measure


def _month(number: int, *, several: bool, locale: Locale) -> str:
    year, month = number // 12, number % 12 + 1
    short = f"{month}月" if locale == "zh-CN" else f"{date(year, month, 1):%b}"
    return f"{year}-{month:02d}" if several else short
