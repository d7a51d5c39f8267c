"""Rules of goals: the states that a goal passes through, and its target spread over the months of its cycle."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of

CENT = Decimal("0.01")
LONGEST_CYCLE = 36
"""Months that a cycle may touch: three years, the longest plan that goals are set for."""


class GoalState(StrEnum):
    """Where a goal stands between its author and its owner."""

    DRAFT = "DRAFT"
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"


class GoalAct(StrEnum):
    """What moves a goal from one state to the next."""

    PROPOSE = "PROPOSE"
    CONFIRM = "CONFIRM"
    REVISE = "REVISE"


MOVES = {
    (GoalState.DRAFT, GoalAct.PROPOSE): GoalState.PROPOSED,
    (GoalState.PROPOSED, GoalAct.CONFIRM): GoalState.CONFIRMED,
    # New numbers are nobody's word yet: the owner confirms again (C8).
    (GoalState.PROPOSED, GoalAct.REVISE): GoalState.PROPOSED,
    (GoalState.CONFIRMED, GoalAct.REVISE): GoalState.PROPOSED,
}


def next_state(state: str, act: GoalAct) -> GoalState | None:
    """This function will name the state that an act leads to, or None where the act has no place."""
    return MOVES.get((GoalState(state), act))


def months_of(starts_on: date, ends_on: date) -> list[date]:
    """This function will list the first day of each calendar month that the period touches, both ends included."""
    first, last = starts_on.year * 12 + starts_on.month - 1, ends_on.year * 12 + ends_on.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]


def spread_over_months(target: Decimal, months: int) -> list[Decimal]:
    """This function will split a target evenly over months, to the cent; the parts add up to it exactly (N1)."""
    return [amount_of(share, CENT) for share in allocate_units(units_of(target, CENT), [1] * months)]
