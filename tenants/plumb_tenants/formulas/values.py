"""What formulas compute with: four types, null for "no input", and UNDEFINED with a reason in place of exceptions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plumb_platform.errors import Locale
from plumb_platform.words import Word
from plumb_tenants.formulas.errors import Position

Value = Decimal | str | bool | date


class Type(Word):
    """The type of a field or of a whole formula; every one may also be null.

    A field of type USAGE (log-ins, update counts) may be declared and is refused wherever a formula names it (C62, N18).
    """

    NUMBER = "NUMBER", "数值", "a number"
    TEXT = "TEXT", "文本", "text"
    BOOLEAN = "BOOLEAN", "真假值", "true or false"
    DATE = "DATE", "日期", "a date"
    USAGE = "USAGE", "系统使用数据", "usage data"


class Reason(Word):
    """Why a formula has no value."""

    NO_INPUT = "NO_INPUT", "缺少输入", "there is no input"
    DIVISION_BY_ZERO = "DIVISION_BY_ZERO", "除数为 0", "a division by zero"
    OUT_OF_RANGE = "OUT_OF_RANGE", "结果超出可计算的范围", "a result outside the computable range"


@dataclass(frozen=True, slots=True)
class Undefined:
    """No value, and why; `at` is the operator or function at fault, None for missing input."""

    reason: Reason
    at: Position | None = None

    def text(self, locale: Locale) -> str:
        """Tell the reason to a person, with line and column."""
        why = self.reason.text(locale)
        if locale == "zh-CN":
            return f"未定义：{why}" + (f"（第 {self.at.line} 行第 {self.at.column} 列）" if self.at else "")
        return f"Undefined: {why}" + (f" (line {self.at.line}, column {self.at.column})" if self.at else "")


@dataclass(frozen=True, slots=True)
class Result:
    """Either `value` or `undefined`; `missing` names the used fields that were null, also when there is a value."""

    value: Value | None
    undefined: Undefined | None = None
    missing: tuple[str, ...] = ()


class Halt(Exception):
    """Ends an evaluation early; never leaves this package."""

    def __init__(self, reason: Reason, at: Position) -> None:
        self.undefined = Undefined(reason, at)
        super().__init__(reason)
