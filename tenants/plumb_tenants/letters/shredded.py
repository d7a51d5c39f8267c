"""Letters whose term of retention is over: what they said is destroyed, what proves them stays."""

from datetime import date
from zoneinfo import ZoneInfo

from plumb_platform.database import fetch_value
from plumb_platform.errors import Refused
from plumb_tenants.letters.models import Letter


class LetterShredded(Refused, tells={"number": "Letter.number"}):
    """What is destroyed cannot be had again."""

    code = "LETTER_SHREDDED"
    zh = "责任书 {number} 保存期满，内容与文件已于 {day} 按保存规则销毁。"
    en = "The letter {number} was destroyed under retention on {day}, when its term was over."


async def shredded_on(letter: Letter) -> date | None:
    """Return the day on which a letter was destroyed where its company is: it happens at night, when UTC tells another."""
    zone = await fetch_value("select time_zone from company") if letter.shredded_at else ""
    return letter.shredded_at.astimezone(ZoneInfo(zone)).date() if letter.shredded_at else None


async def refuse_shredded(letter: Letter) -> None:
    """Raise LETTER_SHREDDED for a letter that was destroyed."""
    day = await shredded_on(letter)
    if day is not None:
        raise LetterShredded(field="letterId", row=letter.id, number=letter.number, day=day)
