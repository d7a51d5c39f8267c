"""A form as clients need it: JSON Schema (2020-12) of its values, and the order in which they are asked for; pure.

Beside the standard words each property carries `x-plumb`: the field's type, its rules in the formula language, and what
else an input shows. A client that evaluates them is checked by tests/forms/vectors.json; the server always has the last word.
"""

from dataclasses import dataclass
from typing import Any

from plumb_tenants.forms.body import COLLECTIONS, MOST_FILES, MOST_ROWS, NOT_WRITTEN, Type
from plumb_tenants.forms.compiling import CompiledCell, CompiledForm
from plumb_tenants.forms.patterns import anchored
from plumb_tenants.forms.values import LARGEST_INTEGER, longest
from plumb_tenants.formulas.service import Type as FormulaType

RULES = ("visible_if", "required_if", "read_only_if", "minimum", "maximum", "formula", "suggestion", "metric", "feed")
_JSON_TYPES = {
    FormulaType.NUMBER: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    FormulaType.TEXT: {"type": "string"},
    FormulaType.BOOLEAN: {"type": "boolean"},
    FormulaType.DATE: {"type": "string", "format": "date"},
}
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Where a field stands: its key, the section that it is in, and the keys of its columns in their order."""

    key: str
    type: Type
    section: str | None
    columns: tuple[str, ...]


def ui_order(compiled: CompiledForm) -> list[FormPlace]:
    """Return the fields in the order in which people fill them in, sections among them."""
    return [
        FormPlace(key, cell.cell.type, cell.section, tuple(column.key for column in cell.field.columns))
        for key, cell in compiled.fields.items()
    ]


def json_schema(compiled: CompiledForm) -> Schema:
    """Return the JSON Schema of the values of a form."""
    asked = {key: cell for key, cell in compiled.fields.items() if cell.cell.type is not Type.SECTION}
    described = {"title": compiled.form.title} | ({"x-title-en": compiled.form.title_en} if compiled.form.title_en else {})
    checks = [
        {"key": check.key, "condition": check.condition, "message": check.message, "messageEn": check.message_en}
        for check in compiled.form.checks
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **described,
        **_object(asked),
        "x-plumb-checks": checks,
    }


def _object(cells: dict[str, CompiledCell]) -> Schema:
    required = [
        key
        for key, cell in cells.items()
        if cell.cell.required and not cell.cell.visible_if and cell.section is None and cell.cell.type not in NOT_WRITTEN
    ]
    properties = {key: _property(cell) for key, cell in cells.items()}
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _property(compiled: CompiledCell) -> Schema:
    cell = compiled.cell
    rules = {name: getattr(cell, name) for name in RULES if getattr(cell, name, "")}
    about = {"type": cell.type.value, "required": cell.required, **rules}
    if cell.choices:
        about["choices"] = [{"key": each.key, "label": each.label, "labelEn": each.label_en} for each in cell.choices]
    schema = {"title": cell.label, **_value_schema(compiled), "x-plumb": about}
    if cell.label_en:
        schema["x-title-en"] = cell.label_en
    if cell.help:
        schema["description"] = cell.help
    return schema | ({"readOnly": True} if cell.type in NOT_WRITTEN else {})


def _value_schema(compiled: CompiledCell) -> Schema:
    cell = compiled.cell
    if compiled.computed:
        return dict(_JSON_TYPES[compiled.computed])
    if cell.type in COLLECTIONS:
        return _list_schema(compiled)
    match cell.type:
        case Type.TEXT | Type.LONG_TEXT:
            pattern = {"pattern": anchored(cell.pattern)} if cell.pattern else {}
            return {"type": "string", "minLength": cell.min_length or 0, "maxLength": longest(cell), **pattern}
        case Type.INTEGER:
            return {"type": "integer", "minimum": 1 - LARGEST_INTEGER, "maximum": LARGEST_INTEGER - 1}
        case Type.DECIMAL | Type.MONEY | Type.PERCENT | Type.FED:
            places = rf"(\.\d{{1,{cell.places}}})?" if cell.places else ""
            return {"type": "string", "pattern": rf"^-?\d{{1,18}}{places}$"}
        case Type.DATE:
            return {"type": "string", "format": "date"}
        case Type.SINGLE_CHOICE | Type.PRODUCT_LINE:
            return {"type": "string", "enum": [choice.key for choice in cell.choices]}
    return {"type": "string"}


def _list_schema(compiled: CompiledCell) -> Schema:
    cell = compiled.cell
    limits = {Type.ATTACHMENT: MOST_FILES, Type.MULTIPLE_CHOICE: len(cell.choices)}
    limit = limits.get(cell.type, MOST_ROWS)
    counts = {"minItems": cell.min_items or 0, "maxItems": min(cell.max_items or limit, limit)}
    if cell.type is Type.TABLE:
        ordered = {column.cell.key: column for column in compiled.columns}
        rows = _object({column.key: ordered[column.key] for column in compiled.field.columns})
        return {"type": "array", "items": rows, **counts}
    items: Schema = {"type": "string"}
    if cell.type is Type.MULTIPLE_CHOICE:
        items["enum"] = [choice.key for choice in cell.choices]
    return {"type": "array", "items": items, "uniqueItems": True, **counts}
