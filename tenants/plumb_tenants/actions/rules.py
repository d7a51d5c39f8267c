"""Rules of tasks: what a swap may replace, what counts as done, and the compliance that follows; pure (C36, C42)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.telling import Said

HUNDRED, CENT = Decimal(100), Decimal("0.01")


class Cadence(StrEnum):
    """How long a task has: a week from its Monday, or a calendar month."""

    WEEK = "WEEK"
    MONTH = "MONTH"


class TaskState(StrEnum):
    """A task is DONE when what was done and what was swapped make its quantity."""

    OPEN = "OPEN"
    DONE = "DONE"


class SwapWithoutBase(Refused, tells={"base": "Task.quantity", "done": "Task.done"}):
    """Only who has done the base quantity may swap the rest."""

    code = "SWAP_WITHOUT_BASE"
    zh = "须先完成基础量 {base}，目前已完成 {done}，暂不能置换。"
    en = "The base quantity of {base} comes first; {done} are done, so nothing can be swapped yet."


class SwapOverLimit(Refused, tells={"most": "Task.quantity Task.done Task.replaced"}):
    """A part of a task may be replaced, and no more."""

    code = "SWAP_OVER_LIMIT"
    zh = "本次置换相当于 {asked}，最多还可置换 {most}。"
    en = "This swap replaces {asked}; {most} at most may still be replaced."


class SwapTooSmall(InvalidInput):
    """A swap replaces one unit at least."""

    code = "SWAP_TOO_SMALL"
    zh = "数量 {quantity} 按兑换率 {rate} 不足以置换一个单位。"
    en = "{quantity} at the rate {rate} replace less than one unit."


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a task stands: its quantity, what was done of it, what was replaced, and what of that the rules credit."""

    quantity: int
    done: int
    replaced: int
    credited: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a task in percent: of what was done itself, of what was swapped, and both."""

    base: Decimal
    swapped: Decimal

    @property
    def total(self) -> Decimal:
        """Return both parts together, 100 at most."""
        return min(self.base + self.swapped, HUNDRED)


def base_quantity(quantity: int, base_percent: Decimal) -> int:
    """Return how many must be done before anything is swapped, rounded up."""
    return int((quantity * base_percent / HUNDRED).to_integral_value(ROUND_CEILING))


def replaced_by(standing: Standing, *, acts: int, rate: Decimal, base_percent: Decimal, most_percent: Decimal) -> int:
    """Return how many units `acts` of another kind replace, or raise why they may not.

    `rate` says how many one act replaces; whole units alone count. Raises SwapTooSmall, SwapWithoutBase, SwapOverLimit.
    """
    replaced = int((acts * rate).to_integral_value(ROUND_FLOOR)) if acts > 0 else 0
    if replaced < 1:
        raise SwapTooSmall(field="quantity", quantity=acts, rate=f"{rate:f}")
    base = base_quantity(standing.quantity, base_percent)
    if standing.done < base:
        raise SwapWithoutBase(field="taskId", row=Said.LATER, base=base, done=standing.done)
    share = int((standing.quantity * most_percent / HUNDRED).to_integral_value(ROUND_FLOOR)) - standing.replaced
    most = max(0, min(share, standing.quantity - standing.done - standing.replaced))
    if replaced > most:
        raise SwapOverLimit(field="quantity", row=Said.LATER, asked=replaced, most=most)
    return replaced


def credited(replaced: int, credit_percent: Decimal) -> Decimal:
    """Return what of replaced units counts as done, by the credit of the rule that replaced them."""
    return (replaced * credit_percent / HUNDRED).quantize(CENT, ROUND_HALF_UP)


def counted(standing: Standing) -> Decimal:
    """Return how much of a task counts as done: each act once and what swaps are credited, its quantity at most."""
    return min(Decimal(standing.quantity), standing.done + standing.credited).quantize(CENT, ROUND_HALF_UP)


def score(standing: Standing) -> Score:
    """Return the score of a task; a swap adds to it and never touches the part that was done itself."""
    base = min(Decimal(standing.done) / standing.quantity, Decimal(1)) * HUNDRED
    swapped = standing.credited / standing.quantity * HUNDRED
    return Score(base.quantize(CENT, ROUND_HALF_UP), swapped.quantize(CENT, ROUND_HALF_UP))


def state_of(standing: Standing) -> TaskState:
    """Return the state that a task's numbers give it."""
    return TaskState.DONE if standing.done + standing.replaced >= standing.quantity else TaskState.OPEN


def compliance(tasks: Iterable[tuple[int, Decimal]]) -> Decimal | None:
    """Return the percentage of planned key actions that count as done, given (planned, counted); None for nothing planned."""
    pairs = list(tasks)
    planned = sum(each for each, _ in pairs)
    done = sum((each for _, each in pairs), Decimal(0))
    return (done / planned * HUNDRED).quantize(CENT, ROUND_HALF_UP) if planned else None
