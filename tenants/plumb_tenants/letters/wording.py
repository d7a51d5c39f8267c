"""Fields in a letter's texts: the fixed list of what may stand in braces, and filling them in; pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

FIELDS: Mapping[str, str] = {
    "company": "公司名称",
    "cycle": "周期名称",
    "employee": "员工姓名",
    "employee_number": "员工工号",
    "manager": "直属上级姓名",
    "number": "责任书编号",
    "period": "责任期间",
    "position": "岗位",
    "unit": "所属部门",
    "year": "年度",
}
"""Every field by name, with what it stands for."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_FULL_WIDTH = re.compile(r"｛[^{}｛｝]{0,40}[}｝]|\{[^{}｛｝]{0,40}｝|[｛｝]")
_SEQUENCE = re.compile(r"\{seq(?::0?([1-9]))?\}")
NUMBER_FIELDS = ("year", "month")


def unknown_fields(text: str, known: Collection[str] = FIELDS) -> Iterator[str]:
    """Yield each name in braces that is no known field."""
    yield from (name for name in _FIELD.findall(text) if name not in known)


def unpaired_brace(text: str) -> str | None:
    """Return what follows a brace that has no other, as far as a person needs it to find the place; None where all are paired."""
    found = re.search(r"[{}].{0,12}", _FIELD.sub("", text), re.DOTALL)
    return found[0] if found else None


def full_width_brace(text: str) -> str | None:
    """Return the first field whose braces are as Chinese keyboards type them, or a lone brace; None without any."""
    found = _FULL_WIDTH.search(text)
    return found[0] if found else None


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of fields; what a value contains is never read as a field."""
    return _FIELD.sub(lambda found: values[found[1]], text)


def fill_all(texts: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Fill a list of paragraphs."""
    return [fill(each, values) for each in texts]


def is_number_pattern(pattern: str) -> bool:
    """Tell whether a pattern holds `{seq}` once and no field but NUMBER_FIELDS besides."""
    rest, sequences = _SEQUENCE.subn("", pattern)
    names = _FIELD.findall(rest)
    return sequences == 1 and set(names) <= set(NUMBER_FIELDS) and not set(_FIELD.sub("", rest)) & set("{}")


def dated(pattern: str, at: datetime) -> str:
    """Fill in the year and month of a number pattern and leave its sequence open."""
    return pattern.replace("{year}", f"{at.year:04d}").replace("{month}", f"{at.month:02d}")


def letter_number(pattern: str, at: datetime, sequence: int) -> str:
    """Write the number of a letter: `ZRS-{year}-{seq:06}` gives `ZRS-2026-000042`."""
    return _SEQUENCE.sub(lambda found: f"{sequence:0{found[1] or 1}d}", dated(pattern, at))
