"""Which attributes each type of field has and needs: the part of lint that looks at one field alone; pure."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.as_written import name_written
from plumb_tenants.forms.body import (
    CHOSEN,
    COLLECTIONS,
    NOT_IN_ROWS,
    NOT_WRITTEN,
    NUMBERS,
    TEXTS,
    Cell,
    Column,
    Form,
    Source,
    Type,
)
from plumb_tenants.forms.faults import (
    AttributeMissing,
    AttributeUnused,
    ColumnTypeWrong,
    FigureFieldUnknown,
    KeyReserved,
    KeyTwice,
    MetricNotListed,
    PatternInvalid,
    RangeEmpty,
)
from plumb_tenants.forms.patterns import PatternRefused, compile_pattern
from plumb_tenants.forms.values import FORMULA_TYPES
from plumb_tenants.formulas.nodes import Name, normal_name
from plumb_tenants.formulas.service import FormulaError, parse
from plumb_tenants.formulas.service import Type as FormulaType

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,20})?")
_ALL = frozenset(Type)
_ASKED = _ALL - NOT_WRITTEN | {Type.ATTACHMENT}
_DECIMALS = frozenset({Type.DECIMAL, Type.MONEY, Type.PERCENT, Type.COMPUTED})
_ORDERED = NUMBERS | {Type.DATE, Type.COMPUTED}
HAS: Mapping[str, frozenset[Type]] = {
    "required": _ASKED,
    "required_if": _ASKED,
    "visible_if": _ALL,
    "read_only_if": _ALL - NOT_WRITTEN,
    "minimum": _ORDERED,
    "maximum": _ORDERED,
    "min_length": TEXTS,
    "max_length": TEXTS,
    "pattern": TEXTS,
    "min_items": COLLECTIONS,
    "max_items": COLLECTIONS,
    "places": _DECIMALS,
    "choices": CHOSEN,
    "formula": frozenset({Type.COMPUTED}),
    "metric": NUMBERS | {Type.COMPUTED},
    "suggestion": NUMBERS,
    "feed": frozenset({Type.FED}),
    "media_types": frozenset({Type.ATTACHMENT}),
    "max_bytes": frozenset({Type.ATTACHMENT}),
    "columns": frozenset({Type.TABLE}),
}
BENCHMARK_PLACE = ("product_line", "region", "period")
FIGURE_NEEDS: Mapping[Source, tuple[str, ...]] = {
    Source.HISTORY_MEAN: ("metric",),
    Source.BENCHMARK: ("benchmark", *BENCHMARK_PLACE),
}
NEEDS: Mapping[str, frozenset[Type]] = {
    "choices": CHOSEN,
    "formula": frozenset({Type.COMPUTED}),
    "feed": frozenset({Type.FED}),
    "media_types": frozenset({Type.ATTACHMENT}),
    "columns": frozenset({Type.TABLE}),
}


def attribute_faults(form: Form) -> Iterator[InvalidInput]:
    """Yield what is wrong with fields, columns and figures, each by itself; formulas are not read here."""
    yield from _key_faults([(f"fields[{n}]", field.key) for n, field in enumerate(form.fields)] + _other_keys(form))
    for n, field in enumerate(form.fields):
        path = f"fields[{n}]"
        yield from _cell_faults(field, path)
        yield from _key_faults([(f"{path}.columns[{m}]", column.key) for m, column in enumerate(field.columns)], form)
        for m, column in enumerate(field.columns):
            yield from _column_faults(column, f"{path}.columns[{m}]")
    yield from _metric_faults(form)
    yield from _figure_faults(form)


def _other_keys(form: Form) -> list[tuple[str, str]]:
    figures = [(f"figures[{n}]", each.key) for n, each in enumerate(form.figures)]
    return figures + [(f"checks[{n}]", each.key) for n, each in enumerate(form.checks)]


def _key_faults(keys: list[tuple[str, str]], form: Form | None = None) -> Iterator[InvalidInput]:
    known = {field.key for field in form.fields} if form else set()
    for path, key in keys:
        if key in known:
            yield KeyTwice(field=f"{path}.key", key=key)
        known.add(key)
        if not _is_name(key):
            yield KeyReserved(field=f"{path}.key", key=key, normal=normal_name(key))


def _is_name(key: str) -> bool:
    try:
        root = parse(key).root
    except FormulaError:
        return False
    return isinstance(root, Name) and root.name == key


def _column_faults(column: Column, path: str) -> Iterator[InvalidInput]:
    if column.type in NOT_IN_ROWS:
        yield ColumnTypeWrong(field=f"{path}.type", key=column.key, type=column.type.name)
    yield from _cell_faults(column, path)


def _cell_faults(cell: Cell, path: str) -> Iterator[InvalidInput]:
    said = {"key": cell.key, "type": cell.type.name}
    for name, types in HAS.items():
        info = type(cell).model_fields.get(name)
        if info is not None and cell.type not in types and getattr(cell, name) != info.default:
            yield AttributeUnused(field=f"{path}.{name}", attribute=name_written(name), **said)
    for name, types in NEEDS.items():
        if cell.type in types and name in type(cell).model_fields and not getattr(cell, name):
            yield AttributeMissing(field=f"{path}.{name}", attribute=name_written(name), **said)
    for least, most in (("min_length", "max_length"), ("min_items", "max_items"), ("minimum", "maximum")):
        low, high = _bound(getattr(cell, least)), _bound(getattr(cell, most))
        if low is not None and high is not None and low > high:
            yield RangeEmpty(field=f"{path}.{least}", key=cell.key, least=name_written(least), most=name_written(most))
    yield from _choice_faults(cell, path)
    yield from _pattern_faults(cell, path)


def _bound(given: int | str | None) -> Decimal | None:
    """Return a bound that is a plain number; what a formula makes of its names is known only when a form is filled in."""
    text = "" if given is None else str(given).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _choice_faults(cell: Cell, path: str) -> Iterator[InvalidInput]:
    keys = [choice.key for choice in cell.choices]
    for n, key in enumerate(keys):
        if keys.index(key) != n:
            yield KeyTwice(field=f"{path}.choices[{n}].key", key=key)


def _pattern_faults(cell: Cell, path: str) -> Iterator[InvalidInput]:
    if not cell.pattern:
        return
    try:
        compile_pattern(cell.pattern)
    except PatternRefused as refusal:
        yield PatternInvalid(field=f"{path}.pattern", key=cell.key, pattern=cell.pattern, reason=str(refusal))


def _metric_faults(form: Form) -> Iterator[InvalidInput]:
    for n, metric in enumerate(form.metrics):
        if form.metrics.index(metric) != n:
            yield KeyTwice(field=f"metrics[{n}]", key=metric)
    used = [(f"fields[{n}].metric", field.metric) for n, field in enumerate(form.fields) if field.metric]
    used += [(f"figures[{n}].metric", each.metric) for n, each in enumerate(form.figures) if each.metric]
    for path, metric in used:
        if metric not in form.metrics:
            yield MetricNotListed(field=path, metric=metric)
    choosing = [(f"fields[{n}]", field) for n, field in enumerate(form.fields)]
    choosing += [(f"{path}.columns[{m}]", column) for path, field in choosing for m, column in enumerate(field.columns)]  # type: ignore[misc] # both are cells
    for path, cell in choosing:
        if cell.type is Type.METRIC and not form.metrics:
            yield AttributeMissing(field=f"{path}.type", key=cell.key, type=cell.type.name, attribute="metrics")


def _figure_faults(form: Form) -> Iterator[InvalidInput]:
    readable = {field.key for field in form.fields if FORMULA_TYPES.get(field.type) is FormulaType.TEXT}
    for n, figure in enumerate(form.figures):
        for name in FIGURE_NEEDS[figure.source]:
            said = {"field": f"figures[{n}].{name}", "key": figure.key}
            if not getattr(figure, name):
                yield AttributeMissing(**said, type=figure.source.name, attribute=name_written(name))
            elif name in BENCHMARK_PLACE and getattr(figure, name) not in readable:
                yield FigureFieldUnknown(**said, attribute=name_written(name), name=getattr(figure, name))
