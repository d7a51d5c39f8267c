"""The kind `decomposition`: factors with weights, the tuning band, the balance rule and the rounding unit of a split."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.tuning import HUNDRED, BalanceRule
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Logic, MetricName, register
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula
from plumb_tenants.metrics.leading import leading_warnings

KIND = "decomposition"
FROM_INPUT = "input"

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
InputName = Annotated[str, Field(min_length=1, max_length=100)]


class WeightsNot100(InvalidInput):
    """The factors' weights share out the whole score."""

    code = "WEIGHTS_NOT_100"
    zh = "因子权重合计为 {total}，须为 100.00。"
    en = "The factors' weights total {total}; they must total 100.00."


class NameTwice(InvalidInput):
    """A factor or an input has one meaning."""

    code = "FACTOR_NAME_TWICE"
    zh = "“{name}”重复出现，因子代号与输入名称不可重复。"
    en = "{name} stands there twice; factor keys and input names are unique."


class FactorNotNumber(InvalidInput):
    """A factor is a number."""

    code = "FACTOR_NOT_NUMBER"
    zh = "因子“{name}”的公式结果是{found_zh}，须为数值。"
    en = "The formula of the factor {name} gives {found_en}; a number is needed."


class OverAssignLimitMissing(InvalidInput):
    """Allowing over-assignment says how far."""

    code = "OVER_ASSIGN_LIMIT_MISSING"
    zh = "平衡规则为 ALLOW_OVERASSIGN 时须填写超额上限（百分比）。"
    en = "The balance rule ALLOW_OVERASSIGN needs a limit in percent."


class RoundingUnitInvalid(InvalidInput):
    """Parts are whole numbers of cents."""

    code = "ROUNDING_UNIT_INVALID"
    zh = "取整单位 {unit} 须为 0.01 的整数倍。"
    en = "The rounding unit {unit} must be a whole multiple of 0.01."


class Level(StrEnum):
    """Over whom a total is split: the units right below, or the people of the unit."""

    UNITS = "units"
    PEOPLE = "people"


class Factor(Body):
    """因子 / One factor: `weight` in percent; `source` is `input` (one figure per child) or a formula over named inputs."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    weight: Percent
    source: Annotated[str, Field(min_length=1, max_length=2000), Logic()] = FROM_INPUT


class DecompositionTemplate(Body):
    """How a total of one metric is split (C83, C84, D5, D6); percents are numbers such as 15, the unit is an amount."""

    metric: Annotated[str, Field(min_length=1, max_length=80), MetricName()]
    unit_of_measure: Annotated[str, Field(min_length=1, max_length=12)]
    level: Level
    factors: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=20)]
    inputs: Annotated[tuple[InputName, ...], Field(max_length=40)] = ()
    band_percent: Percent = Decimal(15)
    balance: BalanceRule = BalanceRule.KEEP_GAP
    over_assign_max_percent: Percent | None = None
    rounding_unit: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] = CENT
    goal_weight: Percent = HUNDRED

    @property
    def input_names(self) -> tuple[str, ...]:
        """Return the names of all figures that a run needs for each child."""
        return self.inputs + tuple(factor.key for factor in self.factors if factor.source == FROM_INPUT)


def lint(body: DecompositionTemplate) -> list[Finding]:
    """Return what stands against publishing: weights, names, formulas, the over-assignment limit, the rounding unit."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    total = sum((factor.weight for factor in body.factors), Decimal("0.00"))
    if total != HUNDRED:
        yield WeightsNot100(field="factors", total=f"{total:f}")
    yield from _repeated(body)
    for position, factor in enumerate(body.factors):
        if factor.source != FROM_INPUT:
            yield from _formula_faults(body, position)
    if body.balance is BalanceRule.ALLOW_OVERASSIGN and body.over_assign_max_percent is None:
        yield OverAssignLimitMissing(field="over_assign_max_percent")
    if body.rounding_unit % CENT:
        yield RoundingUnitInvalid(field="rounding_unit", unit=f"{body.rounding_unit:f}")


def _repeated(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    names = Counter([*body.inputs, *(factor.key for factor in body.factors)])
    for position, factor in enumerate(body.factors):
        if names[factor.key] > 1:
            yield NameTwice(field=f"factors[{position}].key", name=factor.key)
    for position, name in enumerate(body.inputs):
        if body.inputs.index(name) != position:
            yield NameTwice(field=f"inputs[{position}]", name=name)


def _formula_faults(body: DecompositionTemplate, position: int) -> Iterator[InvalidInput]:
    factor, field = body.factors[position], f"factors[{position}].source"
    try:
        found = compile_formula(factor.source, dict.fromkeys(body.input_names, Type.NUMBER)).type
    except FormulaError as error:
        error.field = field
        yield error
        return
    if found is not Type.NUMBER:
        yield FactorNotNumber(field=field, name=factor.name, found_zh=found.text("zh-CN"), found_en=found.text("en"))


register(
    Kind(name=KIND, zh="目标拆解模板", en="Decomposition template", body=DecompositionTemplate, lint=lint, warn=leading_warnings)
)
