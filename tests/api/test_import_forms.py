"""Workbooks to be filled in: whoever is signed in gets them, and what is filled in there is read by its headings."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO

import httpx2
import pytest
from openpyxl import load_workbook

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_server.import_forms import FORMS
from support.companies import make_company
from support.serving import Caller

IMPORT = """mutation ($f: String!) { importPeople(input: {fileBase64: $f}) {
  ... on ImportReport { written created errorCount warningCount } } }"""


@pytest.mark.parametrize("kind", FORMS)
async def test_every_heading_of_a_form_is_one_that_is_read(
    database: Database, signed_in: Callable[[Actor], Awaitable[Caller]], http: httpx2.AsyncClient, kind: str
) -> None:
    caller = await signed_in((await make_company()).hr)
    assert (await http.get(f"/imports/{kind}.xlsx")).status_code == 401
    columns = FORMS[kind][1]
    for lang in ("zh", "en"):
        answer = await caller.http.get(f"/imports/{kind}.xlsx?lang={lang}")
        sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
        headings = [str(cell.value) for cell in sheet[1]]
        assert [columns.column_of(heading) for heading in headings] == list(columns.all)
        assert headings[0].isascii() is (lang == "en")


async def test_a_form_that_was_filled_in_is_imported(database: Database, signed_in: Callable[[Actor], Awaitable[Caller]]) -> None:
    caller = await signed_in((await make_company()).hr)
    book = load_workbook(BytesIO((await caller.http.get("/imports/people.xlsx?lang=zh")).content))
    sheet = book.worksheets[0]
    assert sheet.column_dimensions["A"].number_format == "@"
    for column, value in enumerate(["0012", "陈华", None, "HN", "华南"], start=1):
        sheet.cell(2, column, value)
    filled = BytesIO()
    book.save(filled)
    answer = (await caller.post(IMPORT, f=b64encode(filled.getvalue()).decode())).json()
    assert answer["data"]["importPeople"] == {"written": True, "created": 1, "errorCount": 0, "warningCount": 1}
