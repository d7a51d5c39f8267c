"""A table from the outside: a header and numbered records of cells, and the limits that every kind of file keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import Columns

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000
"""Cells with content."""
MOST_ROWS_ABOVE = 10
"""Rows in which the header is looked for: titles and notes stand above it in files that were made for people."""

Cell = str | InvalidInput
"""A cell's text, stripped, or what is wrong with the cell as its file has it."""
Row = tuple[int, list[Cell]]
"""The number that a spreadsheet shows beside a row, and its cells."""


class TableTooLarge(InvalidInput):
    """A file has a size that one request can hold."""

    code = "CSV_TOO_LARGE"
    zh = "文件过大：最多 {size} 字节、{rows} 行、{columns} 列。请分成几份；工作簿请删除数据之外带格式的空行、空列后再保存。"
    en = (
        "The file is over the limit of {size} bytes, {rows} rows or {columns} columns: divide it, "
        "and delete formatted rows and columns of a workbook in which nothing stands."
    )

    def __init__(self) -> None:
        super().__init__(field="content", size=LARGEST_FILE, rows=MOST_ROWS, columns=MOST_COLUMNS)


class TableEmpty(InvalidInput):
    """A file has a header and at least one row."""

    code = "CSV_EMPTY"
    zh = "文件为空：需要一行表头和至少一行数据。"
    en = "The file is empty: it needs a header and at least one row."


class RowsAbove(InvalidInput):
    """A warning: titles and notes above the header are not read."""

    code = "ROWS_ABOVE_HEADER"
    zh = "表头在第 {header} 行，其上的内容未读取。"
    en = "The header stands in row {header}; what stands above was not read."


@dataclass(slots=True)
class Table:
    """A header, in the row `header_row`, and the records below it; rows are numbered as a spreadsheet shows them.

    `notes` are warnings about rows as the file has them, before anything is read out of their cells.
    """

    header: list[str]
    records: list[Row]
    header_row: int = 1
    notes: list[tuple[int, InvalidInput]] = field(default_factory=list)


def tabulated(rows: Iterable[Row], columns: Columns) -> Table:
    """Return the table that rows make, those without text left out; raise TableEmpty or TableTooLarge.

    Its header is that one of the uppermost rows in which most cells name columns, two at least; else the first row.
    """
    kept: list[Row] = []
    filled = 0
    for number, cells in rows:
        filled += len(cells) - cells.count("")
        if len(kept) > MOST_ROWS + MOST_ROWS_ABOVE or filled > MOST_CELLS:
            raise TableTooLarge
        if any(cells):
            kept.append((number, cells))
    named = [columns.named(cells) for _, cells in kept[:MOST_ROWS_ABOVE]]
    at = named.index(max(named)) if named and max(named) >= 2 else 0
    if len(kept) < at + 2:
        raise TableEmpty(field="content")
    if len(kept) - at - 1 > MOST_ROWS:
        raise TableTooLarge
    header = [cell if isinstance(cell, str) else "" for cell in kept[at][1]]
    records = kept[at + 1 :]
    # Spreadsheets write as many empty cells as were ever touched: those are no part of the table.
    width = min(len(header), max(_filled(header), *(_filled(cells) for _, cells in records)))
    if width > MOST_COLUMNS:
        raise TableTooLarge
    table = Table(header[:width], [(number, _cut(cells, width)) for number, cells in records], header_row=kept[at][0])
    if at:
        table.notes.append((table.header_row, RowsAbove(header=table.header_row)))
    return table


def _filled(cells: Sequence[object]) -> int:
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1]), 0)


def _cut(cells: list[Cell], width: int) -> list[Cell]:
    return cells[:width] if not any(cells[width:]) else cells
