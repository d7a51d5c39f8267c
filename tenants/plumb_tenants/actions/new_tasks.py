"""Tasks as they are dispatched: what a task says, and what is wrong with one by itself (C35)."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_tenants.actions.definition import DispatchAction, DispatchRules
from plumb_tenants.actions.rules import Cadence
from plumb_tenants.goals.rules import is_text

MOST_QUANTITY = 10_000


class TaskTextInvalid(InvalidInput):
    """Keys and titles are short text."""

    code = "TASK_TEXT_INVALID"
    zh = "须为 1 到 {longest} 个字符。"
    en = "This has 1 to {longest} characters."


class TaskQuantityInvalid(InvalidInput):
    """A task is about something."""

    code = "TASK_QUANTITY_INVALID"
    zh = "数量 {quantity} 无效：须为 1 到 {most} 的整数。"
    en = "The quantity {quantity} is not valid: a whole number from 1 to {most}."


class TaskStartInvalid(InvalidInput):
    """A week begins on its Monday, a month on its first day."""

    code = "TASK_START_INVALID"
    zh = "起始日 {day} 无效：周任务须从周一开始，月任务须从当月 1 日开始。"
    en = "The task cannot begin on {day}: a week begins on its Monday, a month on its first day."


class TaskActionUnknown(InvalidInput):
    """A task is about an action of the dispatch rules."""

    code = "TASK_ACTION_UNKNOWN"
    zh = "派发规则中没有动作“{action}”，可用动作：{known}。"
    en = "The dispatch rules have no action {action}; they have {known}."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to dispatch under a key of the caller's; without customer codes it is for all of the owner's that fit."""

    key: str
    owner_number: str
    cadence: Cadence
    starts_on: date
    action: str
    quantity: int
    title: str = ""
    customer_grade: str = ""
    contact_role: str = ""
    customer_codes: tuple[str, ...] = ()
    goal_id: UUID | None = None
    metric: str | None = None

    @property
    def ends_on(self) -> date:
        """Return the last day of its week or month."""
        if self.cadence is Cadence.WEEK:
            return self.starts_on + timedelta(days=6)
        return (self.starts_on + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def check_task(given: NewTask, field: str) -> None:
    """Refuse a key or a text that does not fit, a quantity that is none, and a period that does not begin as it should."""
    _check_texts(given, field)
    if not 1 <= given.quantity <= MOST_QUANTITY:
        raise TaskQuantityInvalid(field=f"{field}quantity", quantity=given.quantity, most=MOST_QUANTITY)
    first = given.starts_on.weekday() == 0 if given.cadence is Cadence.WEEK else given.starts_on.day == 1
    if not first or not 2000 <= given.starts_on.year <= 2200:
        raise TaskStartInvalid(field=f"{field}startsOn", day=given.starts_on)


def action_of(given: NewTask, rules: DispatchRules, field: str) -> DispatchAction:
    """Return the action that a task is about, or raise TaskActionUnknown."""
    action = rules.action(given.action)
    if action is None:
        known = ", ".join(each.key for each in rules.actions)
        raise TaskActionUnknown(field=f"{field}action", action=f"{given.action:.40}", known=known)
    return action


def digest_of(given: NewTask) -> str:
    """Return the digest of all that a task says, by which the same task is known again."""
    return sha256_hex(canonical_bytes({name: str(value) for name, value in asdict(given).items()}))


def _check_texts(given: NewTask, field: str) -> None:
    if not is_text(given.key, longest=120):
        raise TaskTextInvalid(field=f"{field}key", longest=120)
    for name, text, longest in (
        ("title", given.title, 200),
        ("customerGrade", given.customer_grade, 40),
        ("contactRole", given.contact_role, 60),
    ):
        if text and not is_text(text, longest=longest):
            raise TaskTextInvalid(field=field + name, longest=longest)
