"""What stands against publishing a decomposition template: each fault with its place in the body."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.periods import PERIODS
from plumb_tenants.decomposition.rules import CENT
from plumb_tenants.decomposition.template import FROM_INPUT, DecompositionTemplate, Level
from plumb_tenants.decomposition.template_parts import PresenceSource, WeightSet
from plumb_tenants.decomposition.tuning import HUNDRED, BalanceRule
from plumb_tenants.definitions.kinds import Finding
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula


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
    zh = "因子“{name}”的公式结果是{found}，须为数值。"
    en = "The formula of the factor {name} gives {found}; a number is needed."


class FactorUnknown(InvalidInput):
    """A weight set weighs the factors of its own template."""

    code = "FACTOR_UNKNOWN"
    zh = "权重组“{set}”引用了不存在的因子“{factor}”。"
    en = "The weight set {set} weighs a factor {factor} that the template does not have."


class WeightSetTwice(InvalidInput):
    """A weight set has a key of its own, and weighs a factor once."""

    code = "WEIGHT_SET_TWICE"
    zh = "权重组中“{key}”重复出现。"
    en = "{key} stands there twice among the weight sets."


class ConditionNotBoolean(InvalidInput):
    """A condition is true or false."""

    code = "CONDITION_NOT_BOOLEAN"
    zh = "权重组“{set}”的条件结果是{found}，须为是/否。"
    en = "The condition of the weight set {set} gives {found}; it must be true or false."


class CoefficientTwice(InvalidInput):
    """A unit or a grade has one coefficient from a day on."""

    code = "COEFFICIENT_TWICE"
    zh = "“{of}”的系数重复（同一生效日期）。"
    en = "{of} has two coefficients from the same day on."


class RampNotRising(InvalidInput):
    """Ramp steps stand in the order of their months."""

    code = "RAMP_ORDER"
    zh = "爬坡档位的月数须逐档递增，第 {position} 档为 {months}。"
    en = "Ramp steps go up by months; step {position} has {months}."


class SeasonalityInvalid(InvalidInput):
    """A seasonality has a factor for each of the twelve periods, and not all are zero."""

    code = "SEASONALITY_INVALID"
    zh = "季节系数须为 12 个不小于 0 的数且不全为 0；收到 {count} 个。"
    en = "A seasonality has 12 factors of 0 or more, not all 0; got {count}."


class ReportItemUnknown(InvalidInput):
    """A portrait report is made of figures and facts of the template."""

    code = "REPORT_ITEM_UNKNOWN"
    zh = "画像报告项“{name}”不是模板的数据项或条件事实。"
    en = "The report item {name} is neither a figure nor a fact of the template."


class SourceWithoutFigure(InvalidInput):
    """What is taken from somewhere is a figure of the template, and from one place."""

    code = "SOURCE_WITHOUT_FIGURE"
    zh = "数据来源所填的数据项“{figure}”不在模板的数据项中，或已有其他来源。"
    en = "{figure} is no figure of the template, or is taken from somewhere else already."


class SourceUnclear(InvalidInput):
    """A figure is taken from a metric or from the portrait report."""

    code = "SOURCE_UNCLEAR"
    zh = "数据项“{figure}”的来源须为一个指标（metric），或画像报告的一个字段（reportField，且须设置 portrait），二者取一。"
    en = "The figure {figure} is taken from a metric, or from a reportField of the form that portrait names: give one of them."


class PotentialUnknown(InvalidInput):
    """Fairness is measured by a factor of the template."""

    code = "POTENTIAL_UNKNOWN"
    zh = "公平性所用的因子“{key}”不在模板中。"
    en = "The template has no factor {key} to measure fairness by."


class PaddingAboveCap(InvalidInput):
    """Padding stays within the template's cap."""

    code = "PADDING_ABOVE_CAP"
    zh = "加码 {percent}% 超过模板上限 {cap}%。"
    en = "The padding of {percent} % is above the template's cap of {cap} %."


class PresenceOfUnits(InvalidInput):
    """People are placed in units; units are there all the time."""

    code = "PRESENCE_OF_UNITS"
    zh = "按任职记录折算在岗天数（FROM_PLACEMENTS）仅适用于按人员拆解的模板。"
    en = "Presence from placements (FROM_PLACEMENTS) is for templates that split over people; this one splits over units."


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


def lint(body: DecompositionTemplate) -> list[Finding]:
    """Return what stands against publishing: weights, names, formulas, conditions, coefficients, profiles, limits."""
    return [Finding(error) for check in _CHECKS for error in check(body)]


def _weights(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    yield from _total("factors", (factor.weight for factor in body.factors))
    for place, each in enumerate(body.weight_sets):
        yield from _total(f"weight_sets[{place}].weights", (weight.weight for weight in each.weights))


def _total(field: str, weights: Iterable[Decimal]) -> Iterator[InvalidInput]:
    total = sum(weights, Decimal("0.00"))
    if total != HUNDRED:
        yield WeightsNot100(field=field, total=f"{total:f}")


def _names(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    names = Counter([*body.inputs, *(factor.key for factor in body.factors), *{fact.name for fact in body.facts}])
    for place, factor in enumerate(body.factors):
        if names[factor.key] > 1:
            yield NameTwice(field=f"factors[{place}].key", name=factor.key)
    for place, name in enumerate(body.inputs):
        if body.inputs.index(name) != place:
            yield NameTwice(field=f"inputs[{place}]", name=name)
    seen = set(body.inputs)
    for place, fact in enumerate(body.facts):
        if fact.name in seen:
            yield NameTwice(field=f"facts[{place}].name", name=fact.name)
        seen.add(fact.name)
    for place, name in enumerate(body.report):
        if name not in body.condition_names:
            yield ReportItemUnknown(field=f"report[{place}]", name=name)


def _formulas(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    figures = dict.fromkeys(body.input_names, Type.NUMBER)
    for place, factor in enumerate(body.factors):
        if factor.source != FROM_INPUT:
            yield from _factor_formula(factor.source, figures, field=f"factors[{place}].source", name=factor.name)


def _factor_formula(source: str, names: Mapping[str, Type], *, field: str, name: str) -> Iterator[InvalidInput]:
    found = _type_of(source, names, field)
    if isinstance(found, FormulaError):
        yield found
    elif found is not Type.NUMBER:
        yield FactorNotNumber(field=field, name=name, found=found)


def _type_of(text: str, names: Mapping[str, Type], field: str) -> Type | FormulaError:
    try:
        return compile_formula(text, names).type
    except FormulaError as error:
        error.field = field
        return error


def _sets(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    keys = Counter(each.key for each in body.weight_sets)
    for place, each in enumerate(body.weight_sets):
        field = f"weight_sets[{place}]"
        if keys[each.key] > 1:
            yield WeightSetTwice(field=f"{field}.key", key=each.key)
        yield from _set_factors(body, each, field)
        found = _type_of(each.when, body.condition_names, f"{field}.when")
        if isinstance(found, FormulaError):
            yield found
        elif found is not Type.BOOLEAN:
            yield ConditionNotBoolean(field=f"{field}.when", set=each.name, found=found)


def _set_factors(body: DecompositionTemplate, weight_set: WeightSet, field: str) -> Iterator[InvalidInput]:
    known = {factor.key for factor in body.factors}
    weighed = Counter(weight.factor for weight in weight_set.weights)
    for place, weight in enumerate(weight_set.weights):
        if weight.factor not in known:
            yield FactorUnknown(field=f"{field}.weights[{place}].factor", set=weight_set.name, factor=weight.factor)
        if weighed[weight.factor] > 1:
            yield WeightSetTwice(field=f"{field}.weights[{place}].factor", key=weight.factor)


def _profiles(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    found = Counter((each.basis, each.of, each.effective_from) for each in body.coefficients)
    for place, each in enumerate(body.coefficients):
        if found[each.basis, each.of, each.effective_from] > 1:
            yield CoefficientTwice(field=f"coefficients[{place}]", of=each.of)
    for place, (before, step) in enumerate(zip(body.ramp, body.ramp[1:], strict=False), start=1):
        if step.below_months <= before.below_months:
            yield RampNotRising(field=f"ramp[{place}].below_months", position=place + 1, months=step.below_months)
    if body.seasonality and (len(body.seasonality) != PERIODS or not any(body.seasonality)):
        yield SeasonalityInvalid(field="seasonality", count=len(body.seasonality))


def _limits(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    if body.balance is BalanceRule.ALLOW_OVERASSIGN and body.over_assign_max_percent is None:
        yield OverAssignLimitMissing(field="over_assign_max_percent")
    if body.rounding_unit % CENT:
        yield RoundingUnitInvalid(field="rounding_unit", unit=f"{body.rounding_unit:f}")
    if body.potential is not None and body.potential not in {factor.key for factor in body.factors}:
        yield PotentialUnknown(field="potential", key=body.potential)
    if body.presence is PresenceSource.FROM_PLACEMENTS and body.level is not Level.PEOPLE:
        yield PresenceOfUnits(field="presence")
    if body.padding_percent > body.padding_max_percent:
        yield PaddingAboveCap(field="padding_percent", percent=f"{body.padding_percent:f}", cap=f"{body.padding_max_percent:f}")


def _sources(body: DecompositionTemplate) -> Iterator[InvalidInput]:
    named = Counter(each.figure for each in body.figure_sources)
    for place, each in enumerate(body.figure_sources):
        if each.figure not in body.input_names or named[each.figure] > 1:
            yield SourceWithoutFigure(field=f"figure_sources[{place}].figure", figure=each.figure)
        if bool(each.metric) == bool(each.report_field) or (each.report_field and body.portrait is None):
            yield SourceUnclear(field=f"figure_sources[{place}]", figure=each.figure)


_CHECKS = (_weights, _names, _formulas, _sets, _profiles, _limits, _sources)
