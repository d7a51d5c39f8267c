"""The columns of a people file: their names in zh and en, and the reading of each cell."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from plumb_platform.errors import InvalidInput

ALIASES: Mapping[str, tuple[str, ...]] = {
    "number": ("工号", "员工工号", "员工编号", "employee_number", "employee_no", "employee_id"),
    "name": ("姓名", "员工姓名", "full_name"),
    "email": ("邮箱", "电子邮箱", "邮件", "mail", "e-mail"),
    "unit_code": ("部门编码", "部门代码", "department_code"),
    "unit_name": ("部门", "部门名称", "department"),
    "parent_unit_code": ("上级部门编码", "上级部门代码", "parent_department_code"),
    "grade": ("职级", "级别", "level"),
    "position": ("岗位", "职位", "职务", "title", "job_title"),
    "manager_number": ("直属上级工号", "直接上级工号", "上级工号", "manager", "manager_employee_number"),
    "hired_on": ("入职日期", "入职时间", "hire_date", "hired"),
    "skills": ("技能", "技能标签", "skill"),
}
TITLES: Mapping[str, str] = {column: aliases[0] for column, aliases in ALIASES.items()}
"""The title of each column in Chinese, as messages name it."""
REQUIRED = ("number", "name", "unit_code")
LONGEST = {
    "number": 40,
    "name": 120,
    "email": 254,
    "unit_code": 40,
    "unit_name": 120,
    "parent_unit_code": 40,
    "grade": 40,
    "position": 80,
    "manager_number": 40,
    "hired_on": 20,
    "skills": 1000,
}
MOST_SKILLS = 50
LONGEST_TITLE = 200
_NAMES = {alias: column for column, aliases in ALIASES.items() for alias in (column, *aliases)}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]|(\d{2})(\d{2}))"
    r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
"""A day, and the midnight that spreadsheets write behind it."""
_IN_ASCII = frozenset({"number", "email", "unit_code", "parent_unit_code", "manager_number", "hired_on"})
_NARROW = {0x3000: " "} | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms (Unicode, FF01 to FF5E) as an input method for Chinese writes them: Ｅ１００１ is E1001."""
_SKILL_ENDS = re.compile(r"[;；,，、|]")


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


class CellEmailInvalid(InvalidInput):
    """An e-mail address has a name, an @ and a domain."""

    code = "CELL_EMAIL_INVALID"
    zh = "“{value}”不是有效的邮箱地址，请写成 name@example.com。"
    en = "{value} is not an e-mail address; write it as name@example.com."


class CellDateInvalid(InvalidInput):
    """A date is a day of the calendar."""

    code = "CELL_DATE_INVALID"
    zh = "“{value}”不是有效日期，请写成 2026-01-31 或 2026年1月31日。"
    en = "{value} is not a date; write it as 2026-01-31."


class CellTooManySkills(InvalidInput):
    """A person's skills are a short list."""

    code = "CELL_TOO_MANY_SKILLS"
    zh = "技能有 {count} 项，最多 {most} 项。"
    en = "There are {count} skills; at most {most} are taken."


def column_of(title: str) -> str | None:
    """Return the column that a header cell names, or None for one that we do not know."""
    if len(title) > LONGEST_TITLE:
        return None
    return _NAMES.get(re.sub(r"[\s_]+", "_", unicodedata.normalize("NFKC", title).strip().casefold()))


def read_cell(column: str, text: str) -> Any:
    """Return the value of a stripped cell: text, a date, None, or a list of skills; raise what is wrong with it.

    In codes, addresses and days full-width letters, digits and marks mean what the plain ones do; names stay as written.
    """
    if len(text) > LONGEST[column]:
        raise CellTooLong(length=len(text), longest=LONGEST[column])
    if column in _IN_ASCII and not text.isascii():
        text = text.translate(_NARROW).strip()
    if found := _CONTROL.search(text):
        raise CellControlCharacter(character=f"U+{ord(found[0]):04X}")
    return _READERS.get(column, str)(text)


def safe_echo(value: str, *, longest: int = 40) -> str:
    """Return a cell's text for a message: cut, and harmless where a spreadsheet would take it for a formula."""
    cut = value if len(value) <= longest else value[:longest] + "…"
    return f"'{cut}" if cut.startswith(("=", "+", "-", "@", "\t", "\r")) else cut


def _email(text: str) -> str | None:
    if text and not _EMAIL.fullmatch(text):
        raise CellEmailInvalid(value=safe_echo(text))
    return text or None


def _date(text: str) -> date | None:
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


def _skills(text: str) -> list[str]:
    skills = list(dict.fromkeys(skill.strip() for skill in _SKILL_ENDS.split(text) if skill.strip()))
    if len(skills) > MOST_SKILLS:
        raise CellTooManySkills(count=len(skills), most=MOST_SKILLS)
    return skills


_READERS: Mapping[str, Callable[[str], Any]] = {"email": _email, "hired_on": _date, "skills": _skills}
