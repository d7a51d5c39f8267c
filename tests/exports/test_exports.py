"""Exports as CSV and XLSX: no text that starts a formula, negatives that stay numbers, equal bytes for equal rows (A39, C61)."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.exports import Cell, ExportTooLarge, csv_bytes, neutral_text, xlsx_bytes
from plumb_platform.exports.cells import DANGEROUS

HEADER = ["订单", "金额", "日期", "行"]
ROWS: list[list[Cell]] = [["A-1", Decimal("33333.34"), date(2026, 3, 31), 1], ["=1+1", Decimal("-0.01"), None, -2]]


def cells(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(BytesIO(content))
    assert len(book.worksheets) == 1
    return [[(cell.data_type, cell.value) for cell in row] for row in book.worksheets[0].iter_rows()]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_text_that_could_start_a_formula_is_neutralised_in_both_forms(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    assert csv_bytes([text], [[text]]).decode("utf-8-sig").count(f"'{start}cmd") == 2
    assert [row[0][0] for row in cells(xlsx_bytes("奖金", [text], [[text]]))] == ["s", "s"]
    assert cells(xlsx_bytes("奖金", ["x"], [[text]]))[1][0][1].startswith("'")


@given(st.text())
def test_no_text_starts_as_a_formula_and_harmless_text_stays(text: str) -> None:
    written = neutral_text(text)
    assert not written or written[0] not in DANGEROUS
    assert written in (text, f"'{text}")


def test_negative_numbers_stay_numbers() -> None:
    assert csv_bytes(HEADER, ROWS).decode("utf-8-sig").splitlines()[2] == "'=1+1,-0.01,,-2"
    row = cells(xlsx_bytes("奖金", HEADER, ROWS))[2]
    assert [cell[0] for cell in row] == ["s", "n", "n", "n"]
    assert [row[1][1], row[3][1]] == [-0.01, -2]


def test_a_number_that_a_spreadsheet_would_round_is_written_as_text() -> None:
    exact, long = Decimal("9999999999999.99"), Decimal("99999999999999.99")
    (_, (first, second)) = cells(xlsx_bytes("s", ["a", "b"], [[exact, long]]))
    assert first == ("n", 9999999999999.99)
    assert second == ("s", "99999999999999.99")


def test_a_sheet_ends_somewhere() -> None:
    with pytest.raises(ExportTooLarge) as refused:
        xlsx_bytes("s", [], ([] for _ in range(1_048_576)))
    assert refused.value.text("en") == "The export has more than the 1,048,576 rows of a sheet; take CSV."


def test_a_csv_file_opens_as_utf8_and_quotes_what_it_must() -> None:
    assert csv_bytes(HEADER, [['甲"乙"', Decimal("1E+3"), date(2026, 1, 2), 0], ["a,b", None, None, 1]]) == (
        '\ufeff订单,金额,日期,行\r\n"甲""乙""",1000,2026-01-02,0\r\n"a,b",,,1\r\n'.encode()
    )


def test_equal_rows_are_equal_bytes_with_no_trace_of_the_time() -> None:
    made = xlsx_bytes("奖金", HEADER, ROWS)
    assert made == xlsx_bytes("奖金", HEADER, ROWS)
    with ZipFile(BytesIO(made)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")
    assert csv_bytes(HEADER, ROWS) == csv_bytes(HEADER, ROWS)


def test_what_was_written_is_read_back() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx_bytes("奖金", HEADER, ROWS)))
    assert book.sheetnames == ["奖金"]
    assert next([cell.value for cell in row] for row in book.active.iter_rows(max_row=2)) == HEADER
    assert book.active["C2"].value.date() == date(2026, 3, 31)
