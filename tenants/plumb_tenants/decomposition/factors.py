"""From the figures of each child to the values of each factor: taken as they are, or computed by the factor's formula."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from plumb_platform.numbers.allocation import is_modest
from plumb_platform.numbers.decimal_column import MANY, DecimalColumn, column_of, pieces
from plumb_tenants.decomposition.figures import Figures
from plumb_tenants.decomposition.steps import ChildInvalid
from plumb_tenants.decomposition.template import FROM_INPUT, DecompositionTemplate, Factor
from plumb_tenants.decomposition.template_parts import WeightSet
from plumb_tenants.decomposition.weighing import WeightedFactor
from plumb_tenants.decomposition.weight_sets import weights_by_child
from plumb_tenants.formulas.service import Reason, Result, Type, compile_formula


class InputUnknown(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """A figure that the template does not use is a misspelt one."""

    code = "FACTOR_INPUT_UNKNOWN"
    zh = "“{child}”的数据项“{figure}”不在模板中；模板需要：{known}。"
    en = "{child} has a figure {figure} that the template does not use; it needs {known}."


class InputNotFinite(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """Figures are finite numbers of a size that people use."""

    code = "FACTOR_INPUT_INVALID"
    zh = "“{child}”的数据项“{figure}”不是有效的数字。"
    en = "The figure {figure} of {child} is no valid number."


class FactorUndefined(ChildInvalid, tells={"child": "Person.name|OrgUnit.name"}):
    """The factor's formula has no value for a child."""

    code = "FACTOR_UNDEFINED"
    zh = "“{child}”的因子“{factor}”无法计算：{reason}。"
    en = "The factor {factor} of {child} cannot be computed: {reason}."


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
    read = _read(template, children, figures)
    own = chosen if chosen is not None and any(chosen) else None
    columns = [_column(template, factor, children, figures, read) for factor in template.factors]
    return [
        WeightedFactor(
            factor.key,
            factor.name,
            factor.weight,
            column.values,
            weights_by_child(template, own, factor.key) if own is not None else None,
            factor.whole,
            column.integers(),
        )
        for factor, column in zip(template.factors, columns, strict=True)
    ]


def _read(template: DecompositionTemplate, children: Sequence[str], figures: Sequence[Figures]) -> dict[str, DecimalColumn]:
    """Read each figure once, all of a few rows before those of the next; errors as `_check_row`."""
    many = len(figures) >= MANY
    columns = {name: DecimalColumn(integers=many and name not in template.inputs) for name in template.input_names}
    known = frozenset(columns)
    for piece in pieces(len(figures)):
        rows = figures[piece]
        for name, column in columns.items():
            column.take([row.get(name) for row in rows])
        if not (all(map(known.issuperset, rows)) and all(column.modest for column in columns.values())):
            for at, row in enumerate(rows, piece.start):
                _check_row(at, children[at], row, known)
    return columns


def _check_row(at: int, child: str, row: Figures, known: frozenset[str]) -> None:
    for name, value in row.items():
        if name not in known:
            told = {"child": child, "figure": f"{name:.100}", "known": ", ".join(sorted(known))}
            raise InputUnknown(at=at, part="figures", name=name, **told)
        if value is not None and not is_modest(value):
            raise InputNotFinite(at=at, part="figures", name=name, child=child, figure=name)


def _column(
    template: DecompositionTemplate,
    factor: Factor,
    children: Sequence[str],
    figures: Sequence[Figures],
    read: Mapping[str, DecimalColumn],
) -> DecimalColumn:
    if factor.source == FROM_INPUT:
        return read[factor.key]
    formula = compile_formula(factor.source, dict.fromkeys(template.input_names, Type.NUMBER))
    rows = enumerate(zip(children, figures, strict=True))
    return column_of([_evaluated(formula.evaluate(row), factor, at, child) for at, (child, row) in rows])


def _evaluated(result: Result, factor: Factor, at: int, child: str) -> Decimal | None:
    if result.undefined is None:
        return result.value if isinstance(result.value, Decimal) else None
    if result.undefined.reason is Reason.NO_INPUT:
        return None
    raise FactorUndefined(at=at, part="figures", factor=factor.name, child=child, reason=result.undefined)
