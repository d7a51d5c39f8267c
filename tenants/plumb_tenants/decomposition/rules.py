"""Splitting a total over children by weighted factors: exact scores, exact values, exact contributions (C83, C98, N1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import lcm

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import allocate_units, amount_of, equal_units, units_of, whole_weights
from plumb_platform.numbers.row_split import split_rows
from plumb_platform.telling import Said
from plumb_platform.words import Word
from plumb_tenants.decomposition.steps import ChildInvalid, Column, StepKind, Terms, step_columns

CENT = Decimal("0.01")
SHARE_PLACES = Decimal("0.000001")
ZERO = Decimal(0)


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


class FactorInputMissing(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """Every child needs a value of every factor: missing is not zero."""

    code = "FACTOR_INPUT_MISSING"
    zh = "“{child}”缺少因子“{factor}”的数据，请填写，或补录其数据来源（指标、画像报告）。"
    en = "{child} has no value of the factor {factor}; give it, or record what it is taken from (metric, report)."


class FactorInputNegative(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """A share cannot be negative."""

    code = "FACTOR_INPUT_NEGATIVE"
    zh = "“{child}”的因子“{factor}”为 {value}，不能为负数。"
    en = "{child} has {value} of the factor {factor}, which cannot be negative."


class FactorAllZero(InvalidInput, tells={"children": "Person.name|OrgUnit.name"}):
    """A factor that is zero for all children says nothing about their shares."""

    code = "FACTOR_ALL_ZERO"
    zh = "因子“{factor}”在全部下级（{children}）中均为 0，无法计算占比。"
    en = "The factor {factor} is 0 for every child ({children}), so nobody has a share of it."


class FactorSharesExceed(InvalidInput):
    """Parts of a whole are not more than the whole."""

    code = "FACTOR_SHARES_EXCEED"
    zh = "因子“{factor}”的已填数据合计 {sum}，超过整体 {whole}。"
    en = "The values of the factor {factor} come to {sum}, more than the whole of {whole}."


@dataclass(frozen=True, slots=True)
class WeightedFactor:
    """A factor with its weight in percent and one value per child; values may be shares or raw figures alike.

    `weights` gives each child its own weight, where weight sets do; `whole` lets a missing value take what the others leave.
    """

    key: str
    name: str
    weight: Decimal
    values: Sequence[Decimal | None]
    weights: Sequence[Decimal] | None = None
    whole: Decimal | None = None


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
    parts: Sequence[Column]
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
    parts = _parts(children, factors)
    whole, cents = units_of(total, unit), units_of(unit, CENT)
    scores = list(map(sum, zip(*parts, strict=True)))
    base = allocate_units(whole, scores)
    values: Column = base
    steps: list[tuple[StepKind, Column]] = []
    if terms is not None:
        values, steps = step_columns(whole, base, scores, terms, children=children, unit=unit, days=days)
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


def _parts(children: Sequence[str], factors: Sequence[WeightedFactor]) -> list[list[int]]:
    """Give, per factor, each child's part of the score, as integers on one common denominator."""
    values = [whole_weights(_checked(children, factor)) for factor in factors]
    wholes = [sum(column) or 1 for column in values]
    common = lcm(*wholes)
    weights = _weights(len(children), factors)
    scales = [common // whole for whole in wholes]
    return [
        [value * weight for value, weight in zip(column, _scaled(row, scale), strict=True)]
        for column, scale, row in zip(values, scales, weights, strict=True)
    ]


def _scaled(weights: Sequence[int], scale: int) -> list[int]:
    known = {weight: weight * scale for weight in set(weights)}
    return [known[weight] for weight in weights]


def _weights(size: int, factors: Sequence[WeightedFactor]) -> list[Sequence[int]]:
    """Give, per factor, each child's weight, as integers in the proportions of the percents."""
    if all(factor.weights is None for factor in factors):
        return [[weight] * size for weight in whole_weights([factor.weight for factor in factors])]
    rows = [[factor.weight] * size if factor.weights is None else factor.weights for factor in factors]
    flat = whole_weights([weight for row in rows for weight in row])
    return [flat[place * size : (place + 1) * size] for place in range(len(rows))]


def _checked(children: Sequence[str], factor: WeightedFactor) -> list[Decimal]:
    """Give the value of each child; one that weighs nothing for a child may be missing there and counts as zero."""
    weights = factor.weights if factor.weights is not None else [factor.weight] * len(children)
    if min((value for value in factor.values if value is not None), default=ZERO) < 0:
        at, value = next((at, value) for at, value in enumerate(factor.values) if value is not None and value < 0)
        raise FactorInputNegative(at=at, part="figures", name=factor.key, factor=factor.name, child=children[at], value=value)
    answered = _answered(factor)
    missing = [at for at, value in enumerate(answered) if value is None]
    for at in missing:
        if weights[at]:
            raise FactorInputMissing(at=at, part="figures", name=factor.key, factor=factor.name, child=children[at])
    known = [value or ZERO for value in answered]
    if not any(known) and any(weights):
        names = "、".join(children[:3]) + ("…" if len(children) > 3 else "")
        raise FactorAllZero(row=Said.LATER, field=f"inputs.{factor.key}", factor=factor.name, children=names)
    return known


def _answered(factor: WeightedFactor) -> Sequence[Decimal | None]:
    """Give who did not answer an equal part of what the answers leave of the whole; all scaled alike, so exact (A8)."""
    if factor.whole is None:
        return factor.values
    answers = [value for value in factor.values if value is not None]
    rest, silent = factor.whole - sum(answers, ZERO), len(factor.values) - len(answers)
    if rest < 0:
        raise FactorSharesExceed(field=f"inputs.{factor.key}", factor=factor.name, sum=factor.whole - rest, whole=factor.whole)
    return [rest if value is None else value * silent for value in factor.values] if silent else factor.values
