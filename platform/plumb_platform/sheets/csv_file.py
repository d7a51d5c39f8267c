"""A CSV file from the outside as a table of text: encoding, separator and limits, before anything is believed."""

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import Columns
from plumb_platform.sheets.table import MOST_ROWS_ABOVE, Row, Table, tabulated
from plumb_platform.texts import as_seen

ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = ",;\t，；"
"""What stands between cells; the full-width ones come from an input method for Chinese."""


class CsvEncodingUnknown(InvalidInput):
    """The bytes are text in one of three encodings."""

    code = "CSV_ENCODING_UNKNOWN"
    zh = "无法识别文件：请另存为 Excel 工作簿（.xlsx），或 UTF-8、UTF-16、GB18030 的 CSV。"
    en = "The file is not known: save it as an Excel workbook (.xlsx), or as CSV in UTF-8, UTF-16 or GB18030."


class CsvBroken(InvalidInput):
    """Quotes that never close, cells without end, zero bytes: what follows such a place cannot be read."""

    code = "CSV_BROKEN"
    zh = "第 {line} 行起无法按 CSV 读取：引号未闭合、单元格过长或含有空字节。"
    en = "From line {line} on this is not CSV: an unclosed quote, a cell without end, or a zero byte."


def read_csv(content: bytes, columns: Columns) -> Table:
    """Return the table in a CSV file, or raise one of the errors above, TableEmpty or TableTooLarge."""
    text = _decoded(content)
    return tabulated(_rows(text, _separator(text, columns)), columns)


def _decoded(content: bytes) -> str:
    # A spreadsheet's "Unicode text" is UTF-16 with its mark.
    marked = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CsvEncodingUnknown(field="content")


def _separator(text: str, columns: Columns) -> str:
    """The separator by which one of the first lines names most columns; else the one that stands most often in the first."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:MOST_ROWS_ABOVE] or [""]

    def named(separator: str) -> int:
        return max(columns.named([title.strip('" ') for title in line.split(separator)]) for line in lines)

    return max(SEPARATORS, key=lambda separator: (named(separator), lines[0].count(separator)))


def _rows(text: str, separator: str) -> Iterator[Row]:
    if "\0" in text:
        raise CsvBroken(field="content", line=text.count("\n", 0, text.index("\0")) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    started_at = 1
    try:
        for number, cells in enumerate(reader, start=1):
            started_at = reader.line_num + 1
            yield number, [as_seen(cell.strip()).strip() for cell in cells]
    except csv.Error:
        raise CsvBroken(field="content", line=started_at) from None
