"""Numbers of a workbook as their formats show them: texts that belong to a code stay, units that change a size are refused."""

from base64 import b64encode
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook

from plumb_platform.database import Database
from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.number_forms import PLAIN, form_of
from support.asking import Ask
from support.companies import make_company

SHOWN = [
    ('"GH"0000', "12", "GH0012"),
    ('"GH"0000', "123456", "GH123456"),
    ("\\G\\H0000", "12", "GH0012"),
    ('"GH-"00-00', "1234", "GH-12-34"),
    ('"GH"General', "12", "GH12"),
    ('"GH"G/通用格式', "12", "GH12"),
    ('"GH"#', "12", "GH12"),
    ('"GH"0000', "-12", "-GH0012"),
    ('"GH"0000;"退"0000', "-12", "退0012"),
    ('0000"号"', "12", "0012号"),
    ("000-0000", "1234567", "123-4567"),
    ("0000", "12", "0012"),
    ("General", "12.5", "12.5"),
    ("#,##0.00", "1234.5", "1234.5"),
    ('#,##0.00"元"', "1234.5", "1234.5"),
    ('"¥"#,##0.00', "1234.5", "1234.5"),
    ("[$¥-804]0", "12", "12"),
    ('0"人"', "12", "12"),
    ('0.0"kg"', "12.5", "12.5"),
    ("#,##0_ ;[Red]\\-#,##0\\ ", "-1234", "-1234"),
    ("0.00%", "0.125", "12.5%"),
    ("0.00E+00", "12345", "12345"),
]


@pytest.mark.parametrize(("code", "number", "shown"), SHOWN)
def test_a_number_is_what_its_format_shows_of_it(code: str, number: str, shown: str) -> None:
    assert form_of("164", code).shown(Decimal(number)) == shown


def test_built_in_formats_are_known_by_number() -> None:
    assert (form_of("9", None).shown(Decimal("0.5")), form_of("14", None).is_day) == ("50%", True)
    assert form_of("9" * 5_000, None).shown(Decimal("0.5")) == PLAIN.shown(Decimal("0.5")) == "0.5"


@pytest.mark.parametrize(
    ("code", "number", "refused"),
    [
        ('0.00"万"', "12", "CELL_UNIT_SHOWN"),
        ('0!.0,"万元"', "120000", "CELL_UNIT_SHOWN"),
        ('0.0"亿"', "1", "CELL_UNIT_SHOWN"),
        ('0"K"', "1", "CELL_UNIT_SHOWN"),
        ('"GH"0000', "12.5", "CELL_FORM_UNREAD"),
        ('[>100]"A"0;"B"0', "12", "CELL_FORM_UNREAD"),
    ],
)
def test_what_a_format_shows_in_another_way_is_refused_by_its_name(code: str, number: str, refused: str) -> None:
    shown = form_of("164", code).shown(Decimal(number))
    assert isinstance(shown, InvalidInput)
    assert shown.code == refused


async def test_employee_numbers_keep_the_letters_that_their_format_puts_before_them(database: Database, ask: Ask) -> None:
    book, company, file = Workbook(), await make_company(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["工号", "姓名", "部门编码", "部门", "直属上级工号"],
        [12, "陈华", "HN", "华南", None],
        [13, "林粤", "HN", None, 12],
    ):
        sheet.append(row)
    for cell in ("A2", "A3", "E3"):
        sheet[cell].number_format = '"GH"0000'
    book.save(file)
    document = "mutation ($f: String!) { importPeople(input: {fileBase64: $f}) { ... on ImportReport { written created } } }"
    given = b64encode(file.getvalue()).decode()
    assert await ask(company.hr, document, f=given) == {"written": True, "created": 2}
    people = await ask.nodes(company.hr, "{ people { edges { node { number manager { number } } } } }")
    assert people == [{"number": "GH0012", "manager": None}, {"number": "GH0013", "manager": {"number": "GH0012"}}]
