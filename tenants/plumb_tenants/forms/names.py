"""The names that formulas of a form may use, with their types: fields, counts and sums of tables, choices."""

from collections.abc import Iterable

from plumb_tenants.forms.body import NUMBERS, Cell, Column, Type
from plumb_tenants.forms.values import FORMULA_TYPES
from plumb_tenants.formulas.service import Type as FormulaType

Names = dict[str, FormulaType]


def plain_names(cells: Iterable[Cell]) -> Names:
    """Return the names of all cells but the computed ones, whose types are known only when they are compiled.

    `channels` is the number of rows of a table, `channels.amount` the sum of a column of numbers, `offers` the number of
    choices made and `offers.online` whether one of them was.
    """
    names: Names = {}
    for cell in cells:
        names |= _names_of(cell)
    return names


def has_sum(column: Column, computed: Names) -> bool:
    """Tell whether the sum of a column has a name."""
    return column.type in NUMBERS or computed.get(column.key) is FormulaType.NUMBER


def _names_of(cell: Cell) -> Names:
    if cell.type in (Type.SECTION, Type.COMPUTED):
        return {}
    names: Names = {cell.key: FORMULA_TYPES[cell.type]}
    if cell.type is Type.MULTIPLE_CHOICE:
        names |= {f"{cell.key}.{choice.key}": FormulaType.BOOLEAN for choice in cell.choices}
    columns: tuple[Column, ...] = getattr(cell, "columns", ())
    return names | {f"{cell.key}.{column.key}": FormulaType.NUMBER for column in columns if has_sum(column, {})}
