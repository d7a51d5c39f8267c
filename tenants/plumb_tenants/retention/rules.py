"""Terms of retention: which categories there are, what may become of them, the law's least term, and when one is over; pure.

A term of months ends with the day of the same number, or with the month's last one (PRC Civil Code art. 202); the day that it
starts from is not counted (art. 201). So what is due may go from the day after. A term of 0 months is none: it goes at once.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plumb_platform.words import Word

LONGEST = 1200
"""The longest term in months: a hundred years; longer is KEEP."""


class Category(Word):
    """What is kept for a term of its own."""

    LETTER = "LETTER", "已签署责任书"
    UNSIGNED_LETTER = "UNSIGNED_LETTER", "未签署且已终止的责任书"
    SUBMISSION = "SUBMISSION", "已提交表单"
    DRAFT = "DRAFT", "表单草稿"
    TRIAL = "TRIAL", "责任书模板试用文件"
    SNAPSHOT = "SNAPSHOT", "目标快照"
    SNAPSHOT_FILE = "SNAPSHOT_FILE", "快照导出文件"
    MESSAGE = "MESSAGE", "站内消息"
    SESSION = "SESSION", "登录记录"
    PERSON = "PERSON", "离职员工个人信息"
    AUDIT = "AUDIT", "审计记录"


class Action(Word):
    """What becomes of it when its term is over."""

    KEEP = "KEEP", "永久保存"
    SHRED = "SHRED", "销毁"
    PSEUDONYMISE = "PSEUDONYMISE", "匿名化"


class Event(StrEnum):
    """What a term starts from."""

    LEFT = "LEFT"
    CLOSED = "CLOSED"
    MADE = "MADE"
    ENDED = "ENDED"
    NEVER = "NEVER"


class HoldScope(StrEnum):
    """What a legal hold keeps from being destroyed."""

    COMPANY = "COMPANY"
    CYCLE = "CYCLE"
    LETTER = "LETTER"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class Floor:
    """What may become of a category, from when its term runs, and the least months of it with their source.

    A company may keep longer, never shorter. `source` names a law where we are sure of one, else why Plumb itself says so.
    """

    action: Action
    event: Event
    months: int
    zh: str
    en: str


_LABOUR = (
    "《劳动合同法》第五十条第三款：已解除或终止的劳动合同文本至少保存二年备查",
    "PRC Labour Contract Law art. 50(3): texts of ended labour contracts are kept for at least two years",
)
_NETWORK = (
    "《网络安全法》（2016）第二十一条第三项：网络日志留存不少于六个月",
    "PRC Cybersecurity Law (2016) art. 21(3): network logs are kept for at least six months",
)
_SHORT = (
    "《个人信息保护法》第十九条：保存期限为实现处理目的所必要的最短时间",
    "PRC Personal Information Protection Law art. 19: no longer than the purpose needs",
)
_INTACT = (
    "《电子签名法》第五条、第六条：数据电文须保持完整、未被更改；快照永不过期",
    "PRC Electronic Signature Law art. 5 and 6: a data message stays whole and unaltered; snapshots never expire",
)
_CHAIN = (
    "审计链以摘要相连，删改任何一条即无法核验；依《个人信息保护法》第四十七条第二款仅作存储",
    "Entries are chained by hash, so none can go; PIPL art. 47: where deletion is not feasible, storage only",
)
_EVIDENCE = (
    "与其所支持的责任书同期保存（准绳规则）",
    "Kept as long as the letters that rest on it (Plumb's own rule)",
)
_ONCE = (
    "防止同一事项重复通知（准绳规则）",
    "A message also keeps its occasion from being told twice (Plumb's own rule)",
)
FLOORS: Mapping[Category, Floor] = {
    Category.LETTER: Floor(Action.SHRED, Event.LEFT, 24, *_LABOUR),
    Category.UNSIGNED_LETTER: Floor(Action.SHRED, Event.CLOSED, 0, *_SHORT),
    Category.SUBMISSION: Floor(Action.SHRED, Event.LEFT, 24, *_EVIDENCE),
    Category.DRAFT: Floor(Action.SHRED, Event.MADE, 1, *_SHORT),
    Category.TRIAL: Floor(Action.SHRED, Event.MADE, 0, *_SHORT),
    Category.SNAPSHOT: Floor(Action.KEEP, Event.NEVER, 0, *_INTACT),
    Category.SNAPSHOT_FILE: Floor(Action.SHRED, Event.MADE, 0, *_SHORT),
    Category.MESSAGE: Floor(Action.SHRED, Event.MADE, 12, *_ONCE),
    Category.SESSION: Floor(Action.SHRED, Event.ENDED, 6, *_NETWORK),
    Category.PERSON: Floor(Action.PSEUDONYMISE, Event.LEFT, 0, *_SHORT),
    Category.AUDIT: Floor(Action.KEEP, Event.NEVER, 0, *_CHAIN),
}

ON_REQUEST: Mapping[Category, int] = {
    Category.PERSON: 0,
    Category.UNSIGNED_LETTER: 0,
    Category.DRAFT: 0,
    Category.TRIAL: 0,
    Category.MESSAGE: 0,
    Category.SESSION: FLOORS[Category.SESSION].months,
}
"""The terms in months of what goes when a leaver's data is to be erased: only the law keeps it longer (PIPL art. 47)."""


def last_day(event: date, months: int) -> date:
    """Return the last day of a term of months from the day of an event; the last day of time where it lies beyond."""
    year, month = divmod(event.year * 12 + event.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(event.day, monthrange(year, month + 1)[1]))


def over_before(months: int, today: date) -> date:
    """Return the day before which the last day of a term lies when it is over; no months at all are no term."""
    return today if months else today + timedelta(days=1)


def is_over(event: date | None, months: int, *, floor: int, today: date, held: bool) -> bool:
    """Return whether what an event started may go today; never while it is held, never before the floor, never undated."""
    return event is not None and not held and last_day(event, max(months, floor)) < over_before(max(months, floor), today)
