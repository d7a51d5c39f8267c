"""Hostile formulas: nothing but a FormulaError comes back, and soon (C33)."""

import time
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest

from plumb_tenants.formulas.service import FormulaError, Type, compile_formula, preview

NAMES = {"x": Type.NUMBER, "历史月均": Type.NUMBER, "t": Type.TEXT}
VALUES = {"x": Decimal("1.5"), "历史月均": None, "t": "a" * 100}
LIMIT_MS = 100
"""Far above the 5 ms that goal D5 asks for, so that a busy machine does not fail the test; a blow-up takes seconds."""


def milliseconds(act: Callable[[], object]) -> float:
    """Return the processor's time for an act, the least of three: what others do on the machine does not count."""
    took = []
    for _ in range(3):
        start = time.process_time()
        act()
        took.append(time.process_time() - start)
    return min(took) * 1000


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        '__import__("os")',
        "x.__class__",
        "x.__class__.__mro__",
        "().__class__.__bases__",
        "(x).real",
        "t.format(x)",
        "[x for x in (1,)]",
        "lambda: 1",
        "{{ x }}",
        "x; x",
        "x := 1",
        "f'{x}'",
        "eval(“1”)",
        "open(“/etc/passwd”)",
        "9**9**9**9",
        "1e999999999",
        "(" * 1000 + "1" + ")" * 1000,
        "-" * 1999 + "1",
        "x" * 2000,
        "1+" * 999 + "1",
        "(select count(*) from read_csv('/etc/passwd'))",
        '"' * 1999,
        "IF(" * 600,
        "x\u202e + 1",
        "\ud800",
        "\ufeff1",
        "x\x00y",
        "a" + "." * 1000,
        "&" * 2000,
        "1\n" * 1000,
        "（" * 2000,
    ],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    def refuse() -> None:
        with pytest.raises(FormulaError) as refusal:
            compile_formula(text, NAMES)
        assert len(refusal.value.text("zh-CN")) < 300

    assert milliseconds(refuse) < LIMIT_MS


@pytest.mark.parametrize(
    "text",
    [
        "9^64^64",
        "-" * 399 + "1",
        "^".join(["9"] * 190),
        "*".join(["9999999999999999999999999999"] * 60),
        "(" * 40 + "1/3" + ")" * 40,
        "ROUND(x, 30)" + "+ROUND(x, 30)" * 90,
        "t" + "&t" * 190,
        "IF(x>1," * 39 + "1" + ",2)" * 39,
    ],
)
def test_the_heaviest_formulas_allowed_end_at_once(text: str) -> None:
    assert milliseconds(lambda: preview(text, NAMES, [VALUES])) < LIMIT_MS


def test_the_deepest_formula_allowed_leaves_room_for_a_server_above_it() -> None:
    deepest = "x"
    for _ in range(24):
        deepest = f"假 或 真 且 1=1&1+1*1^-({deepest})%"

    def below(frames: int) -> None:
        if frames:
            return below(frames - 1)
        with pytest.raises(FormulaError, match="“&” is text, but a number is needed"):
            compile_formula(deepest, NAMES)
        return None

    below(250)
    numbers = "x"
    for _ in range(39):
        numbers = f"1+1*-({numbers})%^1"
    assert preview(numbers, NAMES, [VALUES]).results[0].value is not None


PIECES = [
    *"+-*/^&=<>%(),.，（）＋＞“”\"'!@#$;:[]{}\\ \n\t\x00９",
    *["1", "0.5", "20%", "x", "历史月均", "t", "“文本”", "TRUE", "假", "IF(", "如果（", "SUM(", "ROUND(", "四舍五入("],
    *["COALESCE(", "且", "或", " AND ", " 或 ", ">=", "<>", "≠", "__import__", ".__class__", "e999", "é", "😀", "\u202e"],
]


def refusal_of(text: str) -> FormulaError | None:
    try:
        compile_formula(text, NAMES).evaluate(VALUES)
    except FormulaError as error:
        return error
    return None


def test_ten_thousand_random_texts_give_a_formula_or_a_formula_error() -> None:
    source = Random(20260101)
    good = 0
    for _ in range(10_000):
        text = "".join(source.choices(PIECES, k=source.randint(1, 12)))
        error = refusal_of(text)
        if error is None:
            good += 1
            continue
        lines = text.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
    assert good > 100
