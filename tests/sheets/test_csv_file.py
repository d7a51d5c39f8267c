import csv

import pytest

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.csv_file import CsvBroken, CsvEncodingUnknown
from plumb_platform.sheets.files import read_table as read_any
from plumb_platform.sheets.table import LARGEST_FILE, Table, TableEmpty, TableTooLarge
from plumb_tenants.people.columns import COLUMNS

HEADER = "工号,姓名,部门编码\n"


def read_table(content: bytes) -> Table:
    return read_any(content, COLUMNS)


def refusal(content: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_table(content)
    assert caught.value.field == "content"
    return caught.value


@pytest.mark.parametrize("content", [b"", b"\n\n", "\ufeff".encode(), HEADER.encode(), (HEADER + "\n,,\n").encode()])
def test_a_file_without_rows_is_refused(content: bytes) -> None:
    assert isinstance(refusal(content), TableEmpty)


def test_a_quote_that_never_closes_is_refused_with_its_line() -> None:
    error = refusal((HEADER + '1,张三,A\n2,"李四,A\n3,王五,A\n').encode())
    assert isinstance(error, CsvBroken)
    assert error.text("zh-CN") == "第 3 行起无法按 CSV 读取：引号未闭合、单元格过长或含有空字节。"


def test_text_behind_a_closing_quote_is_refused() -> None:
    assert refusal((HEADER + '1,"张三"丰,A\n').encode()).values == {"line": 2}


def test_a_zero_byte_is_refused_with_its_line() -> None:
    error = refusal((HEADER + "1,张三,A\n2,李\0四,A\n").encode())
    assert (error.code, error.values) == ("CSV_BROKEN", {"line": 3})


def test_a_cell_of_ten_megabytes_is_refused() -> None:
    error = refusal((HEADER + "1," + "张" * 3_500_000 + ",A\n").encode())
    assert (error.code, error.values) == ("CSV_BROKEN", {"line": 2})
    assert csv.field_size_limit() == 131_072


def test_a_file_over_twenty_megabytes_is_refused_unread() -> None:
    assert isinstance(refusal(b"\xff" * (LARGEST_FILE + 1)), TableTooLarge)


def test_the_row_after_the_fifty_thousandth_is_refused() -> None:
    rows = "".join(f"{number},a,A\n" for number in range(50_000))
    assert len(read_table((HEADER + rows).encode()).records) == 50_000
    assert isinstance(refusal((HEADER + rows + "x,a,A\n").encode()), TableTooLarge)


def test_a_header_of_more_than_two_hundred_columns_is_refused() -> None:
    assert len(read_table(b"number,number," + b"x," * 198 + b"\n1,2\n").header) == 200
    assert isinstance(refusal(b"number," * 201 + b"\n1,2\n"), TableTooLarge)
    assert len(read_table(HEADER.encode() + b"1,a,A" + b"," * 1_000 + b"\n").header) == 3


def test_more_than_a_million_cells_are_refused() -> None:
    assert isinstance(refusal(HEADER.encode() + (b"ab," * 99 + b"x\n") * 10_001), TableTooLarge)


def test_bytes_of_no_known_encoding_are_refused() -> None:
    assert isinstance(refusal(HEADER.encode() + b"1,\xff\xff,A\n"), CsvEncodingUnknown)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "，", "；"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends_give_the_same_table(encoding: str, separator: str, line_end: str) -> None:
    text = line_end.join(["工号,姓名,部门编码", "0001,张三,HN", "", ' 0002 ,"李四",HN', ""])
    table = read_table(text.replace(",", separator).encode(encoding))
    assert table.header == ["工号", "姓名", "部门编码"]
    assert table.records == [(2, ["0001", "张三", "HN"]), (4, ["0002", "李四", "HN"])]


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read_table((HEADER + '1,"张\n三",A\n,,\n2,李四,A\n').encode())
    assert [number for number, _ in table.records] == [2, 4]


def test_the_header_is_found_below_titles_and_notes() -> None:
    table = read_table(("2026 年花名册，含外派,,\n制表,人事部,\n" + HEADER + "1,张三,HN\n").encode())
    assert (table.header_row, table.header, table.records) == (3, ["工号", "姓名", "部门编码"], [(4, ["1", "张三", "HN"])])
    assert [(row, error.text("zh-CN")) for row, error in table.notes] == [(3, "表头在第 3 行，其上的内容未读取。")]


def test_empty_cells_behind_the_header_are_no_columns_and_text_there_is_one() -> None:
    table = read_table("工号,姓名,部门编码,,\n1,张三,HN,,\n2,李四,HN,备注,\n".encode())
    assert (table.header, table.records) == (
        ["工号", "姓名", "部门编码", ""],
        [(2, ["1", "张三", "HN", ""]), (3, ["2", "李四", "HN", "备注"])],
    )
    assert read_table("工号,姓名,部门编码,,\n1,张三,HN,,\n".encode()).records == [(2, ["1", "张三", "HN"])]
