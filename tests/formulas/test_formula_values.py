"""What formulas give: null, UNDEFINED and zero apart, Chinese and English alike, exact decimals."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plumb_tenants.formulas.service import (
    FUNCTIONS,
    Position,
    Reason,
    Result,
    Type,
    Undefined,
    Value,
    compile_formula,
    parse,
    preview,
)

SUGGESTED = "IF(历史月均业绩 > 0, 历史月均 * 1.2, 行业基准值 * 0.8)"
HISTORY = {"历史月均业绩": Type.NUMBER, "历史月均": Type.NUMBER, "行业基准值": Type.NUMBER}
FIELDS = {
    "x": Type.NUMBER, "y": Type.NUMBER, "空": Type.NUMBER, "区域": Type.TEXT, "新人": Type.BOOLEAN,
    "未知": Type.BOOLEAN, "入职日期": Type.DATE, "转正日期": Type.DATE, "地区.华南.目标": Type.NUMBER,
}  # fmt: skip
GIVEN: dict[str, Value | None] = {
    "x": Decimal(7), "y": Decimal(2), "空": None, "区域": "华南", "新人": True, "未知": None,
    "入职日期": date(2026, 1, 5), "转正日期": date(2026, 4, 5), "地区.华南.目标": Decimal("30000000.00"),
}  # fmt: skip


def value_of(text: str) -> Value | None:
    return compile_formula(text, FIELDS).evaluate(GIVEN).value


def undefined_in(text: str) -> Undefined | None:
    result = compile_formula(text, FIELDS).evaluate(GIVEN)
    assert result.value is None
    return result.undefined


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1.5, "x"),
        (1, "x"),
        (True, "x"),
        ("7", "x"),
        (Decimal("NaN"), "x"),
        (Decimal("1E+1000"), "x"),
        (1, "区域"),
        (1, "新人"),
        (datetime(2026, 1, 1, tzinfo=UTC), "入职日期"),
    ],
)
def test_a_value_of_another_type_than_declared_is_refused(value: Value, type_: str) -> None:
    with pytest.raises(TypeError):
        compile_formula(f"COALESCE({type_})", FIELDS).evaluate({type_: value})


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("x / 0", Reason.DIVISION_BY_ZERO, 3),
        ("0 / 0", Reason.DIVISION_BY_ZERO, 3),
        ("1 + x / (y - 2)", Reason.DIVISION_BY_ZERO, 7),
        ("0 ^ -1", Reason.DIVISION_BY_ZERO, 3),
        ("0 ^ 0", Reason.OUT_OF_RANGE, 3),
        ("x ^ 65", Reason.OUT_OF_RANGE, 3),
        ("x ^ 0.5", Reason.OUT_OF_RANGE, 3),
        ("9999999999999999999999999999 ^ 64", Reason.OUT_OF_RANGE, 30),
        ("ROUND(x, 1.5)", Reason.OUT_OF_RANGE, 1),
        ("ROUND(x, 31)", Reason.OUT_OF_RANGE, 1),
        ("ROUND(1 / 3 * 100000, 30)", Reason.OUT_OF_RANGE, 1),
        ("空 + 1 / 0", Reason.DIVISION_BY_ZERO, 7),
        ("COALESCE(1 / 0, 1)", Reason.DIVISION_BY_ZERO, 12),
        ("IF(1 / 0 > 1, 1, 2)", Reason.DIVISION_BY_ZERO, 6),
    ],
)
def test_what_cannot_be_computed_is_undefined_with_reason_and_place(text: str, reason: Reason, column: int) -> None:
    assert undefined_in(text) == Undefined(reason, Position(1, column))


@pytest.mark.parametrize(
    "text",
    [
        "空",
        "空 + 1",
        "0 * 空",
        "-空",
        "空%",
        "空 > 0",
        "空 = 空",
        "空 & “元”",
        "SUM(空, 空)",
        "AVERAGE(空)",
        "MAX(空)",
        "ABS(空)",
        "ROUND(空)",
        "ROUND(x, 空)",
        "COALESCE(空, 空)",
        "NOT(未知)",
        "新人 且 未知",
        "假 或 未知",
        "IF(假, 1)",
    ],
)
def test_no_input_stays_no_input_and_is_never_zero(text: str) -> None:
    assert undefined_in(text) == Undefined(Reason.NO_INPUT)


def test_undefined_tells_its_reason_in_both_languages() -> None:
    undefined = Undefined(Reason.DIVISION_BY_ZERO, Position(1, 3))
    assert undefined.text("zh-CN") == "未定义：除数为 0（第 1 行第 3 列）"
    assert undefined.text("en") == "Undefined: a division by zero (line 1, column 3)"
    assert Undefined(Reason.NO_INPUT).text("zh-CN") == "未定义：缺少输入"


@pytest.mark.parametrize(
    ("history", "benchmark", "expected", "missing"),
    [
        (Decimal(100_000), None, Decimal(120_000), ("行业基准值",)),
        (Decimal(0), Decimal(50_000), Decimal(40_000), ()),
        (None, Decimal(50_000), Decimal(40_000), ("历史月均业绩", "历史月均")),
    ],
)
def test_the_suggested_target_of_c1_works_as_written(
    history: Decimal | None, benchmark: Decimal | None, expected: Decimal, missing: tuple[str, ...]
) -> None:
    formula = compile_formula(SUGGESTED, HISTORY)
    values = {"历史月均业绩": history, "历史月均": history, "行业基准值": benchmark}
    assert formula.evaluate(values) == Result(expected, None, missing)


def test_the_suggested_target_without_any_input_is_undefined_and_not_zero() -> None:
    result = compile_formula(SUGGESTED, HISTORY).evaluate({})
    assert result == Result(None, Undefined(Reason.NO_INPUT), tuple(HISTORY))


@pytest.mark.parametrize(
    "text",
    [
        "ＩＦ（历史月均业绩　＞　０，历史月均　＊　１．２，行业基准值　×　８０％）",
        "如果（历史月均业绩>0，历史月均*1.2，行业基准值*0.8）",
        "if(历史月均业绩 > 0,\n   历史月均 * 1.2,\n   行业基准值 ÷ 1.25)",
        "如果（非（历史月均业绩≤0） 且 真，历史月均×120%，行业基准值×80%）",
    ],
)
def test_full_width_and_chinese_forms_mean_the_same(text: str) -> None:
    formula = compile_formula(text, HISTORY)
    assert formula.evaluate({"历史月均业绩": Decimal(1), "历史月均": Decimal(100_000)}).value == Decimal(120_000)
    assert formula.evaluate({"历史月均业绩": Decimal(0), "行业基准值": Decimal(50_000)}).value == Decimal(40_000)
    assert formula.type is Type.NUMBER
    assert dict(formula.dependencies) == HISTORY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 / 3 * 3", "0.9999999999999999999999999999999999"),
        ("2 + 3 * 4 - 1", "13"),
        ("(2 + 3) * 4", "20"),
        ("20 - 5 - 5", "10"),
        ("100 / 5 / 2", "10"),
        ("-2 ^ 2", "4"),
        ("2 ^ 3 ^ 2", "64"),
        ("2 ^ -2", "0.25"),
        ("--x", "7"),
        ("-+-+x", "7"),
        ("x * 20%", "1.4"),
        ("(x + y)%", "0.09"),
        (".5 + 0.5", "1"),
        ("0 * -1", "0"),
        ("地区.华南.目标 * 33%", "9900000"),
        ("ROUND(2.5)", "2"),
        ("ROUND(3.5)", "4"),
        ("修约(-2.345, 2)", "-2.34"),
        ("四舍五入(2.5)", "3"),
        ("四舍五入(-2.345, 2)", "-2.35"),
        ("ROUND(12345, -2)", "12300"),
        ("ROUNDUP(1.001, 2)", "1.01"),
        ("向上取整(-1.1)", "-2"),
        ("向下取整(-1.9)", "-1"),
        ("ROUNDDOWN(1999, -3)", "1000"),
        ("绝对值(-3)", "3"),
        ("SUM(1, 空, 2)", "3"),
        ("平均(1, 空, 2)", "1.5"),
        ("最小(3, 空, -1)", "-1"),
        ("MAX(3, 空, -1)", "3"),
        ("COALESCE(空, 0, 5)", "0"),
        ("取首个非空(空, x)", "7"),
        ("COALESCE(x, 1 / 0)", "7"),
        ("IF(x > 0, x, 1 / 0)", "7"),
        ("IF(空 > 0, 1 / 0, y)", "2"),
        ("IF(未知, 1, 2)", "2"),
    ],
)
def test_a_number_comes_out_exactly(text: str, expected: str) -> None:
    value = value_of(text)
    assert value == Decimal(expected)
    assert isinstance(value, Decimal)
    assert not value.is_signed() or value < 0
    assert value.as_tuple().exponent not in range(1, 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > y", True),
        ("x ≤ y", False),
        ("x <> 7.00", False),
        ("x ≥ y", True),
        ("y ≥ x", False),
        ("x ≠ y", True),
        ("y ≠ x", True),
        ("x ≠ 7", False),
        ("区域 = “华南”", True),
        ('区域 = "华" & "南"', True),
        ("入职日期 < 转正日期", True),
        ("新人 = 真", True),
        ("AND(新人, x > 1, y > 1)", True),
        ("x > 9 OR y > 9 或 新人", True),
        ("新人 或 假 且 假", True),
        ("并且(假, 1 / 0 > 1)", False),
        ("或者(真, 1 / 0 > 1)", True),
        ("假 且 未知", False),
        ("未知 或 真", True),
        ("非(假)", True),
        ("为空(空)", True),
        ("ISBLANK(x * 0)", False),
    ],
)
def test_a_condition_is_decided(text: str, expected: bool) -> None:
    assert value_of(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“（１，２）％”", "（１，２）％"),
        ('"引""号"', '引"号'),
        ("区域 & “目标：” & x * 1.50 & “万元”", "华南目标：10.5万元"),
        ("“” & 1000 * 1000", "1000000"),
        ("“a” & -0.0", "a0"),
        ("IF(新人, “一”, “二”)", "一"),
    ],
)
def test_text_keeps_its_contents(text: str, expected: str) -> None:
    assert value_of(text) == expected


def test_names_reach_their_fields_in_either_width() -> None:
    formula = compile_formula("ＡＢ1 + ab", {"AB1": Type.NUMBER, "ａｂ": Type.NUMBER})
    assert formula.dependencies == {"AB1": Type.NUMBER, "ａｂ": Type.NUMBER}
    assert formula.evaluate({"AB1": Decimal(1), "ａｂ": Decimal(2)}).value == Decimal(3)


def test_a_formula_that_only_reads_knows_its_names_in_order() -> None:
    assert parse("b + a * b - 且有").names == ("b", "a", "且有")


def test_a_preview_gives_one_result_per_sample() -> None:
    seen = preview("x / y", FIELDS, [{"x": Decimal(6), "y": Decimal(4)}, {"x": Decimal(6), "y": Decimal(0)}, {}])
    assert [result.value for result in seen.results] == [Decimal("1.5"), None, None]
    assert [each.undefined and each.undefined.reason for each in seen.results] == [
        None,
        Reason.DIVISION_BY_ZERO,
        Reason.NO_INPUT,
    ]
    assert (seen.type, dict(seen.dependencies)) == (Type.NUMBER, {"x": Type.NUMBER, "y": Type.NUMBER})


def test_the_table_lists_every_function_once_with_texts_in_both_languages() -> None:
    asked = {"IF", "AND", "OR", "NOT", "MIN", "MAX", "SUM", "AVERAGE", "ABS", "COALESCE"}
    assert asked | {"ROUND", "ROUNDUP", "ROUNDDOWN"} <= {function.name for function in FUNCTIONS}
    names = [name for function in FUNCTIONS for name in (function.name, *function.aliases)]
    assert len(names) == len(set(names))
    for function in FUNCTIONS:
        assert function.aliases
        assert function.signatures[0].startswith(function.aliases[0])
        assert function.signatures[1].startswith(function.name)
        assert all(function.texts)
