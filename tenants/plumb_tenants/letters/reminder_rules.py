"""When somebody is reminded of a letter and when it expires; pure (A24)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from plumb_tenants.letters.signing_rules import Counting, LetterRules

IsWorkingDay = Callable[[date], bool]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """How often somebody was reminded since they were asked, in days of the company."""

    asked_on: date
    reminders: int = 0
    reminded_on: date | None = None


def is_due(asked: Asked, today: date, rules: LetterRules, is_working_day: IsWorkingDay) -> bool:
    """Return whether a reminder goes out today: late ones are not made up for, one of each round is enough.

    Days after asking are counted as the rules say; a day that is not worked is passed over, whatever falls on it.
    """
    if asked.reminders >= rules.most_reminders or not is_working_day(today):
        return False
    if days_between(asked.asked_on, today, rules.counting, is_working_day) > rules.remind_within_days:
        return False
    since, needed = (asked.reminded_on, rules.repeat_days) if asked.reminded_on else (asked.asked_on, rules.first_reminder_days)
    return days_between(since, today, rules.counting, is_working_day) >= needed


def days_between(first: date, last: date, counting: Counting, is_working_day: IsWorkingDay) -> int:
    """Return the days after `first` up to `last`, all of them or those that are worked."""
    days = (last - first).days
    if counting is Counting.CALENDAR_DAYS:
        return days
    return sum(is_working_day(first + ONE_DAY * step) for step in range(1, days + 1))
