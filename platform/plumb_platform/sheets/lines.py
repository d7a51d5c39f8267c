"""A file as lines of values, with every fault by row and column; nothing is compared with the company yet."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from plumb_platform.errors import DomainError, InvalidInput
from plumb_platform.sheets.cells import CellMissing, Columns, safe_echo
from plumb_platform.sheets.files import read_table
from plumb_platform.sheets.table import Cell, Table

MOST_FAULTS_SHOWN = 500


class ColumnMissing(InvalidInput):
    """Some columns stand in every file of their kind."""

    code = "COLUMN_MISSING"
    zh = "表头缺少必需的列“{title}”（{column}）。"
    en = "The header lacks the column {column} ({title})."


class ColumnTwice(InvalidInput):
    """Two header cells name one column."""

    code = "COLUMN_TWICE"
    zh = "列“{title}”（{column}）出现了两次，请只保留一列。"
    en = "The column {column} ({title}) stands twice in the header; leave one of them."


class ColumnUnknown(InvalidInput):
    """A warning: the column is not read."""

    code = "COLUMN_UNKNOWN"
    zh = "不认识的列“{title}”，已忽略。"
    en = "The column {title} is not known and was left out."


class RowWidthWrong(InvalidInput):
    """A row has as many cells as the header."""

    code = "ROW_WIDTH_WRONG"
    zh = "该行有 {found} 个单元格，表头有 {expected} 个：请补齐空列的分隔符；含分隔符的内容请加引号。"
    en = "The row has {found} cells; the header has {expected}. Write a separator for each empty cell; quote text that holds one."


OnFault: TypeAlias = Callable[[int, DomainError], None]
"""Told of what is wrong with one of many, by its place; what it does not raise is gone on after."""


def refuse_first(_: int, error: DomainError) -> None:
    """Refuse all for the first that is wrong, where no file names rows."""
    raise error


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one row (1 is the first) and column; `column` is None for the row as a whole."""

    row: int
    column: str | None
    error: DomainError


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `values` holds the columns that the file has and whose cells could be read."""

    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class Lines:
    """All that could be read of a file, and all that was wrong."""

    rows: int = 0
    columns: frozenset[str] = frozenset()
    titles: dict[str, str] = field(default_factory=dict)
    """How the file's own header writes each column that it has."""
    records: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    @property
    def whole(self) -> list[Line]:
        """Return the lines in which nothing is wrong yet."""
        wrong = {fault.row for fault in self.faults}
        return [line for line in self.records if line.row not in wrong]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What the import of a file did, or in a dry run or with errors would do; the lists hold the first 500, the counts all.

    `counts` says how many were new, changed and so on, by the import's own words.
    """

    written: bool
    rows: int
    counts: Mapping[str, int]
    errors: list[Fault]
    warnings: list[Fault]
    error_count: int
    warning_count: int
    titles: Mapping[str, str]
    """How the file's own header writes its columns."""


def report_of(lines: Lines, counts: Mapping[str, int], *, written: bool) -> FileReport:
    """Return the report of an import, its faults in the order of rows."""
    faults = sorted(lines.faults, key=lambda fault: fault.row)
    return FileReport(
        written=written,
        rows=lines.rows,
        counts=counts,
        errors=faults[:MOST_FAULTS_SHOWN],
        warnings=lines.warnings[:MOST_FAULTS_SHOWN],
        error_count=len(faults),
        warning_count=len(lines.warnings),
        titles=lines.titles,
    )


def read_lines(content: bytes, columns: Columns, *, sheet: str | None = None) -> Lines:
    """Return the lines of a CSV file or of a workbook's sheet; raise what files.py raises when it is neither."""
    table = read_table(content, columns, sheet=sheet)
    lines = Lines(rows=len(table.records), warnings=[Fault(row, None, error) for row, error in table.notes])
    places = _read_header(table, columns, lines)
    if lines.faults:
        return lines
    lines.columns = frozenset(key for key in places if key)
    for row, cells in table.records:
        if len(cells) != len(places):
            lines.faults.append(Fault(row, None, RowWidthWrong(found=len(cells), expected=len(places))))
            continue
        values = dict(_read_cells(lines, row, columns, places, cells))
        lines.records.append(Line(row, values))
        lines.faults += [
            Fault(row, key, CellMissing()) for key in columns.filled if values.get(key) in ("", None) and key in values
        ]
    return lines


def _read_header(table: Table, columns: Columns, lines: Lines) -> list[str | None]:
    row, places = table.header_row, [columns.column_of(title) for title in table.header]
    for place, (title, key) in enumerate(zip(table.header, places, strict=True), start=1):
        if key is None:
            shown = safe_echo(title) or f"#{place}"
            lines.warnings.append(Fault(row, shown, ColumnUnknown(title=shown)))
        elif places.count(key) > 1:
            lines.faults.append(Fault(row, key, ColumnTwice(column=key, title=columns.title(key))))
        else:
            lines.titles[key] = safe_echo(title)
    missing = [key for key in columns.needed if key not in places]
    lines.faults += [Fault(row, key, ColumnMissing(column=key, title=columns.title(key))) for key in missing]
    return places


def _read_cells(
    lines: Lines, row: int, columns: Columns, places: list[str | None], cells: list[Cell]
) -> Iterator[tuple[str, Any]]:
    for key, cell in zip(places, cells, strict=True):
        if key is None:
            continue
        try:
            if not isinstance(cell, str):
                raise cell
            yield key, columns.read(key, cell)
        except InvalidInput as error:
            lines.faults.append(Fault(row, key, error))
