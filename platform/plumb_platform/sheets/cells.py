"""Columns of a file that people typed: their headings in zh and en, and the reading of each cell."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from plumb_platform.errors import InvalidInput

LONGEST_TITLE = 200
MOST_DIGITS = 24
"""Digits of a number in a cell: more than any column of ours holds."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]|(\d{2})(\d{2}))"
    r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
"""A day, and the midnight that spreadsheets write behind it."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
"""A plain number, with a comma before each three digits or without any."""
_NARROW = {0x3000: " "} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms (Unicode, FF01 to FF5E) as an input method for Chinese writes them: Ｅ１００１ is E1001."""
_YES, _NO = frozenset({"是", "y", "yes", "true", "1"}), frozenset({"", "否", "n", "no", "false", "0"})


class CellMissing(InvalidInput):
    """The cell must hold something."""

    code = "CELL_MISSING"
    zh = "此单元格不能为空；CSV 中合并的单元格只有首行有内容，请逐行填写。"
    en = "This cell must not be empty; of merged cells a CSV file holds the first alone, so fill each row."


class CellTooLong(InvalidInput):
    """The cell holds more text than the field takes."""

    code = "CELL_TOO_LONG"
    zh = "内容有 {length} 个字符，最多 {longest} 个。"
    en = "The text has {length} characters; at most {longest} are taken."


class CellControlCharacter(InvalidInput):
    """Line breaks, zero bytes and characters that turn the reading direction have no place in a field."""

    code = "CELL_CONTROL_CHARACTER"
    zh = "内容含有不可见的控制字符 {character}。"
    en = "The text holds the control character {character}."


class CellDateInvalid(InvalidInput):
    """A date is a day of the calendar."""

    code = "CELL_DATE_INVALID"
    zh = "“{value}”不是有效日期，请写成 2026-01-31 或 2026年1月31日。"
    en = "{value} is not a date; write it as 2026-01-31."


class CellNumberInvalid(InvalidInput):
    """A number is written out: units and percent signs change its size, and nobody could tell by how much it was meant."""

    code = "CELL_NUMBER_INVALID"
    zh = "“{value}”不是有效数值，请只写数字，如 1234.50 或 1,234.50，不带单位（元、万）、货币符号与百分号。"
    en = "{value} is not a number; write digits alone, as 1234.50 or 1,234.50, without units, currency or percent signs."


class CellPercent(InvalidInput):
    """12.5% is 12.5 where a metric is in percent and 0.125 where it is a share: whoever wrote it knows which."""

    code = "CELL_PERCENT"
    zh = "“{value}”带有百分号，可能表示 {percent} 或 {share}：请按该列的单位只写其一，并将单元格设为常规格式。"
    en = "{value} has a percent sign and may mean {percent} or {share}: write the one in the column's unit, shown plainly."


class CellFlagInvalid(InvalidInput):
    """A question that is answered by yes or no."""

    code = "CELL_FLAG_INVALID"
    zh = "“{value}”请改为 是 或 否。"
    en = "Write yes or no in place of {value}."


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its headings (the first names it in Chinese), the characters that a cell holds, and how they are read.

    A `needed` column stands in every file; a `filled` one holds something in every row. In a `narrow` one full-width
    letters, digits and marks mean what the plain ones do.
    """

    key: str
    titles: tuple[str, ...]
    longest: int
    read: Callable[[str], Any] = str
    needed: bool = False
    filled: bool = False
    narrow: bool = False

    @property
    def is_text(self) -> bool:
        """Return whether a cell holds a text, which a spreadsheet should leave as it is typed."""
        return self.read is str


class Columns:
    """The columns that one kind of file may have."""

    def __init__(self, *columns: Column) -> None:
        self.all: Mapping[str, Column] = {column.key: column for column in columns}
        self._names = {name: column.key for column in columns for name in (column.key, *column.titles)}
        self.needed = [column.key for column in columns if column.needed]
        self.filled = [column.key for column in columns if column.filled]

    def title(self, key: str) -> str:
        """Return the title of a column in Chinese, as messages name it."""
        return self.all[key].titles[0]

    def column_of(self, title: str) -> str | None:
        """Return the column that a header cell names, or None for one that is not known."""
        if len(title) > LONGEST_TITLE:
            return None
        return self._names.get(re.sub(r"[\s_]+", "_", unicodedata.normalize("NFKC", title).strip().casefold()))

    def named(self, titles: Collection[object]) -> int:
        """Return how many of some header cells name a column."""
        return sum(isinstance(title, str) and self.column_of(title) is not None for title in titles)

    def read(self, key: str, text: str) -> Any:
        """Return the value of a stripped cell; raise what is wrong with it."""
        column = self.all[key]
        if len(text) > column.longest:
            raise CellTooLong(length=len(text), longest=column.longest)
        if column.narrow and not text.isascii():
            text = text.translate(_NARROW).strip()
        if found := _CONTROL.search(text):
            raise CellControlCharacter(character=f"U+{ord(found[0]):04X}")
        return column.read(text)


def read_day(text: str) -> date | None:
    """Return the day that a cell tells, None for an empty one."""
    if not text:
        return None
    found = _DATE.fullmatch(text)
    year, month, day = [int(part) for part in found.groups() if part] if found else (0, 0, 0)
    try:
        value = date(year, month, day)
    except ValueError:
        raise CellDateInvalid(value=safe_echo(text)) from None
    if not 1900 <= value.year <= 2200:
        raise CellDateInvalid(value=safe_echo(text))
    return value


def read_number(text: str) -> Decimal | None:
    """Return the number that a cell tells, None for an empty one."""
    if not text:
        return None
    written = text.removesuffix("%").rstrip()
    plain = written.replace(",", "")
    if not _NUMBER.fullmatch(written) or sum(map(str.isdecimal, plain)) > MOST_DIGITS:
        raise CellNumberInvalid(value=safe_echo(text))
    number = Decimal(plain)
    if written != text:
        raise CellPercent(value=safe_echo(text), percent=plain, share=format(number.scaleb(-2), "f"))
    return number


def read_whole(text: str) -> int | None:
    """Return the whole number that a cell tells, None for an empty one."""
    number = read_number(text)
    if number is not None and number != number.to_integral_value():
        raise CellNumberInvalid(value=safe_echo(text))
    return None if number is None else int(number)


def read_flag(text: str) -> bool:
    """Return whether a cell says yes; an empty one says no."""
    said = text.casefold()
    if said not in _YES | _NO:
        raise CellFlagInvalid(value=safe_echo(text))
    return said in _YES


def safe_echo(value: str, *, longest: int = 40) -> str:
    """Return a cell's text for a message: cut, and harmless where a spreadsheet would take it for a formula."""
    cut = value if len(value) <= longest else value[:longest] + "…"
    return f"'{cut}" if cut.startswith(("=", "+", "-", "@", "\t", "\r")) else cut
