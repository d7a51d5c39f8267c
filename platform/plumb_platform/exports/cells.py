"""Cells of an export: text that no spreadsheet takes for a formula, and numbers that stay numbers (CWE-1236)."""

from datetime import date
from decimal import Decimal
from typing import TypeAlias

Cell: TypeAlias = str | Decimal | int | date | None
"""What may stand in a cell; None is an empty one."""

DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters by which a spreadsheet starts a formula; East Asian ones take the full-width forms too."""


def neutral_text(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could take for a formula; other text stays as it is."""
    return f"'{text}" if text[:1] in DANGEROUS else text


def plain_cell(cell: Cell) -> str:
    """Write a cell as plain text: numbers without exponent, days as YYYY-MM-DD, text made neutral."""
    match cell:
        case None:
            return ""
        case Decimal():
            return format(cell, "f")
        case int():
            return str(cell)
        case date():
            return cell.isoformat()
    return neutral_text(cell)
