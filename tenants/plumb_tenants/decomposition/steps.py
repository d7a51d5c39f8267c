"""Steps from what the factors give to what is suggested: coefficients, presence, holds, ramps; each step an exact amount.

The first three move amounts between children, so that the total stays; a ramp and a report that is not there take away, and what
they take is the gap that the parent sees (C50, A3, A5, A9, C82).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import allocate_units, amount_of, units_of, whole_weights
from plumb_platform.telling import Said

ONE = Decimal(1)


class ChildInvalid(InvalidInput):
    """A fault in what is given of one child: `at` is its place among the children, `part` what of it, `name` which of several."""

    def __init__(self, *, at: int, part: str, name: str | None = None, **values: object) -> None:
        self.at, self.part, self.name = at, part, name
        super().__init__(field=f"inputs.{part}", row=Said.LATER, **values)


class HoldImpossible(
    ChildInvalid,
    tells={"children": "Person.name|OrgUnit.name", "total": "DefinitionVersion.body", "rest": "DefinitionVersion.body"},
):
    """What is held fits into the total, and somebody is left to take the rest; a total that a template pads tells its padding."""

    code = "HOLD_IMPOSSIBLE"
    zh = "锁定值合计 {held}（{children}）与待拆解总额 {total} 不相容，余额 {rest} 无法由其他下级承担。"
    en = "The held values of {children} come to {held}, which does not fit the total {total}: nobody can take the rest of {rest}."


class StepKind(StrEnum):
    """What moved a child's part away from what the factors alone give."""

    COEFFICIENT = "COEFFICIENT"
    PRESENCE = "PRESENCE"
    HELD = "HELD"
    RAMP = "RAMP"
    BLOCKED = "BLOCKED"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one child: a coefficient on its score, the working days that it is there for, a held value, a ramp.

    `presence` None means all the days; `ramp` is the part of a full target that is carried; who is `blocked` gets nothing yet.
    """

    coefficient: Decimal = ONE
    presence: int | None = None
    held: Decimal | None = None
    ramp: Fraction | None = None
    blocked: bool = False


Column = list[int]


def step_columns(
    whole: int, base: Column, scores: Column, terms: Sequence[Terms], *, children: Sequence[str], unit: Decimal, days: int
) -> tuple[Column, list[tuple[StepKind, Column]]]:
    """Return the suggested units of each child, and what each step that took place moved; base and steps add up to them.

    `days` are the working days of the whole period. Raises HOLD_IMPOSSIBLE, INDIVISIBLE_TOTAL (a held value with parts of
    a unit), NO_WEIGHT (nobody is there on any day).
    """
    steps: list[tuple[StepKind, Column]] = []
    values = base
    for kind, column in _columns(whole, base, scores, terms, children=children, unit=unit, days=days):
        steps.append((kind, [new - old for new, old in zip(column, values, strict=True)]))
        values = column
    return values, steps


def _columns(
    whole: int, base: Column, scores: Column, terms: Sequence[Terms], *, children: Sequence[str], unit: Decimal, days: int
) -> Iterator[tuple[StepKind, Column]]:
    values = base
    if any(each.coefficient != ONE for each in terms):
        scores = _product(scores, whole_weights([each.coefficient for each in terms]))
        values = allocate_units(whole, scores)
        yield StepKind.COEFFICIENT, values
    if any(each.presence is not None for each in terms):
        scores = _product(scores, [days if each.presence is None else each.presence for each in terms])
        values = allocate_units(whole, scores)
        yield StepKind.PRESENCE, values
    if any(each.held is not None for each in terms):
        values = _held(whole, scores, terms, children, unit)
        yield StepKind.HELD, values
    if any(each.ramp is not None for each in terms):
        values = [_ramped(value, each) for value, each in zip(values, terms, strict=True)]
        yield StepKind.RAMP, values
    if any(each.blocked for each in terms):
        yield StepKind.BLOCKED, [0 if each.blocked else value for value, each in zip(values, terms, strict=True)]


def _product(scores: Column, factors: Sequence[int]) -> Column:
    return [score * factor for score, factor in zip(scores, factors, strict=True)]


def _held(whole: int, scores: Column, terms: Sequence[Terms], children: Sequence[str], unit: Decimal) -> Column:
    """Keep what is held and split the rest over the others; a zero hold is a zero (A8, A9)."""
    held = [None if each.held is None else units_of(each.held, unit) for each in terms]
    fixed = sum(value for value in held if value is not None)
    free = [score if value is None else 0 for score, value in zip(scores, held, strict=True)]
    rest = whole - fixed
    opposed = any(value * whole < 0 for value in held if value)
    if opposed or rest * whole < 0 or (rest and not any(free)):
        names = "、".join(child for child, value in zip(children, held, strict=True) if value is not None)
        first = next(place for place, value in enumerate(held) if value is not None)
        amounts: dict[str, Any] = {"held": amount_of(fixed, unit), "total": amount_of(whole, unit), "rest": amount_of(rest, unit)}
        raise HoldImpossible(at=first, part="held", children=f"{names:.200}", **amounts)
    shares = allocate_units(rest, free) if rest else [0] * len(free)
    return [share if value is None else value for share, value in zip(shares, held, strict=True)]


def _ramped(value: int, terms: Terms) -> int:
    """Return the part of a value that somebody on a ramp carries, in whole units towards zero; a held value is kept."""
    if terms.ramp is None or terms.held is not None:
        return value
    carried = abs(value) * terms.ramp.numerator // terms.ramp.denominator
    return carried if value >= 0 else -carried
