"""Why a formula is refused: each error points at line, column and the offending name, in zh-CN and en.

FormulaError
├── FormulaSyntax      FORMULA_SYNTAX            it is no formula
├── UnknownName        FORMULA_UNKNOWN_NAME      no such field here
├── UnknownFunction    FORMULA_UNKNOWN_FUNCTION  no such function
├── WrongType          FORMULA_TYPE              text where a number belongs
├── WrongArguments     FORMULA_ARGUMENTS         too few or too many
├── UsageNamed         FORMULA_USAGE             usage data, which nothing is computed from
└── FormulaTooLarge    FORMULA_LIMIT             longer or deeper than allowed
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from plumb_platform.errors import InvalidInput

LONGEST_GUESS = 64
MOST_KNOWN = 12


class Position(NamedTuple):
    """A place in the text: line and column from 1, counted in characters as typed."""

    line: int
    column: int


class FormulaError(InvalidInput):
    """A formula was refused; `suggestion` is the nearest known name, if one is near, and else `known` are those there are."""

    def __init__(
        self, at: Position, name: str = "", suggestion: str = "", known: Iterable[str] | None = None, **values: object
    ) -> None:
        self.line, self.column = at
        self.name = name
        self.suggestion = suggestion
        hints = _hints(suggestion, known)
        super().__init__(field="formula", line=at.line, column=at.column, name=name, **hints, **values)


def _hints(suggestion: str, known: Iterable[str] | None) -> dict[str, str]:
    """Return what somebody may write instead: the nearest name, or the names that there are."""
    if suggestion:
        return {"hint_zh": f"您是否想写“{suggestion}”？", "hint_en": f" Did you mean “{suggestion}”?"}
    if known is None:
        return {"hint_zh": "", "hint_en": ""}
    names = sorted(known)
    # Of names that mean the same in both languages the reader's own come first.
    named_zh = [*(name for name in names if not name.isascii()), *(name for name in names if name.isascii())]
    if not names:
        return {"hint_zh": "这里没有可用的名称，请先声明。", "hint_en": " No name is known here; declare it first."}
    more = "…" if len(names) > MOST_KNOWN else ""
    zh, en = "、".join(named_zh[:MOST_KNOWN]) + more, ", ".join(names[:MOST_KNOWN]) + more
    return {"hint_zh": f"可用的名称：{zh}。", "hint_en": f" Known here: {en}."}


class FormulaSyntax(FormulaError):
    """The text is no formula: something stands where it cannot, or something is missing."""

    code = "FORMULA_SYNTAX"
    zh = "第 {line} 行第 {column} 列：{reason_zh}。"
    en = "Line {line}, column {column}: {reason_en}."


class UnknownName(FormulaError):
    """The formula uses a field that is not declared where it stands; where no known name is near, it lists those there are."""

    code = "FORMULA_UNKNOWN_NAME"
    zh = "第 {line} 行第 {column} 列：没有名为“{name}”的字段。{hint_zh}"
    en = "Line {line}, column {column}: there is no field named “{name}”.{hint_en}"


class UnknownFunction(FormulaError):
    """The formula calls a function that the language does not have."""

    code = "FORMULA_UNKNOWN_FUNCTION"
    zh = "第 {line} 行第 {column} 列：没有名为“{name}”的函数。{hint_zh}"
    en = "Line {line}, column {column}: there is no function named “{name}”.{hint_en}"


class WrongType(FormulaError):
    """A part of the formula has another type than its place needs."""

    code = "FORMULA_TYPE"
    zh = "第 {line} 行第 {column} 列：“{name}”是{found_zh}，此处需要{wanted_zh}。"
    en = "Line {line}, column {column}: “{name}” is {found_en}, but {wanted_en} is needed here."


class WrongArguments(FormulaError):
    """A function got too few or too many arguments."""

    code = "FORMULA_ARGUMENTS"
    zh = "第 {line} 行第 {column} 列：函数 {name} 的参数个数为 {found}，应写成 {signature_zh}。"
    en = "Line {line}, column {column}: {name} has {found} arguments; write {signature_en}."


class UsageNamed(FormulaError):
    """The formula names usage data, which no score is made of (C62)."""

    code = "FORMULA_USAGE"
    zh = "第 {line} 行第 {column} 列：“{name}”是系统使用数据，按规则 C62（系统使用不计入考核）不得用于任何计算公式。"
    en = "Line {line}, column {column}: “{name}” is usage data; by rule C62 (usage is not scored) no formula computes with it."


class FormulaTooLarge(FormulaError):
    """The formula exceeds a limit that keeps every evaluation short."""

    code = "FORMULA_LIMIT"
    zh = "第 {line} 行第 {column} 列：公式超出限制（{limit_zh}）。"
    en = "Line {line}, column {column}: the formula exceeds a limit ({limit_en})."


_INSTEAD = {
    ("'", "‘", "’", "＇"): ("，文本请用双引号括起", "; write text in double quotes"),
    ("!", "！"): ("，不等于写作 <>", "; not equal is <>"),
    ("=", "＝"): ("，公式不以等号开头，相等只写一个等号", "; a formula begins without it, and one alone means equal"),
    (",", "，"): ("，数字不写千位分隔符，参数不可为空", "; numbers are written without separators, and no argument is empty"),
    ("万", "亿"): ("，请写全数字，如 100000", "; write all digits, such as 100000"),
    ("、",): ("，参数之间用逗号", "; commas part arguments"),
    ("与", "和", "及"): ("，并且写作“且”", "; write and"),
    ("|", "｜"): ("，或者写作“或”", "; write or"),
}
"""What people write out of habit in places where it cannot stand, with what is written instead."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or nothing."""
    if len(name) > LONGEST_GUESS:
        return ""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), "")


def too_large(at: Position, zh: str, en: str) -> FormulaTooLarge:
    """Make the error for a limit."""
    return FormulaTooLarge(at, limit_zh=zh, limit_en=en)


def wrong_syntax(at: Position, name: str, zh: str, en: str) -> FormulaSyntax:
    """Make the error for a text that is no formula."""
    return FormulaSyntax(at, name, reason_zh=zh, reason_en=en)


def cannot_stand(at: Position, found: str) -> FormulaSyntax:
    """Make the error for a character or word in a place where none such can stand."""
    shown = found[:40] if found.isprintable() else f"U+{ord(found[0]):04X}"
    if found in {'"', "“", "”", "＂"}:
        return wrong_syntax(at, shown, "文本的引号没有闭合", "the quotation mark is not closed")
    zh, en = next((told for those, told in _INSTEAD.items() if found in those), ("", ""))
    return wrong_syntax(at, shown, f"此处不应出现“{shown}”{zh}", f"“{shown}” cannot stand here{en}")
