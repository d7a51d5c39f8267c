"""Queries of the formula language."""

import strawberry

from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_schema.formulas.types import (
    FormulaFunction,
    FormulaNameInput,
    FormulaPreview,
    FormulaValueInput,
    fault_of,
    function_of,
    result_of,
)
from plumb_schema.ground.context import Info
from plumb_schema.ground.permission import field
from plumb_tenants.formulas.service import FUNCTIONS, FormulaError, Type, Value, preview

MOST_NAMES, MOST_SAMPLES = 200, 100
_MEMBERS = {Type.NUMBER: "number", Type.TEXT: "text", Type.BOOLEAN: "boolean", Type.DATE: "day", Type.USAGE: "number"}


class PreviewTooLarge(InvalidInput):
    """A preview is a look, not a run."""

    code = "FORMULA_PREVIEW_TOO_LARGE"
    zh = "预览最多 {names} 个字段、{samples} 组样例。"
    en = "A preview takes at most {names} fields and {samples} samples."


@strawberry.type
class FormulaQuery:
    @field(needs=Permission.FORMULA_PREVIEW, description="公式函数 / All functions of the formula language.")
    async def formula_functions(self, info: Info) -> list[FormulaFunction]:
        return [function_of(function, info.context.locale) for function in FUNCTIONS]

    @field(needs=Permission.FORMULA_PREVIEW, description="预览公式 / What a formula gives on samples, or what is wrong.")
    async def preview_formula(
        self,
        info: Info,
        text: str,
        names: list[FormulaNameInput],
        samples: list[list[FormulaValueInput]],
    ) -> FormulaPreview:
        if len(names) > MOST_NAMES or len(samples) > MOST_SAMPLES:
            raise PreviewTooLarge(field="samples", names=MOST_NAMES, samples=MOST_SAMPLES)
        types = {given.name: given.type for given in names}
        try:
            shown = preview(text, types, [_values(sample, types) for sample in samples])
        except FormulaError as error:
            return FormulaPreview(type=None, dependencies=[], results=[], fault=fault_of(error, info.context.locale))
        results = [result_of(result, info.context.locale) for result in shown.results]
        return FormulaPreview(type=shown.type, dependencies=list(shown.dependencies), results=results)


def _values(sample: list[FormulaValueInput], types: dict[str, Type]) -> dict[str, Value | None]:
    """Return the sample's values of declared fields, each from the member of the field's type."""
    return {given.name: getattr(given, _MEMBERS[types[given.name]]) for given in sample if given.name in types}
