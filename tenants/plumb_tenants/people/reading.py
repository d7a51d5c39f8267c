"""A people file as lines of values, with every fault by row and column; nothing is compared with the company yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_tenants.people.columns import REQUIRED, TITLES, CellMissing, column_of, read_cell, safe_echo
from plumb_tenants.people.files import read_table
from plumb_tenants.people.table import Cell, Table


class ColumnMissing(InvalidInput):
    """Number, name and unit code are needed to know anybody."""

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


class NumberTwice(InvalidInput):
    """An employee number names one person."""

    code = "NUMBER_TWICE"
    zh = "工号 {number} 在第 {other} 行已出现。"
    en = "The employee number {number} stands in row {other} already."


class UnitContradicted(InvalidInput):
    """All rows say the same of a unit."""

    code = "UNIT_CONTRADICTED"
    zh = "部门 {code} 在第 {other} 行写作“{said}”。"
    en = "Row {other} says {said} of the unit {code}."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one row (1 is the header) and column; `column` is None for the row as a whole."""

    row: int
    column: str | None
    error: InvalidInput


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of the file; `values` holds the columns that the file has."""

    row: int
    number: str
    values: dict[str, Any]


@dataclass(slots=True)
class UnitLine:
    """What the file says of a unit, in the first row that says it; None where no row says anything."""

    row: int
    name: str | None = None
    parent: str | None = None
    said_in: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class PeopleFile:
    """All that could be read, and all that was wrong."""

    rows: int = 0
    columns: frozenset[str] = frozenset()
    titles: dict[str, str] = field(default_factory=dict)
    """How the file's own header writes each column that it has."""
    people: dict[str, PersonLine] = field(default_factory=dict)
    units: dict[str, UnitLine] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def read_people(content: bytes, *, sheet: str | None = None) -> PeopleFile:
    """Return the people and units of a CSV file or of a sheet; raise what files.py raises when it is neither.

    A row with a unit name and neither number nor name defines a unit only.
    """
    table = read_table(content, sheet=sheet)
    file = PeopleFile(rows=len(table.records), warnings=[Fault(row, None, error) for row, error in table.notes])
    columns = _read_header(table, file)
    if file.faults:
        return file
    file.columns = frozenset(column for column in columns if column)
    for row, cells in table.records:
        if len(cells) != len(columns):
            file.faults.append(Fault(row, None, RowWidthWrong(found=len(cells), expected=len(columns))))
            continue
        _read_row(file, row, dict(_read_cells(file, row, columns, cells)))
    return file


def _read_header(table: Table, file: PeopleFile) -> list[str | None]:
    row, columns = table.header_row, [column_of(title) for title in table.header]
    for place, (title, column) in enumerate(zip(table.header, columns, strict=True), start=1):
        if column is None:
            shown = safe_echo(title) or f"#{place}"
            file.warnings.append(Fault(row, shown, ColumnUnknown(title=shown)))
        elif columns.count(column) > 1:
            file.faults.append(Fault(row, column, ColumnTwice(column=column, title=TITLES[column])))
        else:
            file.titles[column] = safe_echo(title)
    missing = [column for column in REQUIRED if column not in columns]
    file.faults += [Fault(row, column, ColumnMissing(column=column, title=TITLES[column])) for column in missing]
    return columns


def _read_cells(file: PeopleFile, row: int, columns: list[str | None], cells: list[Cell]) -> Iterator[tuple[str, Any]]:
    for column, cell in zip(columns, cells, strict=True):
        if column is None:
            continue
        try:
            if not isinstance(cell, str):
                raise cell
            yield column, read_cell(column, cell)
        except InvalidInput as error:
            file.faults.append(Fault(row, column, error))


def _read_row(file: PeopleFile, row: int, values: dict[str, Any]) -> None:
    unit_only = values.get("unit_name") and not values.get("number") and not values.get("name")
    needed = ("unit_code",) if unit_only else REQUIRED
    empty = [column for column in needed if values.get(column) == ""]
    file.faults += [Fault(row, column, CellMissing()) for column in empty]
    if values.get("unit_code"):
        _read_unit(file, row, values)
    number = values.get("number")
    if not number:
        return
    if number in file.people:
        error = NumberTwice(number=safe_echo(number), other=file.people[number].row)
        file.faults.append(Fault(row, "number", error))
        return
    file.people[number] = PersonLine(row, number, values)


def _read_unit(file: PeopleFile, row: int, values: dict[str, Any]) -> None:
    code = values["unit_code"]
    unit = file.units.setdefault(code, UnitLine(row))
    for attribute, column in (("name", "unit_name"), ("parent", "parent_unit_code")):
        said, known = values.get(column), getattr(unit, attribute)
        if not said:
            continue
        if known is None:
            setattr(unit, attribute, said)
            unit.said_in[column] = row
        elif known != said:
            error = UnitContradicted(code=safe_echo(code), said=safe_echo(known), other=unit.said_in[column])
            file.faults.append(Fault(row, column, error))
