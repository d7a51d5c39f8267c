"""Letters of one run as the product prints them: a shipped template, people of many units, goals in money and in counts."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_tenants.letters.battle_map import battle_map
from plumb_tenants.letters.definition import LetterBody
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.printing import Signed, printed_letter, signed_letter
from plumb_tenants.letters.rules import BoundGoal, Content, Party, Predecessor, Role, canonical_content
from plumb_tenants.letters.shipped import ShippedLetter, shipped_body
from plumb_tenants.letters.signing_rules import StepUp

UNSTORED = {"verify_url", "goals_sha256"}
NOBODY, ZONE = UUID(int=0), "Asia/Shanghai"
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许", "明华婷睿琪瑶芃喆志强丽娜靖宇梓涵昊轩一丁"
UNITS = ("华南大区", "广东省区", "广西省区", "华东大区", "上海办事处", "重点客户部", "市场部")
POSITIONS = ("省区经理", "医药代表", "大区经理", "高级产品专员")
GOALS = (("销售回款额", "CNY"), ("新进院三甲医院数", "家"), ("重点产品推广完成率", "%"))


def letters_of_a_run(shipped: ShippedLetter, count: int, *, seed: int = 5, again: bool = False) -> Iterator[LetterDocument]:
    """Yield `count` signed letters of a template; with `again` each takes the place of one from the year's beginning."""
    chance = random.Random(f"{shipped} {seed}")
    body = LetterBody.model_validate(shipped_body(shipped))
    for place in range(count):
        content = _content(chance, place, again=again)
        stored = printed_letter(body, content, time_zone=ZONE).model_dump(mode="json", exclude=UNSTORED)
        moment = content.issued_at + timedelta(seconds=chance.randrange(10**6))
        signed = [
            Signed(Role.EMPLOYEE, content.employee, moment, proof=StepUp.NONE),
            Signed(Role.MANAGER, content.manager, moment + timedelta(minutes=chance.randrange(500)), proof=StepUp.NONE),
        ]
        address = f"https://plumb.example.com/verify/{content.verify_code.replace('-', '')}"
        yield signed_letter(stored, signed, time_zone=ZONE, verify_url=address, goals_sha256=chance.randbytes(32).hex())


def maps_of_a_run(count: int, *, seed: int = 5) -> Iterator[LetterDocument]:
    """Yield the battle maps that are made of `count` signed letters."""
    chance = random.Random(f"map {seed}")
    body = LetterBody.model_validate(shipped_body(ShippedLetter.FORMAL_ZH))
    for place in range(count):
        content = _content(chance, place, again=False)
        printed = printed_letter(body, content, time_zone=ZONE)
        canonical = canonical_bytes(canonical_content(content, printed)).decode()
        yield battle_map(
            Letter(
                tenant_id=NOBODY,
                number=content.number,
                verify_code=content.verify_code,
                content=printed.model_dump(mode="json", exclude=UNSTORED),
                canonical=canonical,
                canonical_sha256=chance.randbytes(32).hex(),
            )
        )


def _content(chance: random.Random, place: int, *, again: bool) -> Content:
    issued_at = datetime(2026, 1, 5, 3, tzinfo=UTC)
    token = "".join(chance.choices("abcdefgABCDEFGWMilj0123456789", k=16))
    plain = {"id": str(NOBODY), "key": "huakang", "code": "X"}
    return Content(
        number=f"ZRS-2026-{place + 100:06}",
        company=plain | {"name": "华康医疗器械股份有限公司"},
        employee=_party(chance, f"HK{place:04}"),
        manager=_party(chance, f"M{place % 40:03}"),
        unit=plain | {"name": chance.choice(UNITS)},
        cycle=plain | {"name": "2026 年度"},
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        goals=[_goal(chance, title, unit, again=again) for title, unit in GOALS],
        template={},
        issued_at=issued_at,
        verify_code="-".join(token[at : at + 4] for at in range(0, 16, 4)),
        predecessor=Predecessor(f"ZRS-2026-{chance.randrange(10**5):06}", issued_at - timedelta(days=3)) if again else None,
    )


def _party(chance: random.Random, number: str) -> Party:
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2, 2))))
    return Party(NOBODY, number, name, chance.choice(POSITIONS))


def _goal(chance: random.Random, title: str, unit: str, *, again: bool) -> BoundGoal:
    step = Decimal("0.01") if unit in ("CNY", "%") else Decimal(1)
    most = {"CNY": 10 ** chance.randint(4, 7), "%": 10**3}.get(unit, 12)
    months = () if unit == "%" else tuple(step * chance.randrange(1, most) for _ in range(12))
    target = sum(months, Decimal()) if months else Decimal("95.00")
    before = target * chance.randrange(80, 120) / 100
    return BoundGoal(
        id=NOBODY,
        version_id=NOBODY,
        version_number=1,
        title=title,
        metric=title,
        unit_of_measure=unit,
        target=target,
        weight=Decimal("50.00") if unit == "CNY" else Decimal("25.00"),
        months=months,
        previous=before.quantize(step) if again else None,
    )
