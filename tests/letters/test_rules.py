"""Wording, numbers, states and printed forms of letters, without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.definitions.kinds import Severity, registered_kinds
from plumb_tenants.letters.definition import SECTIONS, LetterBody, lint
from plumb_tenants.letters.printing import day_text, moment_text
from plumb_tenants.letters.wording import (
    FIELDS,
    fill,
    full_width_brace,
    is_number_pattern,
    letter_number,
    unknown_fields,
    unpaired_brace,
)

JUNE = datetime(2026, 6, 3, tzinfo=UTC)


def test_an_unknown_field_is_named_with_its_place() -> None:
    body = LetterBody(duties=("{employee} 与 {salary}",), rights=("x",), rewards=("x",), revision=("x",))
    (finding,) = lint(body)
    assert (finding.code, finding.path, finding.severity) == ("LETTER_FIELD_UNKNOWN", "duties[0]", Severity.ERROR)
    assert finding.zh.startswith(
        "“{salary}”不是可用的字段，可用字段：company（公司名称）、cycle（周期名称）、employee（员工姓名）、"
    )


@pytest.mark.parametrize("text", ["{", "}", "{{employee}}", "a } b {", "{employee"])
def test_a_lone_brace_is_refused(text: str) -> None:
    found = lint(LetterBody(duties=(text,), rights=("x",), rewards=("x",), revision=("x",)))
    assert [(each.code, each.path, each.severity) for each in found] == [("LETTER_BRACE_UNPAIRED", "duties[0]", Severity.ERROR)]


def test_a_lone_brace_is_shown_with_what_follows_it() -> None:
    (finding,) = lint(LetterBody(duties=("{employee}须在{year 年度内完成",), rights=("x",), rewards=("x",), revision=("x",)))
    assert finding.zh == "花括号没有成对：“{year 年度内完成”。字段写作 {year}，前后各一个花括号。"
    assert unpaired_brace("{employee}须在{year}内完成") is None


def test_braces_of_a_chinese_keyboard_are_warned_of_because_nothing_is_filled_in_between_them() -> None:
    (finding,) = lint(LetterBody(title="｛year｝年度责任书", duties=("x",), rights=("x",), rewards=("x",), revision=("x",)))
    assert (finding.code, finding.path, finding.severity) == ("LETTER_BRACES_FULL_WIDTH", "title", Severity.WARNING)
    assert finding.zh == "“｛year｝”中的花括号是全角字符，会原样印出；字段请用半角花括号，如 {year}。"
    long = "乙方须在本周期之内完成｛year｝年度的全部目标与任务"
    assert (full_width_brace(long), full_width_brace("｛employee}须"), full_width_brace("须｝")) == (
        "｛year｝",
        "｛employee}",
        "｝",
    )


def test_a_formula_that_names_nothing_known_is_told_the_names_of_the_readers_language_first() -> None:
    body = LetterBody.model_validate({"figures": [{"key": "bonus", "formula": "目标合计 * 奖金"}]})
    (finding, *_) = lint(body)
    assert "可用的名称：月数、权重1、" in finding.zh
    assert "Known here: goal_count, month_count, " in finding.en


@pytest.mark.parametrize("text", ["{employee.__class__}", "{0}", "{}", "{employee!r}", "{employee:>9999999}"])
def test_nothing_but_a_plain_field_name_may_stand_in_braces(text: str) -> None:
    assert list(unknown_fields(text)) == [text[1:-1]]


@pytest.mark.parametrize("pattern", ["ZRS", "{seq}{seq}", "{seq:0}", "{seq:12}", "{day}-{seq}", "{seq", "ZRS-{year}"])
def test_a_number_pattern_that_does_not_count_is_refused(pattern: str) -> None:
    assert not is_number_pattern(pattern)
    codes = [each.code for each in lint(LetterBody(number_pattern=pattern)) if each.severity is Severity.ERROR]
    assert codes == ["LETTER_NUMBER_PATTERN_INVALID"]


def test_empty_sections_are_warned_of_and_do_not_keep_from_publishing() -> None:
    findings = lint(LetterBody())
    assert [(each.path, each.severity) for each in findings] == [
        (section, Severity.WARNING) for section in ("duties", "rights", "rewards", "revision")
    ]


def test_the_kind_letter_is_registered() -> None:
    assert registered_kinds()["letter"].body is LetterBody
    assert set(SECTIONS) <= set(LetterBody.model_fields)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("ZRS-{year}-{seq:06}", "ZRS-2026-000042"), ("{year}{month}/{seq}", "202606/42"), ("No.{seq:3}", "No.042")],
)
def test_numbers_are_written_as_the_pattern_says(pattern: str, expected: str) -> None:
    assert is_number_pattern(pattern)
    assert letter_number(pattern, JUNE, 42) == expected


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(), min_size=len(FIELDS), max_size=len(FIELDS)))
def test_what_a_value_contains_is_never_read_as_a_field(values: dict[str, str]) -> None:
    text = "|".join(f"{{{name}}}" for name in sorted(FIELDS))
    assert fill(text, values) == "|".join(values[name] for name in sorted(FIELDS))


def test_dates_and_instants_are_written_as_official_letters_do() -> None:
    assert day_text(date(2026, 1, 31), "zh-CN") == "2026 年 1 月 31 日"
    assert day_text(date(2026, 1, 31), "en") == "31 January 2026"
    assert moment_text(datetime(2026, 1, 31, 18, 5, 9, tzinfo=UTC), "Asia/Shanghai") == "2026-02-01 02:05:09 (UTC+08:00)"
    assert moment_text(datetime(2026, 1, 31, 18, 5, 9, tzinfo=UTC), "Asia/Kolkata") == "2026-01-31 23:35:09 (UTC+05:30)"


def test_amounts_keep_all_their_places() -> None:
    from plumb_tenants.letters.printing import amount_text

    assert amount_text(Decimal("11385000.00")) == "11,385,000.00"
    assert amount_text(Decimal("-0.05")) == "-0.05"
