"""Letters whose term of retention is over: what they said is destroyed, what proves them stays."""

from plumb_platform.errors import Refused
from plumb_tenants.letters.models import Letter


class LetterShredded(Refused):
    """What is destroyed cannot be had again."""

    code = "LETTER_SHREDDED"
    zh = "责任书 {number} 保存期满，内容与文件已于 {day} 按保存规则销毁。"
    en = "The letter {number} was destroyed under retention on {day}, when its term was over."


def refuse_shredded(letter: Letter) -> None:
    """Raise LETTER_SHREDDED for a letter that was destroyed."""
    if letter.shredded_at is not None:
        raise LetterShredded(field="letterId", number=letter.number, day=letter.shredded_at.date())
