"""A CSV file from the outside as records of text: encoding, separator, header and limits, before anything is believed."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from plumb_platform.errors import InvalidInput
from plumb_platform.texts import as_seen

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 50_000
ENCODINGS = ("utf-8-sig", "gb18030")
SEPARATORS = ",;\t"


class CsvTooLarge(InvalidInput):
    """A file has a size that one request can hold."""

    code = "CSV_TOO_LARGE"
    zh = "文件超过上限（{size} 字节 / {rows} 行）。"
    en = "The file is over the limit of {size} bytes or {rows} rows."


class CsvEncodingUnknown(InvalidInput):
    """The bytes are text in one of two encodings."""

    code = "CSV_ENCODING_UNKNOWN"
    zh = "无法识别文件编码：请另存为 UTF-8 或 GB18030 的 CSV。"
    en = "The encoding is not known: save the file as CSV in UTF-8 or GB18030."


class CsvBroken(InvalidInput):
    """Quotes that never close, cells without end, zero bytes: what follows such a place cannot be read."""

    code = "CSV_BROKEN"
    zh = "第 {line} 行起无法按 CSV 读取：引号未闭合、单元格过长或含有空字节。"
    en = "From line {line} on this is not CSV: an unclosed quote, a cell without end, or a zero byte."


class CsvEmpty(InvalidInput):
    """A file has a header and at least one row."""

    code = "CSV_EMPTY"
    zh = "文件为空：需要一行表头和至少一行数据。"
    en = "The file is empty: it needs a header and at least one row."


@dataclass(frozen=True, slots=True)
class Table:
    """A header and numbered records; row 1 is the header, so that numbers are those that a spreadsheet shows."""

    header: list[str]
    records: list[tuple[int, list[str]]]


def read_table(content: bytes) -> Table:
    """Return the table in a CSV file, or raise one of the errors above; empty rows are left out, but counted."""
    if len(content) > LARGEST_FILE:
        raise _too_large()
    text = _decoded(content)
    rows = _rows(text, _separator(text))
    header = next(rows, (1, []))[1]
    records: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        if len(records) >= MOST_ROWS:
            raise _too_large()
        records.append((number, cells))
    if not header or not records:
        raise CsvEmpty(field="content")
    return Table(header=header, records=records)


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CsvEncodingUnknown(field="content")


def _separator(text: str) -> str:
    """The separator that stands most often in the first line that is not empty; a comma when none does."""
    first = next((line for line in io.StringIO(text[:20_000]) if line.strip()), "")
    return max(SEPARATORS, key=first.count)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    if "\0" in text:
        raise CsvBroken(field="content", line=text.count("\n", 0, text.index("\0")) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    started_at = 1
    try:
        for number, cells in enumerate(reader, start=1):
            started_at = reader.line_num + 1
            if any(cell.strip() for cell in cells):
                yield number, [as_seen(cell.strip()).strip() for cell in cells]
    except csv.Error:
        raise CsvBroken(field="content", line=started_at) from None


def _too_large() -> CsvTooLarge:
    return CsvTooLarge(field="content", size=LARGEST_FILE, rows=MOST_ROWS)
