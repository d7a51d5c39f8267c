"""From the figures of each child to the values of each factor: taken as they are, or computed by the factor's formula."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.allocation import is_modest
from plumb_tenants.decomposition.rules import WeightedFactor
from plumb_tenants.decomposition.template import FROM_INPUT, DecompositionTemplate, Factor
from plumb_tenants.decomposition.template_parts import WeightSet
from plumb_tenants.decomposition.weight_sets import weights_by_child
from plumb_tenants.formulas.service import Reason, Result, Type, compile_formula

Figures = Mapping[str, Decimal | None]
"""The figures of one child by input name."""


class InputUnknown(InvalidInput):
    """A figure that the template does not use is a misspelt one."""

    code = "FACTOR_INPUT_UNKNOWN"
    zh = "“{child}”的数据项“{name}”不在模板中；模板需要：{known}。"
    en = "{child} has a figure {name} that the template does not use; it needs {known}."


class InputNotFinite(InvalidInput):
    """Figures are finite numbers of a size that people use."""

    code = "FACTOR_INPUT_INVALID"
    zh = "“{child}”的数据项“{name}”不是有效的数字。"
    en = "The figure {name} of {child} is no valid number."


class FactorUndefined(InvalidInput):
    """The factor's formula has no value for a child."""

    code = "FACTOR_UNDEFINED"
    zh = "“{child}”的因子“{factor}”无法计算：{reason_zh}。"
    en = "The factor {factor} of {child} cannot be computed: {reason_en}."


def weighted_factors(
    template: DecompositionTemplate,
    children: Sequence[str],
    figures: Sequence[Figures],
    chosen: Sequence[WeightSet | None] | None = None,
) -> list[WeightedFactor]:
    """Give each factor of the template with one value per child, None where a figure is missing.

    `chosen` are the weight sets of the children. Raises FACTOR_INPUT_UNKNOWN, FACTOR_INPUT_INVALID, FACTOR_UNDEFINED naming
    factor and child.
    """
    known = frozenset(template.input_names)
    for child, row in zip(children, figures, strict=True):
        _check_row(child, row, known)
    own = chosen if chosen is not None and any(chosen) else None
    return [
        WeightedFactor(
            factor.key,
            factor.name,
            factor.weight,
            _column(template, factor, children, figures),
            weights_by_child(template, own, factor.key) if own is not None else None,
            factor.whole,
        )
        for factor in template.factors
    ]


def _check_row(child: str, row: Figures, known: frozenset[str]) -> None:
    for name, value in row.items():
        if name not in known:
            raise InputUnknown(field="inputs", child=child, name=f"{name:.100}", known=", ".join(sorted(known)))
        if value is not None and not is_modest(value):
            raise InputNotFinite(field="inputs", child=child, name=name)


def _column(
    template: DecompositionTemplate, factor: Factor, children: Sequence[str], figures: Sequence[Figures]
) -> list[Decimal | None]:
    if factor.source == FROM_INPUT:
        return [row.get(factor.key) for row in figures]
    formula = compile_formula(factor.source, dict.fromkeys(template.input_names, Type.NUMBER))
    return [_evaluated(formula.evaluate(row), factor, child) for child, row in zip(children, figures, strict=True)]


def _evaluated(result: Result, factor: Factor, child: str) -> Decimal | None:
    if result.undefined is None:
        return result.value if isinstance(result.value, Decimal) else None
    if result.undefined.reason is Reason.NO_INPUT:
        return None
    why = result.undefined
    texts = {"reason_zh": why.text("zh-CN"), "reason_en": why.text("en")}
    raise FactorUndefined(field=f"inputs.{factor.key}", factor=factor.name, child=child, **texts)
