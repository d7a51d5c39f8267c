import csv

import pytest

from plumb_platform.errors import InvalidInput
from plumb_tenants.people import csv_file
from plumb_tenants.people.csv_file import CsvBroken, CsvEmpty, CsvEncodingUnknown, CsvTooLarge, read_table

HEADER = "工号,姓名,部门编码\n"


def refusal(content: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_table(content)
    assert caught.value.field == "content"
    return caught.value


@pytest.mark.parametrize("content", [b"", b"\n\n", "\ufeff".encode(), HEADER.encode(), (HEADER + "\n,,\n").encode()])
def test_a_file_without_rows_is_refused(content: bytes) -> None:
    assert isinstance(refusal(content), CsvEmpty)


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
    assert isinstance(refusal(b"\xff" * (csv_file.LARGEST_FILE + 1)), CsvTooLarge)


def test_the_row_after_the_fifty_thousandth_is_refused() -> None:
    rows = "".join(f"{number},a,A\n" for number in range(50_000))
    assert len(read_table((HEADER + rows).encode()).records) == 50_000
    assert isinstance(refusal((HEADER + rows + "x,a,A\n").encode()), CsvTooLarge)


def test_bytes_of_no_known_encoding_are_refused() -> None:
    assert isinstance(refusal(HEADER.encode() + b"1,\xff\xff,A\n"), CsvEncodingUnknown)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_separators_and_line_ends_give_the_same_table(encoding: str, separator: str, line_end: str) -> None:
    text = line_end.join(["工号,姓名,部门编码", "0001,张三,HN", "", ' 0002 ,"李四",HN', ""])
    table = read_table(text.replace(",", separator).encode(encoding))
    assert table.header == ["工号", "姓名", "部门编码"]
    assert table.records == [(2, ["0001", "张三", "HN"]), (4, ["0002", "李四", "HN"])]


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read_table((HEADER + '1,"张\n三",A\n,,\n2,李四,A\n').encode())
    assert [number for number, _ in table.records] == [2, 4]
