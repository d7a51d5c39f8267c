"""The sample that a template is previewed with: the company's own name, everybody and everything else made up; pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.errors import Locale
from plumb_platform.numbers.allocation import allocate
from plumb_tenants.company.service import Company
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.letters.content import Stamp
from plumb_tenants.letters.rules import BoundGoal, Content, Party, Predecessor

NOBODY = UUID(int=0)
RHYTHM = tuple(Decimal(weight) for weight in (6, 5, 8, 8, 9, 10, 8, 8, 10, 9, 9, 10))
WORDS: dict[Locale, dict[str, str]] = {
    "zh-CN": {
        "employee": "张示例",
        "manager": "李示例",
        "position": "省区经理",
        "unit": "华南大区",
        "cycle": "{} 年度",
        "revenue": "销售回款额",
        "hospitals": "新进院三甲医院数",
        "completion": "重点产品推广完成率",
        "count": "家",
    },
    "en": {
        "employee": "Sam Sample",
        "manager": "Alex Sample",
        "position": "Provincial manager",
        "unit": "South China",
        "cycle": "{}",
        "revenue": "Sales collections",
        "hospitals": "New tertiary hospitals",
        "completion": "Promotion of key products",
        "count": "sites",
    },
}


@dataclass(frozen=True, slots=True)
class SampleGoal:
    """A goal of the sample: its word, unit of measure (empty takes the word for a count), target, weight, months and past."""

    word: str
    unit_of_measure: str
    target: Decimal
    weight: Decimal
    step: Decimal | None = None
    previous: Decimal | None = None


GOALS = (
    SampleGoal("revenue", "CNY", Decimal("11385000.00"), Decimal("50.00"), Decimal("0.01"), Decimal("9900000.00")),
    SampleGoal("hospitals", "", Decimal(26), Decimal("30.00"), Decimal(1)),
    SampleGoal("completion", "%", Decimal("95.00"), Decimal("20.00")),
)


def sample_content(company: Company, template: PublishedVersion, stamp: Stamp) -> Content:
    """Return a letter of nobody in this company, over three goals of the year in which it is stamped."""
    words = WORDS[template.body.locale]
    year = stamp.issued_at.year
    plain = {"id": str(NOBODY), "code": "SAMPLE"}
    return Content(
        number=stamp.number,
        company={"id": str(company.id), "key": company.key, "name": company.name},
        employee=Party(NOBODY, "E0001", words["employee"], words["position"]),
        manager=Party(NOBODY, "M0001", words["manager"], words["position"]),
        unit=plain | {"name": words["unit"]},
        cycle=plain | {"name": words["cycle"].format(year)},
        starts_on=date(year, 1, 1),
        ends_on=date(year, 12, 31),
        goals=[_goal(words, each) for each in GOALS],
        template={},
        issued_at=stamp.issued_at,
        verify_code=stamp.verify_code,
        predecessor=Predecessor(stamp.number, stamp.issued_at - timedelta(days=30)) if _tells_changes(template) else None,
    )


def _tells_changes(template: PublishedVersion) -> bool:
    return template.body.design == "addendum" or any(block.kind == "changes" for block in template.body.blocks)


def _goal(words: dict[str, str], sample: SampleGoal) -> BoundGoal:
    return BoundGoal(
        id=NOBODY,
        version_id=NOBODY,
        version_number=1,
        title=words[sample.word],
        metric=words[sample.word],
        unit_of_measure=sample.unit_of_measure or words["count"],
        target=sample.target,
        weight=sample.weight,
        months=tuple(allocate(sample.target, RHYTHM, unit=sample.step)) if sample.step else (),
        previous=sample.previous,
    )
