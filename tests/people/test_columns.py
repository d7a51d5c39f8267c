from datetime import date

import pytest

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import safe_echo
from plumb_tenants.people.columns import COLUMNS


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("number", "9" * 41, "CELL_TOO_LONG"),
        ("name", "张\n三", "CELL_CONTROL_CHARACTER"),
        ("name", "张\u202e三", "CELL_CONTROL_CHARACTER"),
        ("email", "zhang.example.com", "CELL_EMAIL_INVALID"),
        ("email", "zhang@localhost", "CELL_EMAIL_INVALID"),
        ("hired_on", "2026-02-30", "CELL_DATE_INVALID"),
        ("hired_on", "31/01/2026", "CELL_DATE_INVALID"),
        ("hired_on", "1066-10-14", "CELL_DATE_INVALID"),
        ("hired_on", "2026年11月", "CELL_DATE_INVALID"),
        ("hired_on", "46354", "CELL_DATE_INVALID"),
        ("hired_on", "2026-01-31 08:30:00", "CELL_DATE_INVALID"),
        ("skills", ";".join(map(str, range(51))), "CELL_TOO_MANY_SKILLS"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused(column: str, text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        COLUMNS.read(column, text)
    assert caught.value.code == code


def test_a_refused_value_is_named_so_that_no_spreadsheet_takes_it_for_a_formula() -> None:
    with pytest.raises(InvalidInput) as caught:
        COLUMNS.read("email", '=HYPERLINK("http://x")')
    assert caught.value.text("en") == '\'=HYPERLINK("http://x") is not an e-mail address; write it as name@example.com.'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_an_echoed_formula_is_made_harmless(text: str) -> None:
    assert safe_echo(text) == f"'{text}"


def test_an_echoed_value_is_cut() -> None:
    assert safe_echo("张" * 50) == "张" * 40 + "…"
    assert safe_echo("张三") == "张三"


def test_every_alias_names_its_column_in_any_case_and_width() -> None:
    for column in COLUMNS.all:
        for alias in (column, *COLUMNS.all[column].titles):
            assert COLUMNS.column_of(f" {alias.upper()} ") == column
    assert COLUMNS.column_of("Manager  Number") == "manager_number"
    assert COLUMNS.column_of("ＧＲＡＤＥ") == "grade"
    assert COLUMNS.column_of("工资") is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01",
        "2024/3/1",
        "2024.3.1",
        "2024年3月1日",
        "2024 年 3 月 1 号",
        "20240301",
        "２０２４年３月１日",
        "２０２４／３／１",
        "2024/3/1 0:00",
        "2024-03-01 00:00:00",
        "2024-03-01T00:00:00",
    ],
)
def test_a_date_is_read_in_the_forms_that_people_write(text: str) -> None:
    assert COLUMNS.read("hired_on", text) == date(2024, 3, 1)


def test_empty_cells_are_no_input() -> None:
    assert [COLUMNS.read(column, "") for column in ("email", "hired_on", "skills", "grade")] == [None, None, [], ""]


def test_skills_are_split_at_chinese_and_english_marks_and_stand_once() -> None:
    assert COLUMNS.read("skills", "谈判；渠道、谈判, CRM | 招标") == ["谈判", "渠道", "CRM", "招标"]


def test_codes_and_addresses_in_full_width_are_the_plain_ones_and_names_stay_as_written() -> None:
    written = [
        ("number", "Ｅ１００１"),
        ("unit_code", "ＨＮ－０１"),
        ("email", "ｚ＠ｘ．ｃｎ"),
        ("manager_number", "　Ｅ９"),
        ("name", "Ａ·张"),
    ]
    assert [COLUMNS.read(column, text) for column, text in written] == ["E1001", "HN-01", "z@x.cn", "E9", "Ａ·张"]
