"""A people file as lines of values, with every fault by row and column; nothing is compared with the company yet."""

from dataclasses import dataclass, field
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import CellMissing, safe_echo
from plumb_platform.sheets.lines import Fault, read_lines
from plumb_tenants.people.columns import COLUMNS, REQUIRED


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
    """Return the people and units of a CSV file or of a sheet; raise what plumb_platform/sheets raises when it is neither.

    A row with a unit name and neither number nor name defines a unit only.
    """
    lines = read_lines(content, COLUMNS, sheet=sheet)
    file = PeopleFile(lines.rows, lines.columns, lines.titles, faults=lines.faults, warnings=lines.warnings)
    for line in lines.records:
        _read_row(file, line.row, line.values)
    return file


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
