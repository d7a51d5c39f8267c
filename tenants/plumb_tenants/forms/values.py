"""Reading one answer by its field's type: from JSON to what is stored and what formulas read, or what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

from plumb_tenants.forms.body import CHOSEN, LONGEST_LONG_TEXT, LONGEST_TEXT, NUMBERS, TEXTS, Cell, Type
from plumb_tenants.forms.patterns import compile_pattern
from plumb_tenants.forms.problems import ChoiceTwice, ChoiceUnknown, LengthWrong, PatternWrong, ValueTypeWrong
from plumb_tenants.formulas.service import Type as FormulaType
from plumb_tenants.formulas.service import Value

Json = Any
PLAIN = re.compile(r"-?\d{1,18}(?:\.\d{1,8})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PERIOD = re.compile(r"(?:19|20|21)\d\d(?:-(?:0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
_CODE = re.compile(r"\S.{0,119}")
LARGEST_INTEGER = 10**15
EXACT = Context(prec=60)
"""Wide enough that no sum of a column is rounded by it."""
LARGEST_COMPUTED = Decimal(10) ** 24

WANTED: Mapping[Type, tuple[str, str]] = {
    Type.TEXT: ("文本", "text"),
    Type.LONG_TEXT: ("文本", "text"),
    Type.INTEGER: ("整数（绝对值小于 10^15）", "a whole number below 10^15 in size"),
    Type.DECIMAL: ("以字符串书写的数字，至多 {places} 位小数", "a string of plain digits with at most {places} decimals"),
    Type.MONEY: ("以字符串书写的金额，至多 {places} 位小数", "an amount as a string with at most {places} decimals"),
    Type.PERCENT: ("以字符串书写的百分数，至多 {places} 位小数", "a percentage as a string with at most {places} decimals"),
    Type.DATE: ("日期（YYYY-MM-DD）", "a date (YYYY-MM-DD)"),
    Type.PERIOD: ("期间（2026、2026-Q3 或 2026-07）", "a period (2026, 2026-Q3 or 2026-07)"),
    Type.SINGLE_CHOICE: ("一个选项代号", "the key of a choice"),
    Type.PRODUCT_LINE: ("一个产品线代号", "the key of a product line"),
    Type.MULTIPLE_CHOICE: ("选项代号的列表", "a list of keys of choices"),
    Type.PERSON: ("工号", "an employee number"),
    Type.UNIT: ("部门代码", "the code of a unit"),
    Type.METRIC: ("指标代号", "the key of a metric"),
    Type.TABLE: ("行的列表，每行为一个对象", "a list of rows, each an object"),
}

FORMULA_TYPES: Mapping[Type, FormulaType] = {
    **dict.fromkeys(NUMBERS, FormulaType.NUMBER),
    **dict.fromkeys((Type.MULTIPLE_CHOICE, Type.ATTACHMENT, Type.TABLE, Type.FED), FormulaType.NUMBER),
    **dict.fromkeys((*TEXTS, Type.PERIOD, Type.SINGLE_CHOICE, Type.PRODUCT_LINE), FormulaType.TEXT),
    **dict.fromkeys((Type.PERSON, Type.UNIT, Type.METRIC), FormulaType.TEXT),
    Type.DATE: FormulaType.DATE,
}
"""What formulas read of a field; of a collection its count, null when it is empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value as it is stored, and as formulas read it; both None where there is none."""

    stored: Json = None
    read: Value | None = None


NOTHING = Answer()


def read_value(cell: Cell, raw: Json, path: str, *, metrics: tuple[str, ...] = ()) -> Answer:
    """Return the answer in a raw value; raises an InvalidInput that names the path. Blank text and null are no answer."""
    if raw is None or (isinstance(raw, str) and not raw.strip()) or (isinstance(raw, list) and not raw):
        return NOTHING
    return _READERS[cell.type](cell, raw, path, metrics)


def wrong_type(cell: Cell, raw: Json, path: str) -> ValueTypeWrong:
    """Return the error for a value that is none of its field's type."""
    zh, en = (words.format(places=cell.places) for words in WANTED[cell.type])
    return ValueTypeWrong(field=path, label=cell.label, value=shown(raw), wanted_zh=zh, wanted_en=en)


def shown(raw: Json) -> str:
    """Return a value as an error says it, cut where it is long."""
    return f"{raw!s:.60}" if isinstance(raw, str | int | Decimal) else type(raw).__name__


def quantized(number: Decimal, places: int) -> Decimal:
    """Return the number with exactly so many decimals, half to even."""
    return number.quantize(Decimal(1).scaleb(-places), context=EXACT)


def _text(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if not isinstance(raw, str) or "\x00" in raw:
        raise wrong_type(cell, raw, path)
    text = raw.strip() if cell.type is Type.TEXT else raw
    least, most = cell.min_length or 0, longest(cell)
    if not least <= len(text) <= most:
        raise LengthWrong(field=path, label=cell.label, length=len(text), least=least, most=most)
    if cell.pattern and not compile_pattern(cell.pattern)(text):
        raise PatternWrong(field=path, label=cell.label, value=shown(text), pattern=cell.pattern)
    return Answer(text, text)


def longest(cell: Cell) -> int:
    """Return how many characters a text may have."""
    limit = LONGEST_TEXT if cell.type is Type.TEXT or cell.pattern else LONGEST_LONG_TEXT
    return min(cell.max_length or limit, limit)


def _integer(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) >= LARGEST_INTEGER:
        raise wrong_type(cell, raw, path)
    return Answer(raw, Decimal(raw))


def _number(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(text, str) or not PLAIN.fullmatch(text):
        raise wrong_type(cell, raw, path)
    number = quantized(Decimal(text), cell.places)
    if number != Decimal(text):
        raise wrong_type(cell, raw, path)
    number = abs(number) if number.is_zero() else number
    return Answer(format(number, "f"), number)


def _date(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    try:
        day = date.fromisoformat(raw) if isinstance(raw, str) and _DAY.fullmatch(raw) else None
    except ValueError:
        day = None
    if day is None:
        raise wrong_type(cell, raw, path)
    return Answer(raw, day)


def _period(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if not isinstance(raw, str) or not _PERIOD.fullmatch(raw):
        raise wrong_type(cell, raw, path)
    return Answer(raw, raw)


def _choice(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if not isinstance(raw, str):
        raise wrong_type(cell, raw, path)
    _check_offered(cell, raw, path, tuple(choice.key for choice in cell.choices))
    return Answer(raw, raw)


def _choices(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise wrong_type(cell, raw, path)
    offered = tuple(choice.key for choice in cell.choices)
    for place, key in enumerate(raw):
        _check_offered(cell, key, f"{path}[{place}]", offered)
        if key in raw[:place]:
            raise ChoiceTwice(field=f"{path}[{place}]", label=cell.label, value=shown(key))
    return Answer(sorted(raw, key=offered.index), Decimal(len(raw)))


def _metric(cell: Cell, raw: Json, path: str, metrics: tuple[str, ...]) -> Answer:
    if not isinstance(raw, str):
        raise wrong_type(cell, raw, path)
    _check_offered(cell, raw, path, metrics)
    return Answer(raw, raw)


def _code(cell: Cell, raw: Json, path: str, _: tuple[str, ...]) -> Answer:
    if not isinstance(raw, str) or not _CODE.fullmatch(raw) or "\x00" in raw:
        raise wrong_type(cell, raw, path)
    return Answer(raw.strip(), raw.strip())


def _check_offered(cell: Cell, key: str, path: str, offered: tuple[str, ...]) -> None:
    if key not in offered:
        raise ChoiceUnknown(field=path, label=cell.label, value=shown(key), known=", ".join(offered)[:200])


_Reader = Callable[[Cell, Json, str, tuple[str, ...]], Answer]
_READERS: Mapping[Type, _Reader] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys((Type.DECIMAL, Type.MONEY, Type.PERCENT), _number),
    Type.INTEGER: _integer,
    Type.DATE: _date,
    Type.PERIOD: _period,
    **dict.fromkeys(CHOSEN - {Type.MULTIPLE_CHOICE}, _choice),
    Type.MULTIPLE_CHOICE: _choices,
    Type.METRIC: _metric,
    Type.PERSON: _code,
    Type.UNIT: _code,
}
