"""What a workbook's number formats show (ECMA-376 part 1, 18.8.31): days, zeros and texts of codes, units."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import safe_echo

MOST_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""
LONGEST_FORM = 255
_DATES = {*range(14, 23), *range(27, 37), *range(50, 59)} - {18, 19, 20, 21, 32, 33, 34, 35, 55, 56}
"""Numbers of built-in formats that show a day, those of East Asia too (18.8.30)."""
_PERCENTS = {9: "0%", 10: "0.00%"}
_PIECE = re.compile(r'"([^"]*)"|\\(.)|\[([^\]]*)\]|([_*].)|(General|Standard|G/通用格式)|(.)', re.DOTALL | re.IGNORECASE)
_DAY = re.compile("[yYdD]")
_CONDITION = re.compile("[<>=]")
_MONEY = re.compile(r"[\s¥￥$€£元圆]*|CNY|RMB|USD", re.IGNORECASE)
_SCALED = re.compile(r"万|亿|千元|百元|^\s*[kKmM]\s*$")
_PARTED = re.compile("[0#?]-[0#?]")


class CellUnitShown(InvalidInput):
    """12 that shows as 12万 is twelve to a machine and 120,000 to whoever reads it."""

    code = "CELL_UNIT_SHOWN"
    zh = "此单元格的数字格式带有单位“{unit}”，无法确定数值以何为单位：请改为常规格式，并写出完整的数。"
    en = "The number format of this cell shows the unit {unit}, so that the number may mean either: show it plainly, in full."


class CellFormUnread(InvalidInput):
    """A format that shows something else than the number, in a way that is not read."""

    code = "CELL_FORM_UNREAD"
    zh = "此单元格的数字格式“{form}”所显示的内容无法读取：请将该列设为文本，并照所见填写。"
    en = "What the number format {form} shows of this cell cannot be read: make the column text and type what it shows."


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A number format: whether it shows a day, and its sections (positive, negative, zero) as pieces.

    A piece is a text that is shown, or one of the marks `0`, `#` and `?` for a digit; `plain` sections show the number.
    """

    code: str = ""
    is_day: bool = False
    sections: tuple["Section", ...] = ()

    def shown(self, number: Decimal) -> "str | InvalidInput":
        """Return what a cell shows of a number, exact in its digits, or what keeps it from being read."""
        place = 1 if number < 0 and len(self.sections) > 1 else 2 if not number and len(self.sections) > 2 else 0
        section = self.sections[place] if self.sections else Section()
        if section.unit:
            return CellUnitShown(unit=safe_echo(section.unit))
        if section.is_percent:
            return f"{_plain(number * 100)}%"
        if not section.pieces:
            return _plain(number)
        if section.has_condition or number != number.to_integral_value():
            return CellFormUnread(form=safe_echo(self.code))
        sign = "-" if number < 0 and place == 0 else ""
        return sign + _filled(section.pieces, format(abs(number), ".0f"))


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a format; without pieces it shows the number as it is."""

    pieces: tuple[tuple[str, bool], ...] = ()
    """Texts, and marks of digits (True)."""
    unit: str = ""
    is_percent: bool = False
    has_condition: bool = False


PLAIN = NumberForm()


def form_of(format_id: str, code: str | None) -> NumberForm:
    """Return what a format shows, by its number and, unless it is built in, by its code."""
    if code is None:
        number = int(format_id) if format_id.isdecimal() and len(format_id) < 4 else 0
        return NumberForm(is_day=True) if number in _DATES else _form(_PERCENTS.get(number, ""))
    return _form(code[:LONGEST_FORM])


@lru_cache(maxsize=256)
def _form(code: str) -> NumberForm:
    sections: list[list[tuple[str, str]]] = [[]]
    for quoted, escaped, bracket, _, _, mark in _PIECE.findall(code):
        if mark == ";":
            sections.append([])
        elif quoted or escaped:
            sections[-1].append(("text", quoted or escaped))
        elif bracket:
            # [$¥-804] shows ¥; [Red], [h] and the like show nothing of their own.
            sections[-1].append(("text", bracket[1:].partition("-")[0]) if bracket.startswith("$") else ("bracket", bracket))
        elif mark:
            sections[-1].append(("mark", mark))
    marks = "".join(mark for kind, mark in sections[0] if kind == "mark")
    return NumberForm(code, is_day=bool(_DAY.search(marks)), sections=tuple(map(_section, sections)))


def _section(found: list[tuple[str, str]]) -> Section:
    marks = "".join(mark for kind, mark in found if kind == "mark")
    texts = "".join(text for kind, text in found if kind == "text")
    digits = [place for place, (kind, mark) in enumerate(found) if kind == "mark" and mark in "0#?"]
    if "%" in marks:
        return Section(is_percent=True)
    pads = bool(re.fullmatch("0{2,40}", marks))
    # Marks of digits alone, with a text before or among them: those are codes. A text behind unpadded ones is a unit.
    ahead = any(kind == "text" and not _MONEY.fullmatch(text) for kind, text in found[: digits[-1] if digits else len(found)])
    if not set(marks) - set("0#?- ") and (pads or ahead or _PARTED.search(marks)):
        condition = any(kind == "bracket" and _CONDITION.search(text) for kind, text in found)
        shown = [(text, kind == "mark" and text in "0#?") for kind, text in found if kind != "bracket"]
        if not digits and shown:
            shown.insert(_general_place(found), ("#", True))
        return Section(tuple(shown), has_condition=condition)
    scaled = _SCALED.search(texts) if digits else None
    return Section(unit=texts.strip() if scaled else "")


def _general_place(found: list[tuple[str, str]]) -> int:
    """Where the number stands in a format that names it by General alone: behind the texts."""
    return sum(kind != "bracket" for kind, _ in found)


def _filled(pieces: tuple[tuple[str, bool], ...], digits: str) -> str:
    """Fill digits into their marks from the right; the first mark takes those that are left over."""
    left = list(digits.lstrip("0"))
    marks = [place for place, (_, is_mark) in enumerate(pieces) if is_mark]
    shown: dict[int, str] = {}
    for place in reversed(marks):
        mark = pieces[place][0]
        shown[place] = left.pop() if left else {"0": "0", "?": " "}.get(mark, "")
    if marks:
        shown[marks[0]] = "".join(left) + shown[marks[0]]
    return "".join(shown[place] if is_mark else text for place, (text, is_mark) in enumerate(pieces)).strip()


def _plain(number: Decimal) -> str:
    # A file keeps a fraction as the binary one next to it (0.1 + 0.2): fifteen digits are what a sheet shows of it.
    if number == number.to_integral_value():
        return format(number, ".0f")
    return format(Decimal(format(float(number), f".{MOST_DIGITS}g")), "f")
