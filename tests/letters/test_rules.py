"""Wording, numbers, states and printed forms of letters, without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.definitions.kinds import Severity, registered_kinds
from plumb_tenants.letters.definition import SECTIONS, LetterBody, lint
from plumb_tenants.letters.printing import day_text, moment_text
from plumb_tenants.letters.wording import FIELDS, fill, is_number_pattern, letter_number, unknown_fields

JUNE = datetime(2026, 6, 3, tzinfo=UTC)


def test_an_unknown_field_is_named_with_its_place() -> None:
    body = LetterBody(duties=("{employee} 与 {salary}",), rights=("x",), rewards=("x",), revision=("x",))
    (finding,) = lint(body)
    assert (finding.code, finding.path, finding.severity) == ("LETTER_FIELD_UNKNOWN", "duties[0]", Severity.ERROR)
    assert finding.zh.startswith("“{salary}”不是可用的字段")


@pytest.mark.parametrize("text", ["{", "}", "{{employee}}", "a } b {", "{employee"])
def test_a_lone_brace_is_refused(text: str) -> None:
    assert list(unknown_fields(text))


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
