"""People from workbooks as Excel and WPS write them, over GraphQL: merged cells, hidden rows, formulas, titles, days (A38)."""

from base64 import b64encode
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from plumb_platform.database import Database
from support.asking import Ask
from support.companies import CompanyFixture, make_company

HEADER = ["工号", "姓名", "部门编码", "部门", "上级部门编码", "直属上级工号", "入职日期"]
IMPORT = """mutation ($input: ImportPeopleInput!) { importPeople(input: $input) {
    ... on ImportReport { written rows created unchanged
                          errors { row column heading code message } warnings { row code message } }
    ... on Problem { code message field } } }"""
PEOPLE = "{ people(first: 100) { edges { node { number name hiredOn unit { code } manager { number } } } } }"


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """Return what asks in Chinese."""
    return ask.in_language("zh-CN")


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


def workbook(*rows: list[Any], title: str = "花名册") -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def in_base64(book: Workbook) -> str:
    file = BytesIO()
    book.save(file)
    return b64encode(file.getvalue()).decode()


async def imported(ask: Ask, company: CompanyFixture, book: Workbook, **given: Any) -> dict[str, Any]:
    return dict(await ask(company.hr, IMPORT, input={"fileBase64": in_base64(book), **given}))


async def test_a_sheet_made_for_people_is_imported_as_it_shows(ask: Ask, company: CompanyFixture) -> None:
    book = workbook(
        ["2026 年员工花名册"],
        HEADER,
        [1001, "陈华", "HN", "华南大区", None, None, date(2015, 3, 1)],
        [],
        ["0012", "林粤", "GD", "广东省区", "HN", 1001, "2018年7月9日"],
        [1003, "张三", None, None, None, 1001, datetime(2021, 9, 1, tzinfo=UTC).replace(tzinfo=None)],
        [12345, "李四", "HN", None, None, "0012", None],
    )
    sheet = book["花名册"]
    sheet.merge_cells("A1:G1")
    sheet.merge_cells("C5:C6")
    sheet["A7"].number_format = "0000000"
    sheet["G3"].number_format = '[$-804]yyyy"年"m"月"d"日";@'
    sheet["F5"].number_format = "0.00E+00"
    sheet.row_dimensions[7].hidden = True
    done = await imported(ask, company, book)
    assert (done["written"], done["rows"], done["created"], done["errors"]) == (True, 4, 4, [])
    assert [(each["row"], each["message"]) for each in done["warnings"] if each["code"] != "MANAGER_MISSING"] == [
        (2, "表头在第 2 行，其上的内容未读取。"),
        (7, "第 7 行在工作表中是隐藏的，仍已读取；如不应导入，请删除这些行。"),
    ]
    people = [edge["node"] for edge in (await ask(company.hr, PEOPLE))["edges"]]
    assert [
        (one["number"], one["unit"]["code"], one["manager"] and one["manager"]["number"], one["hiredOn"]) for one in people
    ] == [
        ("0012", "GD", "1001", "2018-07-09"),
        ("0012345", "HN", "0012", None),
        ("1001", "HN", None, "2015-03-01"),
        ("1003", "GD", "1001", "2021-09-01"),
    ]
    assert (await imported(ask, company, book))["unchanged"] == 4


async def test_cells_that_show_nothing_to_rely_on_are_told_by_row_heading_and_remedy(ask: Ask, company: CompanyFixture) -> None:
    header = ["员工编号", *HEADER[1:]]
    book = workbook(header, ["E1", "=A2", "HN", "华南", None, None, None], [123456789012345678, "李四", "HN"])
    book["花名册"].append(["E3", "#N/A", "HN"])
    book["花名册"]["B4"].data_type = "e"
    told = await imported(ask, company, book)
    assert told["written"] is False
    assert [(one["row"], one["column"], one["heading"], one["code"], one["message"]) for one in told["errors"]] == [
        (2, "name", "姓名", "CELL_NOT_CALCULATED", "此单元格的公式没有计算结果：请在 Excel 或 WPS 中打开并保存，或改为数值。"),
        (3, "number", "员工编号", "CELL_DIGITS_LOST", "超过 15 位的数字已被 Excel 改动末尾各位：请将该列设为文本后重新填写。"),
        (4, "name", "姓名", "CELL_FORMULA_WRONG", "此单元格的公式出错（#N/A），请改正后重新导入。"),
    ]
    assert (await ask(company.hr, PEOPLE))["edges"] == []


async def test_one_sheet_is_read_and_which_one_can_be_said(ask: Ask, company: CompanyFixture) -> None:
    book = workbook(HEADER[:4], ["E1", "张三", "HN", "华南"], title="旧")
    book["旧"].sheet_state = "hidden"
    for name in ("说明", "在职"):
        sheet = book.create_sheet(name)
        for row in (HEADER[:4], [f"E-{name}", "李四", "HN", "华南"]):
            sheet.append(row)
    first = await imported(ask, company, book, dryRun=True)
    assert first["warnings"][0] == {
        "row": 1,
        "code": "SHEETS_LEFT_OUT",
        "message": "只读取了工作表“说明”，未读取：在职；如需读取其他工作表，请用 sheet 指明。",
    }
    assert (await imported(ask, company, book, sheet="在职"))["created"] == 1
    assert [edge["node"]["number"] for edge in (await ask(company.hr, PEOPLE))["edges"]] == ["E-在职"]
    assert await imported(ask, company, book, sheet="旧") == {
        "code": "SHEET_UNKNOWN",
        "message": "工作簿中没有可见的工作表“旧”，有：说明、在职。",
        "field": "sheet",
    }


async def test_days_count_from_1904_where_a_workbook_says_so(ask: Ask, company: CompanyFixture) -> None:
    book = workbook(HEADER, ["E1", "张三", "HN", "华南", None, None, date(2026, 11, 28)])
    book.epoch = datetime(1904, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    assert (await imported(ask, company, book))["errors"] == []
    assert (await ask(company.hr, PEOPLE))["edges"][0]["node"]["hiredOn"] == "2026-11-28"


async def test_five_thousand_rows_are_imported_and_a_bad_one_keeps_all_out(ask: Ask, company: CompanyFixture) -> None:
    rows: list[list[Any]] = [[f"E{number}", f"员工{number}", "HN", "华南", None, None, None] for number in range(5_000)]
    rows[4_321][6] = "2026年2月30日"
    told = await imported(ask, company, workbook(HEADER, *rows))
    assert (told["written"], told["rows"]) == (False, 5_000)
    assert [(one["row"], one["heading"], one["message"]) for one in told["errors"]] == [
        (4_323, "入职日期", "“2026年2月30日”不是有效日期，请写成 2026-01-31 或 2026年1月31日。")
    ]
    rows[4_321][6] = "2026年2月28日"
    done = await imported(ask, company, workbook(HEADER, *rows))
    assert (done["written"], done["created"]) == (True, 5_000)
