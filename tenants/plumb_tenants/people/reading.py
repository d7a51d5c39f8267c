"""A people file as lines of values, with every fault by row and column; nothing is compared with the company yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_tenants.people.columns import REQUIRED, CellMissing, column_of, read_cell, safe_echo
from plumb_tenants.people.csv_file import Table, read_table


class ColumnMissing(InvalidInput):
    """Number, name and unit code are needed to know anybody."""

    code = "COLUMN_MISSING"
    zh = "缺少必需的列 {column}。"
    en = "The column {column} is required."


class ColumnTwice(InvalidInput):
    """Two header cells name one column."""

    code = "COLUMN_TWICE"
    zh = "列 {column} 出现了两次。"
    en = "The column {column} stands twice in the header."


class ColumnUnknown(InvalidInput):
    """A warning: the column is not read."""

    code = "COLUMN_UNKNOWN"
    zh = "不认识的列“{title}”，已忽略。"
    en = "The column {title} is not known and was left out."


class RowWidthWrong(InvalidInput):
    """A row has as many cells as the header."""

    code = "ROW_WIDTH_WRONG"
    zh = "该行有 {found} 个单元格，表头有 {expected} 个。"
    en = "The row has {found} cells; the header has {expected}."


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
    people: dict[str, PersonLine] = field(default_factory=dict)
    units: dict[str, UnitLine] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def read_people(content: bytes) -> PeopleFile:
    """Return the people and units of a CSV file; raise the errors of csv_file.py when it is no CSV at all.

    A row with a unit name and neither number nor name defines a unit only.
    """
    table = read_table(content)
    file = PeopleFile(rows=len(table.records))
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
    columns = [column_of(title) for title in table.header]
    for title, column in zip(table.header, columns, strict=True):
        if column is None:
            file.warnings.append(Fault(1, safe_echo(title), ColumnUnknown(title=safe_echo(title))))
        elif columns.count(column) > 1:
            file.faults.append(Fault(1, column, ColumnTwice(column=column)))
    missing = [column for column in REQUIRED if column not in columns]
    file.faults += [Fault(1, column, ColumnMissing(column=column)) for column in missing]
    return columns


def _read_cells(file: PeopleFile, row: int, columns: list[str | None], cells: list[str]) -> Iterator[tuple[str, Any]]:
    for column, text in zip(columns, cells, strict=True):
        if column is None:
            continue
        try:
            yield column, read_cell(column, text)
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
