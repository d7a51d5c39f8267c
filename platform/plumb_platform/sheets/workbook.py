"""A workbook of Excel or WPS (.xlsx) from the outside as a table of text: what a sheet shows, not how it was reckoned."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import Columns, safe_echo
from plumb_platform.sheets.number_forms import MOST_DIGITS, PLAIN, NumberForm
from plumb_platform.sheets.table import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_ROWS_ABOVE,
    Cell,
    Row,
    Table,
    TableTooLarge,
    tabulated,
)
from plumb_platform.sheets.workbook_parts import (
    Archive,
    WorkbookUnreadable,
    elements_of,
    seen,
    shared_texts,
    shown_as,
    targets_of,
)
from plumb_platform.texts import as_seen

ZIP_HEAD = b"PK\x03\x04"
OLD_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of the older .xls begin, and those with a password."""
MOST_MERGED = 100_000
LAST_ROW = 1_048_576
LEAST_EXPONENT = -12
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")


class SheetUnknown(InvalidInput):
    """A sheet is named as its tab is."""

    code = "SHEET_UNKNOWN"
    zh = "工作簿中没有可见的工作表“{sheet}”，有：{sheets}。"
    en = "The workbook shows no sheet {sheet}; it has: {sheets}."


class SheetsLeftOut(InvalidInput):
    """A warning: one sheet is read."""

    code = "SHEETS_LEFT_OUT"
    zh = "只读取了工作表“{sheet}”，未读取：{others}；如需读取其他工作表，请用 sheet 指明。"
    en = "The sheet {sheet} alone was read, not: {others}. To read another one, name it as sheet."


class RowsNotShown(InvalidInput):
    """A warning: rows that a filter or somebody hid are rows of the file all the same."""

    code = "ROWS_HIDDEN"
    zh = "第 {rows} 行在工作表中是隐藏的，仍已读取；如不应导入，请删除这些行。"
    en = "Rows {rows} are hidden in the sheet and were read all the same; delete them if they are not meant."


class CellNotCalculated(InvalidInput):
    """A formula shows what it came to when the file was saved; a file that no spreadsheet wrote may not say it."""

    code = "CELL_NOT_CALCULATED"
    zh = "此单元格的公式没有计算结果：请在 Excel 或 WPS 中打开并保存，或改为数值。"
    en = "The formula in this cell has no result: open and save the file in a spreadsheet, or give the value."


class CellFormulaWrong(InvalidInput):
    """A formula that fails shows #N/A and the like, which is nobody's name."""

    code = "CELL_FORMULA_WRONG"
    zh = "此单元格的公式出错（{shown}），请改正后重新导入。"
    en = "The formula in this cell fails ({shown}); mend it and import the file again."


class CellDigitsLost(InvalidInput):
    """A spreadsheet keeps fifteen digits of a number; the others became zeros as it was typed."""

    code = "CELL_DIGITS_LOST"
    zh = "超过 15 位的数字已被 Excel 改动末尾各位：请将该列设为文本后重新填写。"
    en = "A spreadsheet changes the last digits of a number of more than 15: make the column text and type it again."


@dataclass(slots=True)
class _Sheet:
    """What is read of a sheet: cells by row and column (1 is the first), as the handlers come to them."""

    texts: list[str]
    forms: list[NumberForm]
    first_day: date
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    row: int = 0
    column: int = 0
    kind: str = ""
    style: int = 0
    has_formula: bool = False
    value: list[str] = field(default_factory=list)
    cells: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if not 1 <= self.row <= LAST_ROW:
                raise WorkbookUnreadable(field="content")
            if attributes.get("hidden") in ("1", "true"):
                self.hidden.append(self.row)
        elif tag == "c":
            self.column = _place(attributes["r"])[1] if "r" in attributes else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
            self.has_formula = False
            self.value.clear()
        elif tag == "f":
            self.has_formula = True
        elif tag == "mergeCell":
            first, _, last = attributes["ref"].partition(":")
            (top, left), (bottom, _) = _place(first), _place(last or first)
            if top < bottom:
                self.merged.append((top, bottom, left))
                if len(self.merged) > MOST_MERGED:
                    raise TableTooLarge

    def text(self, path: list[str], piece: str) -> None:
        if path[-1] == "v" or (path[-1] == "t" and "rPh" not in path):
            self.value.append(piece)

    def end(self, tag: str) -> None:
        if tag != "c" or self.column > MOST_COLUMNS or not (self.value or self.has_formula):
            return
        self.put(self.row, self.column, self._cell("".join(self.value)))
        if len(self.rows) > MOST_ROWS + MOST_ROWS_ABOVE:
            raise TableTooLarge

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Keep a cell; raise TableTooLarge for more than a process should hold."""
        self.rows.setdefault(row, {})[column] = cell
        self.cells += 1
        if self.cells > MOST_CELLS:
            raise TableTooLarge

    def _cell(self, value: str) -> Cell:
        if not value:
            # A formula that comes to a text may come to an empty one.
            return CellNotCalculated() if self.kind == "n" else ""
        match self.kind:
            case "s":
                return self.texts[int(value)]
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case "e":
                return CellFormulaWrong(shown=safe_echo(value))
            case "n":
                return self._number(value, self.forms[self.style] if 0 <= self.style < len(self.forms) else PLAIN)
        return seen(value)

    def _number(self, value: str, form: NumberForm) -> Cell:
        number = Decimal(value)
        if not number.is_finite() or number.adjusted() >= MOST_DIGITS:
            return CellDigitsLost()
        if number.adjusted() < LEAST_EXPONENT:
            return "0"
        if form.is_day and 1 <= number <= (date.max - self.first_day).days:
            days, seconds = divmod(round(number * 86_400), 86_400)
            return (self.first_day + timedelta(days=days)).isoformat() + _time(seconds)
        return form.shown(number)


def read_workbook(content: bytes, columns: Columns, *, sheet: str | None) -> Table:
    """Return the table of one sheet: the first that shows, or the one of that name.

    A cell is what it shows: the result of a formula, a day as 2026-01-31, a number with the zeros and texts that its format
    puts before it (number_forms.py). Cells that are merged downwards all hold what the first of them does. Hidden rows are
    read, and told of.
    Raises WorkbookUnreadable, SheetUnknown, TableTooLarge and TableEmpty.
    """
    archive = Archive(content)
    try:
        name, others, found = _read(archive, sheet)
    except (AttributeError, IndexError, InvalidOperation, KeyError, OverflowError, ValueError):
        raise WorkbookUnreadable(field="content") from None
    table = tabulated(_rows(found), columns)
    if others:
        told = {"sheet": safe_echo(name), "others": "、".join(map(safe_echo, others[:10]))}
        table.notes.append((table.header_row, SheetsLeftOut(**told)))
    hidden = sorted({number for number, _ in table.records} & set(found.hidden))
    if hidden:
        shown = "、".join(map(str, hidden[:20])) + ("…" if len(hidden) > 20 else "")
        table.notes.append((hidden[0], RowsNotShown(rows=shown)))
    return table


def _read(archive: Archive, wanted: str | None) -> tuple[str, list[str], _Sheet]:
    """Return the name of the sheet that is read, those of the other ones that show, and what it holds."""
    book = next((target for kind, target in targets_of(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml")
    targets = targets_of(archive, book)
    elements = elements_of(archive, book, frozenset({"sheet", "workbookPr"}))
    sheets = {
        as_seen(each["name"]).strip(): targets[each["id"]]
        for tag, each in elements
        if tag == "sheet" and each.get("state", "visible") == "visible"
    }
    worksheets = [name for name, (kind, _) in sheets.items() if kind == "worksheet"]
    name = worksheets[0] if wanted is None else as_seen(wanted).strip()
    if name not in worksheets:
        shown = "、".join(map(safe_echo, worksheets[:10]))
        raise SheetUnknown(field="sheet", sheet=safe_echo(name), sheets=shown)
    by_kind = dict(targets.values())
    is_1904 = any(tag == "workbookPr" and each.get("date1904") in ("1", "true") for tag, each in elements)
    found = _Sheet(
        texts=shared_texts(archive, by_kind["sharedStrings"]) if "sharedStrings" in by_kind else [],
        forms=shown_as(archive, by_kind["styles"]) if "styles" in by_kind else [],
        # Day 60 of the usual system is the 29th of February 1900, which never was: from the next on, days count from here.
        first_day=date(1904, 1, 1) if is_1904 else date(1899, 12, 30),
    )
    archive.parse(sheets[name][1], start=found.start, end=found.end, text=found.text)
    return name, [] if wanted is not None else worksheets[1:], found


def _rows(sheet: _Sheet) -> Iterator[Row]:
    numbers = sorted(sheet.rows)
    for top, bottom, column in sheet.merged:
        value = sheet.rows.get(top, {}).get(column, "")
        # Downwards alone: a heading over two columns names neither twice. A row in which nothing else stands is none.
        for number in numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)] if value else ():
            sheet.put(number, column, value)
    last = max((max(cells) for cells in sheet.rows.values()), default=0)
    for number in numbers:
        cells = sheet.rows[number]
        yield number, [cells.get(column, "") for column in range(1, last + 1)]


def _place(reference: str) -> tuple[int, int]:
    """Return row and column of a cell, both from 1: "C2" is (2, 3)."""
    found = _PLACE.fullmatch(reference)
    if found is None:
        raise ValueError(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _time(seconds: int) -> str:
    return f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if seconds else ""
