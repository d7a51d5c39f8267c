"""Weighing children by factors: exact scores on one common denominator, whatever unit each factor is in (C83, N1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import lcm

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import ZERO, InvalidWeight, whole_weights
from plumb_platform.numbers.decimal_column import LARGEST, Int64s
from plumb_platform.numbers.sum_split import ScaledColumn
from plumb_platform.telling import Said
from plumb_tenants.decomposition.steps import ChildInvalid, Column


class FactorInputMissing(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """Every child needs a value of every factor: missing is not zero."""

    code = "FACTOR_INPUT_MISSING"
    zh = "“{child}”缺少因子“{factor}”的数据，请填写，或补录其数据来源（指标、画像报告）。"
    en = "{child} has no value of the factor {factor}; give it, or record what it is taken from (metric, report)."


class FactorInputNegative(ChildInvalid, tells={"child": "Person.name|OrgUnit.name", "value": "PlanNode.factors"}):
    """A share cannot be negative."""

    code = "FACTOR_INPUT_NEGATIVE"
    zh = "“{child}”的因子“{factor}”为 {value}，不能为负数。"
    en = "{child} has {value} of the factor {factor}, which cannot be negative."


class FactorAllZero(InvalidInput, tells={"children": "Person.name|OrgUnit.name"}):
    """A factor that is zero for all children says nothing about their shares."""

    code = "FACTOR_ALL_ZERO"
    zh = "因子“{factor}”在全部下级（{children}）中均为 0，无法计算占比。"
    en = "The factor {factor} is 0 for every child ({children}), so nobody has a share of it."


class FactorSharesExceed(InvalidInput, tells={"sum": "PlanNode.factors"}):
    """Parts of a whole are not more than the whole."""

    code = "FACTOR_SHARES_EXCEED"
    zh = "因子“{factor}”的已填数据合计 {sum}，超过整体 {whole}。"
    en = "The values of the factor {factor} come to {sum}, more than the whole of {whole}."


@dataclass(frozen=True, slots=True)
class WeightedFactor:
    """A factor with its weight in percent and one value per child; values may be shares or raw figures alike.

    `weights` gives each child its own weight, where weight sets do; `whole` lets a missing value take what the others leave;
    `integers` are the values in their proportions, where all of many are given and no longer than 64 bits.
    """

    key: str
    name: str
    weight: Decimal
    values: Sequence[Decimal | None]
    weights: Sequence[Decimal] | None = None
    whole: Decimal | None = None
    integers: "Int64s | None" = field(default=None, compare=False, repr=False)


def parts_of(children: Sequence[str], factors: Sequence[WeightedFactor]) -> Sequence[Column | ScaledColumn]:
    """Give, per factor, each child's part of the score, as integers on one common denominator.

    Raises FACTOR_INPUT_MISSING, FACTOR_INPUT_NEGATIVE, FACTOR_ALL_ZERO, FACTOR_SHARES_EXCEED.
    """
    scaled = _in_arrays(factors)
    if scaled is not None:
        return scaled
    values = [whole_weights(_checked(children, factor)) for factor in factors]
    wholes = [sum(column) or 1 for column in values]
    common = lcm(*wholes)
    weights = _weights(len(children), factors)
    scales = [common // whole for whole in wholes]
    return [
        [value * weight for value, weight in zip(column, _times(row, scale), strict=True)]
        for column, scale, row in zip(values, scales, weights, strict=True)
    ]


def _times(weights: Sequence[int], scale: int) -> list[int]:
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
        raise FactorSharesExceed(
            field=f"inputs.{factor.key}", row=Said.LATER, factor=factor.name, sum=factor.whole - rest, whole=factor.whole
        )
    return [rest if value is None else value * silent for value in factor.values] if silent else factor.values


def _in_arrays(factors: Sequence[WeightedFactor]) -> list[ScaledColumn] | None:
    """Give the same parts as scaled columns, where every factor has integers that are not all zero; else None."""
    columns = [factor.integers for factor in factors if factor.integers is not None and factor.whole is None]
    if len(columns) < len(factors) or not all(column.any() for column in columns):
        return None
    wholes = [int(column.sum()) for column in columns]
    common = lcm(*wholes)
    scales = [common // whole for whole in wholes]
    if all(factor.weights is None for factor in factors):
        weights = whole_weights([factor.weight for factor in factors])
        return [ScaledColumn(column, scale * weight) for column, scale, weight in zip(columns, scales, weights, strict=True)]
    weighted = _weighted(columns, factors)
    if weighted is None:
        return None
    return [ScaledColumn(column, scale) for column, scale in zip(weighted, scales, strict=True)]


def _weighted(columns: Sequence[Int64s], factors: Sequence[WeightedFactor]) -> list[Int64s] | None:
    """Multiply the integers of each factor by its weight for each child, or give None where that could be too long."""
    import numpy as np

    percents = [[factor.weight] if factor.weights is None else factor.weights for factor in factors]
    distinct = list({percent for row in percents for percent in row})
    try:
        whole = dict(zip(distinct, whole_weights(distinct), strict=True))
    except InvalidWeight:
        return None
    if max(whole.values()) * max(int(column.max()) for column in columns) * len(columns[0]) > LARGEST:
        return None
    weights = [np.fromiter(map(whole.__getitem__, row), np.int64, len(row)) for row in percents]
    return [column * weight for column, weight in zip(columns, weights, strict=True)]
