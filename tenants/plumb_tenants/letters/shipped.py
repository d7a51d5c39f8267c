"""The letter templates that Plumb brings along: four designs in zh-CN and en, ready to be published as they are."""

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.documents.fonts_system import Typeface
from plumb_platform.documents.letter_data import Design
from plumb_platform.documents.letter_words import TITLES
from plumb_platform.errors import Locale
from plumb_tenants.definitions.service import adopt_definition
from plumb_tenants.letters.definition import KIND


class ShippedLetter(StrEnum):
    """The shipped templates; the value is the key under which one is published."""

    FORMAL_ZH = "formal-zh"
    COMMITMENT_ZH = "commitment-zh"
    BATTLE_MAP_ZH = "battle-map-zh"
    ADDENDUM_ZH = "addendum-zh"
    FORMAL_EN = "formal-en"
    COMMITMENT_EN = "commitment-en"
    BATTLE_MAP_EN = "battle-map-en"
    ADDENDUM_EN = "addendum-en"

    @property
    def locale(self) -> Locale:
        """Return the language of the template."""
        return "zh-CN" if self.value.endswith("zh") else "en"

    @property
    def design(self) -> Design:
        """Return the design of the template."""
        return _DESIGNS[self.value.rpartition("-")[0]]


_DESIGNS: dict[str, Design] = {
    "formal": "formal",
    "commitment": "commitment",
    "battle-map": "battle_map",
    "addendum": "addendum",
}
Words = dict[str, Any]
ZH: Words = {
    "duties": [
        "{employee}须在{period}内完成本责任书所列目标，按月度分解推进，数据真实、完整、及时。",
        "目标偏离超过百分之十五时，{employee}应在四十八小时内向{manager}提交纠偏方案。",
        "{company}按预算提供所需资源，{manager}对资源协调申请在两个工作日内答复。",
    ],
    "rights": ["{employee}有权统筹职责范围内的人员、费用与客户资源，并就目标调整提出建议。"],
    "rewards": [
        "综合达成率达到百分之一百的，按公司制度足额兑现奖励；超出部分按公司制度加计。",
        "综合达成率低于百分之七十的，由{employee}与{manager}共同制定改进计划。",
    ],
    "revision": ["目标确认后锁定；确需修订的，说明理由、经审批后签订补充责任书。"],
    "miscellany": ["本责任书以电子方式签署，与纸质文本具有同等效力。"],
}
EN: Words = {
    "duties": [
        "{employee} reaches the goals of this letter within {period}, month by month, with data that is true, whole and on time.",
        "When a goal is off by more than 15 %, {employee} gives {manager} a plan to correct it within 48 hours.",
        "{company} provides the resources of the budget; {manager} answers requests within two working days.",
    ],
    "rights": ["{employee} plans people, budget and customers within the position and may propose changes of goals."],
    "rewards": [
        "At 100 % or more, rewards are paid in full by the company's rules, and what is above counts by the higher step.",
        "Below 70 %, {employee} and {manager} agree on a plan to improve.",
    ],
    "revision": ["Confirmed goals are locked. A revision needs a reason, an approval and a signed addendum."],
    "miscellany": ["This letter is signed electronically and has the force of paper."],
}
ACTIONS = {
    "zh-CN": [
        "首月内完成客户与资源盘点，逐项目标落实到人。",
        "每月 5 日前向{manager}复盘上月进度，列出差距与补救动作。",
        "每季度末对照累计目标校准节奏，偏离超过 15% 的提交纠偏方案。",
        "期末前一个月完成冲刺计划，锁定收尾动作。",
    ],
    "en": [
        "In the first month, list customers and resources and give each goal an owner.",
        "By the 5th of each month, review the last one with {manager}: gaps and what closes them.",
        "At the end of each quarter, check the rhythm against the cumulative goal; off by 15 % needs a plan.",
        "One month before the end, settle the final push.",
    ],
}
PARTS: dict[Design, tuple[Literal["duties", "rights", "rewards", "revision", "miscellany"], ...]] = {
    "formal": ("duties", "rights", "rewards", "revision", "miscellany"),
    "commitment": ("duties", "rewards"),
    "battle_map": (),
    "addendum": ("revision", "miscellany"),
}
"""What a design says of the usual sections."""


TYPEFACES: dict[Design, Typeface] = {"commitment": "HEI", "battle_map": "HEI"}
"""The designs with few words and large figures; the papers of law keep 宋体."""


def shipped_body(shipped: ShippedLetter) -> dict[str, Any]:
    """Return the body of a shipped template; whoever adopts it may change it in a new version."""
    design, locale = shipped.design, shipped.locale
    words = ZH if locale == "zh-CN" else EN
    body = {"title": TITLES[locale][design], "locale": locale, "design": design}
    body |= {"typeface": TYPEFACES[design]} if design in TYPEFACES else {}
    body |= {part: words[part] for part in PARTS[design]}
    return body | ({"actions": ACTIONS[locale]} if design == "battle_map" else {})


async def adopt_letter_template(actor: Actor, *, template: ShippedLetter) -> UUID:
    """Publish a template that Plumb brings along, once, and return the id of the version in effect."""
    body = shipped_body(template)
    return await adopt_definition(actor, kind=KIND, key=template.value, name=body["title"], body=body)
