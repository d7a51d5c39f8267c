"""Rules of goals: the states that a goal passes through, and its target spread over the months of its cycle."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import allocate_units, amount_of, is_modest, units_of, whole_weights
from plumb_platform.words import Word

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 16
"""Amounts stay below this, so that the sums of many still fit their columns."""
LONGEST_CYCLE = 36
"""Months that a cycle may touch: three years, the longest plan that goals are set for."""


class AmountInvalid(InvalidInput):
    """A target is a finite amount to the cent, within the width of its column."""

    code = "AMOUNT_INVALID"
    zh = "数值 {value} 无效：须精确到 0.01，且绝对值小于 {largest}。"
    en = "The value {value} is not valid: at most two decimals, and below {largest} in size."


class GoalState(Word):
    """Where a goal stands between its author and its owner."""

    DRAFT = "DRAFT", "草稿"
    PROPOSED = "PROPOSED", "待确认"
    CONFIRMED = "CONFIRMED", "已确认"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class GoalAct(StrEnum):
    """What moves a goal from one state to the next."""

    PROPOSE = "PROPOSE"
    CONFIRM = "CONFIRM"
    REVISE = "REVISE"
    WITHDRAW = "WITHDRAW"


MOVES = {
    (GoalState.DRAFT, GoalAct.PROPOSE): GoalState.PROPOSED,
    (GoalState.PROPOSED, GoalAct.CONFIRM): GoalState.CONFIRMED,
    # New numbers are nobody's word yet: the owner confirms again (C8).
    (GoalState.PROPOSED, GoalAct.REVISE): GoalState.PROPOSED,
    (GoalState.CONFIRMED, GoalAct.REVISE): GoalState.PROPOSED,
    (GoalState.DRAFT, GoalAct.WITHDRAW): GoalState.WITHDRAWN,
    (GoalState.PROPOSED, GoalAct.WITHDRAW): GoalState.WITHDRAWN,
    (GoalState.CONFIRMED, GoalAct.WITHDRAW): GoalState.WITHDRAWN,
}


def next_state(state: str, act: GoalAct) -> GoalState | None:
    """Name the state that an act leads to, or None where the act has no place."""
    return MOVES.get((GoalState(state), act))


def months_of(starts_on: date, ends_on: date) -> list[date]:
    """List the first day of each calendar month that the period touches, both ends included."""
    first, last = starts_on.year * 12 + starts_on.month - 1, ends_on.year * 12 + ends_on.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]


def spread_over_months(target: Decimal, months: int) -> list[Decimal]:
    """Split a target evenly over months, to the cent: what `allocate` gives equal weights, so the parts add up exactly (N1)."""
    cents = units_of(target, CENT)
    share, more = divmod(abs(cents), months)
    less, greater = (amount_of(each if cents >= 0 else -each, CENT) for each in (share, share + 1))
    return [greater] * more + [less] * (months - more)


def spread_like(target: Decimal, months: Sequence[Decimal]) -> list[Decimal]:
    """Split a new target over months as the old one was: evenly, or in the proportions of its season (A4)."""
    before = list(months)
    if max(before) - min(before) <= CENT:
        return spread_over_months(target, len(before))
    weights = whole_weights([abs(month) for month in before])
    return [amount_of(share, CENT) for share in allocate_units(units_of(target, CENT), weights)]


def check_amount(amount: Decimal, *, field: str) -> None:
    """Refuse an amount with parts of a cent, or wider than its column, with AmountInvalid."""
    if not is_modest(amount) or abs(amount) >= LARGEST or amount != amount.quantize(CENT):
        raise AmountInvalid(field=field, value=f"{amount!s:.40}", largest=f"{LARGEST:,}")


def is_text(text: str, *, longest: int) -> bool:
    """Tell whether a text says something, fits, and holds nothing that the database refuses."""
    return bool(text.strip()) and len(text) <= longest and "\x00" not in text
