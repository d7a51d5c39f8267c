"""Workbooks that nobody's spreadsheet wrote: each is refused by name, in bounded room, and read no further."""

import tracemalloc
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.files import read_table as read_any
from plumb_platform.sheets.table import LARGEST_FILE, Table
from plumb_platform.sheets.workbook_parts import DEEPEST, LARGEST_UNPACKED
from plumb_tenants.people.columns import COLUMNS
from plumb_tenants.people.reading import read_people

RELATION = '<Relationship Id="{id}" Type="http://x/{kind}" Target="{target}"/>'
PARTS = {
    "_rels/.rels": f"<Relationships>{RELATION.format(id='r1', kind='officeDocument', target='/xl/workbook.xml')}</Relationships>",
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="一" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": "<Relationships>"
    + RELATION.format(id="r1", kind="worksheet", target="worksheets/s.xml")
    + RELATION.format(id="r2", kind="sharedStrings", target="texts.xml")
    + RELATION.format(id="r3", kind="styles", target="styles.xml")
    + "</Relationships>",
    "xl/texts.xml": "<sst><si><t>工号</t></si><si><r><t>姓</t></r><r><t>名</t></r><rPh><t>xm</t></rPh></si></sst>",
    "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    "xl/worksheets/s.xml": "",
}
NO_PARTS: Mapping[str, str] = {}
HEAD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
ROW = '<row r="2"><c r="A2"><v>7</v></c><c r="B2" t="inlineStr"><is><t>张三</t></is></c></row>'


def packed(
    rows: str = HEAD + ROW, *, tail: str = "", compression: int = ZIP_DEFLATED, parts: Mapping[str, str] = NO_PARTS
) -> bytes:
    sheet = {"xl/worksheets/s.xml": f"<worksheet><sheetData>{rows}</sheetData>{tail}</worksheet>"}
    file = BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, text in (
            PARTS | sheet | {f"xl/{name}" if "/" in name else f"xl/{name}.xml": text for name, text in parts.items()}
        ).items():
            archive.writestr(name, text)
    return file.getvalue()


def read_table(content: bytes, *, sheet: str | None = None) -> Table:
    return read_any(content, COLUMNS, sheet=sheet)


def refused(content: bytes, *, sheet: str | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_table(content, sheet=sheet)
    assert caught.value.field in ("content", "sheet")
    return caught.value.code


def test_the_smallest_workbook_is_read() -> None:
    table = read_table(packed())
    assert (table.header, table.records) == (["工号", "姓名"], [(2, ["7", "张三"])])


def test_documents_with_a_type_are_refused_before_their_entities_unfold() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    for part in ("texts", "styles", "workbook"):
        assert refused(packed(parts={part: f"{laughs}<x>&b;</x>"})) == "WORKBOOK_UNREADABLE"
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
    assert refused(packed(parts={"texts": outside})) == "WORKBOOK_UNREADABLE"


def test_what_unfolds_beyond_its_room_is_refused() -> None:
    bomb = packed(parts={"texts": "<sst>" + " " * (LARGEST_UNPACKED + 1) + "</sst>"})
    assert len(bomb) < LARGEST_FILE // 100
    assert refused(bomb) == "CSV_TOO_LARGE"
    assert refused(packed(parts={"texts": "<sst>" + "<si/>" * 1_000_001 + "</sst>"})) == "CSV_TOO_LARGE"
    assert (
        refused(packed(parts={"styles": "<styleSheet><cellXfs>" + "<xf/>" * 100_001 + "</cellXfs></styleSheet>"}))
        == "CSV_TOO_LARGE"
    )
    assert refused(packed(parts={"texts": "<t>" * (DEEPEST + 1)})) == "WORKBOOK_UNREADABLE"


def test_a_long_text_is_kept_once_however_many_cells_name_it() -> None:
    def room_of(cells: int) -> int:
        head = HEAD.replace("</row>", '<c t="inlineStr"><is><t>部门编码</t></is></c></row>')
        three = '<c t="s"><v>2</v></c>' * 3
        rows = "".join(f'<row r="{at}">{three}</row>' for at in range(2, cells + 2))
        texts = PARTS["xl/texts.xml"].replace("</sst>", f"<si><t> {'张' * 500_000}</t></si></sst>")
        content = packed(head + rows, parts={"texts": texts})
        tracemalloc.start()
        people = read_people(content)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [fault.error.code for fault in people.faults] == ["CELL_TOO_LONG"] * 3 * cells
        return most

    assert room_of(100) < 2 * room_of(2)


def test_a_title_without_end_names_no_column() -> None:
    assert COLUMNS.column_of("工 号") is None
    assert COLUMNS.column_of("ＮＵＭＢＥＲ") == "number"
    assert COLUMNS.column_of("number" + " " * 10_000) is None


def test_a_tag_without_end_is_read_no_further() -> None:
    for tag in (f'<sst a="{"x" * 2_000_000}">', f"<sst><!--{'x' * 2_000_000}-->"):
        texts = PARTS["xl/texts.xml"].replace("<sst>", tag)
        assert refused(packed(parts={"texts": texts})) == "WORKBOOK_UNREADABLE"
    long = PARTS["xl/texts.xml"].replace("</sst>", f"<si><t>{'x' * 2_000_000}</t></si></sst>")
    assert read_table(packed(parts={"texts": long})).records == [(2, ["7", "张三"])]


def test_parts_in_an_encoding_that_is_none_are_refused() -> None:
    texts = f'<?xml version="1.0" encoding="nobody-1"?>{PARTS["xl/texts.xml"]}'
    assert refused(packed(parts={"texts": texts})) == "WORKBOOK_UNREADABLE"


def test_characters_that_xml_cannot_hold_are_read_by_their_number() -> None:
    written = '<row r="2"><c t="str"><v>E_x0031__x000D_</v></c><c t="inlineStr"><is><t>_x005F_x000D_ _xD800_</t></is></c></row>'
    assert read_table(packed(HEAD + written)).records == [(2, ["E1", "_x000D_ _xD800_"])]


def test_days_are_those_that_a_sheet_shows_and_a_number_beyond_them_is_told_at_its_cell() -> None:
    days = ("46354.9999999", "46354.5", "2958465", "2958466")
    rows = "".join(f'<row r="{at}"><c s="1"><v>{day}</v></c></row>' for at, day in enumerate(days, start=2))
    shown = [cells[0] for _, cells in read_table(packed(HEAD + rows)).records]
    assert shown == ["2026-11-29", "2026-11-28 12:00:00", "9999-12-31", "2958466"]


def test_cells_merged_over_each_other_again_and_again_are_refused() -> None:
    rows = "".join(f'<row r="{at}"><c r="A{at}"><v>1</v></c></row>' for at in range(2, 2_002))
    merged = "<mergeCells>" + '<mergeCell ref="A2:A1048576"/>' * 600 + "</mergeCells>"
    assert refused(packed(HEAD + rows, tail=merged)) == "CSV_TOO_LARGE"
    assert refused(packed(tail="<mergeCells>" + '<mergeCell ref="A1:A2"/>' * 100_001 + "</mergeCells>")) == "CSV_TOO_LARGE"


def test_more_rows_than_are_taken_are_refused() -> None:
    rows = "".join(f'<row r="{at}"><c><v>1</v></c></row>' for at in range(2, 50_100))
    assert refused(packed(HEAD + rows)) == "CSV_TOO_LARGE"


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A2" t="s"><v>9</v></c>',
        '<c r="A2" t="s"><v>-3</v></c>',
        '<c r="A2" t="s"><v>x</v></c>',
        '<c r="A2"><v>1,2</v></c>',
        '<c r="2A"><v>1</v></c>',
        '<c r="A2" s="x"><v>1</v></c>',
    ],
)
def test_cells_that_mean_nothing_make_the_workbook_unreadable(cells: str) -> None:
    assert refused(packed(f'{HEAD}<row r="2">{cells}</row>')) == "WORKBOOK_UNREADABLE"


@pytest.mark.parametrize("row", ["0", "-1", "1048577", "9" * 5_000, "x"])
def test_rows_outside_of_a_sheet_make_the_workbook_unreadable(row: str) -> None:
    assert refused(packed(f'{HEAD}<row r="{row}"><c><v>1</v></c></row>')) == "WORKBOOK_UNREADABLE"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1e-999999999", "0"), ("7.0", "7"), ("0.30000000000000004", "0.3"), ("1E3", "1000"), ("-2.50", "-2.5")],
)
def test_a_number_is_what_a_sheet_shows_of_it(value: str, shown: str) -> None:
    table = read_table(packed(f'{HEAD}<row r="2"><c r="A2"><v>{value}</v></c></row>'))
    assert table.records == [(2, [shown, ""])]


@pytest.mark.parametrize("value", ["1e999999999", "NaN", "Infinity", "123456789012345678"])
def test_a_number_that_no_sheet_can_hold_is_told_at_its_cell(value: str) -> None:
    table = read_table(packed(f'{HEAD}<row r="2"><c r="A2"><v>{value}</v></c></row>'))
    ((_, (cell, _)),) = table.records
    assert isinstance(cell, InvalidInput)
    assert cell.code == "CELL_DIGITS_LOST"


def test_archives_that_are_no_workbooks_are_refused() -> None:
    other = BytesIO()
    with ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512
    cut = packed()[:-40]
    for content in (
        other.getvalue(),
        old,
        cut,
        b"PK\x03\x04",
        packed(compression=ZIP_BZIP2),
        packed(parts={"workbook": "<workbook/>"}),
    ):
        assert refused(content) == "WORKBOOK_UNREADABLE"
    outside = {"_rels/workbook.xml.rels": PARTS["xl/_rels/workbook.xml.rels"].replace("worksheets/s.xml", "../../../etc/passwd")}
    assert refused(packed(parts=outside)) == "WORKBOOK_UNREADABLE"
    assert refused(packed(), sheet="二") == "SHEET_UNKNOWN"
    assert refused(packed(rows="")) == "CSV_EMPTY"
