"""Splitting a total over children by weighted factors: exact scores, exact values, exact contributions (C83, C98, N1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import amount_of, equal_units, units_of
from plumb_platform.numbers.row_split import split_rows
from plumb_platform.numbers.sum_split import ScaledColumn, allocate_sums, sums_of
from plumb_platform.words import Word
from plumb_tenants.decomposition.steps import Column, StepKind, Terms, step_columns
from plumb_tenants.decomposition.weighing import WeightedFactor, parts_of

CENT = Decimal("0.01")
SHARE_PLACES = Decimal("0.000001")


class PlanState(StrEnum):
    """A plan is worked on, then published for good; a scenario stands beside a plan until it is promoted."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SCENARIO = "SCENARIO"
    PROMOTED = "PROMOTED"


LEVEL_TOPIC = "decomposition.level"
"""The jobs that do one level of a run each; the key of one is the run's id and version."""


class RunState(StrEnum):
    """A run works on its levels, waits for the next one's release, stopped at a refusal, is done, or has become goals.

    FAILED is not stored: a run that is RUNNING is seen as FAILED while the job of its next level is.
    """

    RUNNING = "RUNNING"
    WAITING = "WAITING"
    FAILED = "FAILED"
    DONE = "DONE"
    PUBLISHED = "PUBLISHED"


class RoundState(Word):
    """Where a feedback round stands: heard, followed by a proposal, and that accepted or declined."""

    OPEN = "OPEN", "收集中"
    PROPOSED = "PROPOSED", "已提议"
    ACCEPTED = "ACCEPTED", "已采纳"
    DECLINED = "DECLINED", "已否决"


class NothingToSplitOver(InvalidInput):
    """A split needs at least one child."""

    code = "PLAN_WITHOUT_CHILDREN"
    zh = "该部门没有可参与拆解的下级部门或人员。"
    en = "There is nobody to split over: no unit below, or no person in the unit."


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A child's part, in whole cents: by the factors, by an equal split, what each factor brought, what each step moved.

    Cents, because a plan of 100,000 nodes has half a million of these amounts; the properties give them as Decimals.
    """

    cents: int
    equal_cents: int
    brought: tuple[int, ...]
    steps: tuple[tuple[StepKind, int], ...] = ()

    @property
    def value(self) -> Decimal:
        """Return the suggested value."""
        return amount_of(self.cents, CENT)

    @property
    def equal_share(self) -> Decimal:
        """Return what an equal split gives (C98)."""
        return amount_of(self.equal_cents, CENT)

    @property
    def contributions(self) -> tuple[Decimal, ...]:
        """Return what each factor brought, in their order; with the steps it adds up to `value` exactly."""
        return tuple(amount_of(cents, CENT) for cents in self.brought)

    @property
    def moved(self) -> dict[StepKind, Decimal]:
        """Return what each step moved the part by."""
        return {kind: amount_of(cents, CENT) for kind, cents in self.steps}


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The suggestions for all children, column by column; each child's is made when it is asked for.

    `base` is what the factors give before any step, `parts` has a column of scores for each factor, `steps` a column for
    each step that took place.
    """

    cents: Column
    equal_cents: Column
    base: Column
    parts: Sequence[Column | ScaledColumn]
    steps: Sequence[tuple[StepKind, Column]] = ()

    @property
    def values(self) -> list[Decimal]:
        """Return the suggested values."""
        return [amount_of(cents, CENT) for cents in self.cents]

    def brought(self, rows: slice) -> list[Column]:
        """Return what each factor brought to some of the children, to the cent, a column for each factor."""
        return split_rows(self.base[rows], [column[rows] for column in self.parts])

    def __len__(self) -> int:
        return len(self.cents)

    def __getitem__(self, place: int) -> Suggestion:
        at = range(len(self))[place]
        (suggestion,) = self._made(range(at, at + 1))
        return suggestion

    def __iter__(self) -> Iterator[Suggestion]:
        return self._made(range(len(self)))

    def _made(self, places: range) -> Iterator[Suggestion]:
        kinds = [kind for kind, _ in self.steps]
        rows = zip(*self.brought(slice(places.start, places.stop)), strict=True)
        for place, brought in zip(places, rows, strict=True):
            moved = (column[place] for _, column in self.steps)
            yield Suggestion(self.cents[place], self.equal_cents[place], brought, tuple(zip(kinds, moved, strict=True)))


def decompose(
    total: Decimal,
    children: Sequence[str],
    factors: Sequence[WeightedFactor],
    *,
    unit: Decimal = CENT,
    terms: Sequence[Terms] | None = None,
    days: int = 0,
) -> Suggestions:
    """Split `total` over `children` (their names) by sum(weight * share) of each child (C83), then by their terms.

    A share is the child's value over the factor's sum. Values are multiples of `unit` and add up to `total` exactly, less
    what ramps leave open; contributions are in the order of the factors, to the cent. No share is rounded on the way.
    Raises PLAN_WITHOUT_CHILDREN, FACTOR_INPUT_MISSING, FACTOR_INPUT_NEGATIVE, FACTOR_ALL_ZERO, FACTOR_SHARES_EXCEED,
    INDIVISIBLE_TOTAL, HOLD_IMPOSSIBLE, NO_WEIGHT.
    """
    if not children:
        raise NothingToSplitOver
    parts = parts_of(children, factors)
    whole, cents = units_of(total, unit), units_of(unit, CENT)
    base = allocate_sums(whole, parts)
    values: Column = base
    steps: list[tuple[StepKind, Column]] = []
    if terms is not None:
        values, steps = step_columns(whole, base, sums_of(parts), terms, children=children, unit=unit, days=days)
    return Suggestions(
        _times(cents, values),
        _times(cents, equal_units(whole, len(children))),
        _times(cents, base),
        parts,
        [(kind, _times(cents, column)) for kind, column in steps],
    )


def _times(cents: int, units: Column) -> Column:
    return [each * cents for each in units] if cents != 1 else units


def share_of(value: Decimal, whole: Decimal) -> Decimal:
    """Give a share for people to read, as a fraction of 1 to six places; nothing is computed from it."""
    return (value / whole).quantize(SHARE_PLACES) if whole else Decimal(0).quantize(SHARE_PLACES)
