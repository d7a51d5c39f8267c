"""Refused formulas: each error has its code, points at line, column and name, and speaks zh-CN and en."""

import pytest

from plumb_platform.errors import InvalidInput
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula

NAMES = {
    "历史月均": Type.NUMBER,
    "行业基准值": Type.NUMBER,
    "区域": Type.TEXT,
    "新人": Type.BOOLEAN,
    "入职日期": Type.DATE,
}


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        compile_formula(text, NAMES)
    assert isinstance(caught.value, InvalidInput)
    assert caught.value.field == "formula"
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "name"),
    [
        ("", "FORMULA_SYNTAX", 1, 1, ""),
        ("1 +", "FORMULA_SYNTAX", 1, 4, ""),
        ("(1 + 2", "FORMULA_SYNTAX", 1, 7, ""),
        ("1 2", "FORMULA_SYNTAX", 1, 3, "2"),
        ("1 <\n 2 < 3", "FORMULA_SYNTAX", 2, 4, "<"),
        ("1e5", "FORMULA_SYNTAX", 1, 2, "e5"),
        ("1!", "FORMULA_SYNTAX", 1, 2, "!"),
        ("“华南", "FORMULA_SYNTAX", 1, 1, "“"),
        ("IF(新人，\u3000，1)", "FORMULA_SYNTAX", 1, 8, "，"),
        ("\x00", "FORMULA_SYNTAX", 1, 1, "U+0000"),
        ("历史月均 + 历史月", "FORMULA_UNKNOWN_NAME", 1, 8, "历史月"),
        ("区域＝“（，）” 且 没有 > 1", "FORMULA_UNKNOWN_NAME", 1, 12, "没有"),
        ("SUMM(1)", "FORMULA_UNKNOWN_FUNCTION", 1, 1, "SUMM"),
        ("1 + 区域", "FORMULA_TYPE", 1, 5, "区域"),
        ("IF(历史月均, 1, 2)", "FORMULA_TYPE", 1, 4, "历史月均"),
        ("IF(新人, 1, “一”)", "FORMULA_TYPE", 1, 11, "一"),
        ("新人 > 新人", "FORMULA_TYPE", 1, 1, "新人"),
        ("历史月均 = 区域", "FORMULA_TYPE", 1, 8, "区域"),
        ("-新人", "FORMULA_TYPE", 1, 2, "新人"),
        ("(1 > 2) + 1", "FORMULA_TYPE", 1, 4, ">"),
        ("入职日期 & “日”", "FORMULA_TYPE", 1, 1, "入职日期"),
        ("IF(新人)", "FORMULA_ARGUMENTS", 1, 1, "IF"),
        ("1 + 绝对值(1, 2)", "FORMULA_ARGUMENTS", 1, 5, "绝对值"),
        ("SUM()", "FORMULA_ARGUMENTS", 1, 1, "SUM"),
        ("1 + " + "9" * 29, "FORMULA_LIMIT", 1, 5, ""),
        ("(" * 41 + "1" + ")" * 41, "FORMULA_LIMIT", 1, 41, ""),
        ("x" * 101, "FORMULA_LIMIT", 1, 1, ""),
        ("1+" * 200 + "1", "FORMULA_LIMIT", 1, 401, ""),
        ("-" * 401 + "1", "FORMULA_LIMIT", 1, 401, ""),
        (" " * 2001, "FORMULA_LIMIT", 1, 1, ""),
    ],
)
def test_a_wrong_formula_is_refused_where_it_is_wrong(text: str, code: str, line: int, column: int, name: str) -> None:
    error = refusal(text)
    assert (error.code, error.line, error.column, error.name) == (code, line, column, name)
    assert error.text("zh-CN").startswith(f"第 {line} 行第 {column} 列：")
    assert error.text("en").startswith(f"Line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("历史月均值", "历史月均"), ("ROUDN(1)", "ROUND"), ("四舍五人(1)", "四舍五入"), ("qqq", ""), ("qqq(1)", "")],
)
def test_the_nearest_known_name_is_suggested(text: str, suggestion: str) -> None:
    error = refusal(text)
    assert error.suggestion == suggestion
    assert (f"您是否想写“{suggestion}”？" in error.text("zh-CN")) == bool(suggestion)
    assert (f"Did you mean “{suggestion}”?" in error.text("en")) == bool(suggestion)


def test_a_type_error_says_what_it_found_and_what_belongs_there() -> None:
    error = refusal("区域 * 2")
    assert error.text("zh-CN") == "第 1 行第 1 列：“区域”是文本，此处需要数值。"
    assert error.text("en") == "Line 1, column 1: “区域” is text, but a number is needed here."


def test_a_wrong_count_of_arguments_shows_the_signature() -> None:
    error = refusal("ABS(1, 2)")
    assert error.text("zh-CN") == "第 1 行第 1 列：函数 ABS 的参数个数为 2，应写成 绝对值(数值)。"
    assert error.text("en") == "Line 1, column 1: ABS has 2 arguments; write ABS(number)."


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "区域 = ‘华南’",
            "第 1 行第 6 列：此处不应出现“‘”，文本请用双引号括起。",
            "“‘” cannot stand here; write text in double quotes.",
        ),
        ("历史月均 != 1", "第 1 行第 6 列：此处不应出现“!”，不等于写作 <>。", "“!” cannot stand here; not equal is <>."),
        (
            "历史月均 > 10万",
            "第 1 行第 10 列：此处不应出现“万”，请写全数字，如 100000。",
            "“万” cannot stand here; write all digits, such as 100000.",
        ),
        ("新人 与 新人", "第 1 行第 4 列：此处不应出现“与”，并且写作“且”。", "“与” cannot stand here; write and."),
        ("历史月均 ~ 1", "第 1 行第 6 列：此处不应出现“~”。", "“~” cannot stand here."),
    ],
)
def test_what_people_write_out_of_habit_is_told_with_what_is_written_instead(text: str, zh: str, en: str) -> None:
    error = refusal(text)
    assert error.text("zh-CN") == zh
    assert error.text("en").endswith(en)
