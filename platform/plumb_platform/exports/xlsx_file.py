"""XLSX files of one sheet, the same bytes for the same input: fixed times, fixed order; the one module that knows XlsxWriter."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain
from typing import Any

from plumb_platform.errors import Refused
from plumb_platform.exports.cells import Cell, neutral_text, plain_cell

MOST_ROWS = 1_048_576
"""Rows of a sheet, the header among them."""
MOST_DIGITS = 15
"""Digits that a spreadsheet keeps of a number; a longer one is written as text, so that no cent is lost."""
MADE_AT = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_OPTIONS = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


class ExportTooLarge(Refused):
    """A sheet has an end; a CSV file has none."""

    code = "EXPORT_TOO_LARGE"
    zh = "导出超过工作表的 {most} 行上限，请改用 CSV。"
    en = "The export has more than the {most} rows of a sheet; take CSV."


def xlsx_bytes(sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write one sheet with a header row that stays in view; raises ExportTooLarge.

    Decimals and whole numbers are number cells, negative ones too; text is text and never a formula.
    """
    from xlsxwriter import Workbook  # 16 MB that a process without exports does not take

    file = BytesIO()
    workbook = Workbook(file, _OPTIONS)
    workbook.set_properties({"created": MADE_AT})
    page = workbook.add_worksheet(sheet)
    formats = [workbook.add_format({"num_format": form}) for form in ("0", "0.00", "yyyy-mm-dd")]
    page.freeze_panes(1, 0)
    for place, row in enumerate(chain([header], rows)):
        if place >= MOST_ROWS:
            raise ExportTooLarge(most=f"{MOST_ROWS:,}")
        for column, cell in enumerate(row):
            _write(page, place, column, cell, formats)
    workbook.close()
    return file.getvalue()


def form_bytes(sheet: str, columns: Sequence[tuple[str, bool]]) -> bytes:
    """Write an empty sheet to be filled in: its headings, and whether a column holds text, so that 0012 stays 0012."""
    from xlsxwriter import Workbook

    file = BytesIO()
    workbook = Workbook(file, {"in_memory": True})
    workbook.set_properties({"created": MADE_AT})
    page = workbook.add_worksheet(sheet)
    text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"bold": True})
    page.freeze_panes(1, 0)
    for place, (heading, is_text) in enumerate(columns):
        page.set_column(place, place, 18, text if is_text else None)
        page.write_string(0, place, heading, bold)
    workbook.close()
    return file.getvalue()


def _write(page: Any, row: int, column: int, cell: Cell, formats: Sequence[Any]) -> None:
    match cell:
        case None:
            return
        case Decimal() if len(cell.as_tuple().digits) <= MOST_DIGITS:
            page.write_number(row, column, cell, formats[1])
        case int() if abs(cell) < 10**MOST_DIGITS:
            page.write_number(row, column, cell, formats[0])
        case date():
            page.write_datetime(row, column, cell, formats[2])
        case str():
            page.write_string(row, column, neutral_text(cell))
        case _:
            page.write_string(row, column, plain_cell(cell))
