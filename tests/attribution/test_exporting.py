"""The bonus file of a closed period: the same bytes for ever, its lines, and no formula in any cell (A39, C61)."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Forbidden, NotFound
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.attribution.bonus_rows import LINES
from plumb_tenants.attribution.exporting import PeriodStillOpen, bonus_content
from plumb_tenants.attribution.models import BonusPeriod
from plumb_tenants.attribution.service import BonusFile, ExportFormat, export_bonus
from support.sellers import Sellers, make_sellers

TITLES = list(LINES.values())


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings.storage_url, home=settings.home)


async def exported(sellers: Sellers, storage: Storage, form: ExportFormat = ExportFormat.CSV) -> BonusFile:
    async with tenant_transaction(sellers.hr):
        return await export_bonus(sellers.hr, period_id=sellers.march, form=form, storage=storage)


def rows_of(file: BonusFile) -> list[list[str]]:
    return list(csv.reader(StringIO(file.content.decode("utf-8-sig"), newline="")))


async def test_an_open_period_is_not_exported(sellers: Sellers, storage: Storage) -> None:
    await sellers.record()
    with pytest.raises(PeriodStillOpen):
        await exported(sellers, storage)
    assert await sellers.count("bonus_export") == 0


async def test_only_who_may_export_the_whole_company_does(sellers: Sellers, storage: Storage) -> None:
    await sellers.close(sellers.march)
    other = await make_sellers("另一家公司")
    refused = [(actor, Forbidden) for actor in (sellers.sales, sellers.manager, sellers.company.auditor)]
    for actor, error in [*refused, (other.hr, NotFound)]:
        with pytest.raises(error):
            async with tenant_transaction(actor):
                await export_bonus(actor, period_id=sellers.march, form=ExportFormat.CSV, storage=storage)


async def test_a_closed_period_is_the_same_bytes_whatever_happens_after(sellers: Sellers, storage: Storage) -> None:
    order_id = await sellers.record()
    await sellers.record(sellers.order("SO-2"))
    await sellers.close(sellers.march)
    first = {form: await exported(sellers, storage, form) for form in ExportFormat}
    await sellers.share(order_id, ["50", "30", "20"])
    async with tenant_transaction(sellers.company.system):
        assert await fetch_value("update person set name = '改名' where number = 'S1' returning 1") == 1
        assert await fetch_value("update org_unit set name = '改名' where code = 'GD' returning 1") == 1
    for form, file in first.items():
        again = await exported(sellers, storage, form)
        assert (again.content, again.sha256, again.id) == (file.content, file.sha256, file.id)
        async with tenant_transaction(sellers.hr):
            # Made anew from the kept lines, without the stored file.
            made = await bonus_content(await BonusPeriod.get(id=sellers.march), form)
        assert sha256_hex(made) == file.sha256
    async with tenant_transaction(sellers.hr):
        audited = await fetch("select after from audit_entry where action = 'bonus.export'")
    assert len(audited) == 4
    assert all(
        first[ExportFormat.CSV].sha256 in row["after"] or first[ExportFormat.XLSX].sha256 in row["after"] for row in audited
    )


async def test_the_lines_say_who_gets_what_of_which_order(sellers: Sellers, storage: Storage) -> None:
    await sellers.record()
    await sellers.close(sellers.march)
    file = await exported(sellers, storage)
    assert (file.name, file.media_type) == ("bonus-2026-03.csv", "text/csv; charset=utf-8")
    header, *lines = rows_of(file)
    assert header == TITLES
    assert lines == [
        ["SO-1", "市一医院", "IVD 试剂", "广东", "2026-03-15", unit, name, number, who, role, "CREDIT", percent, amount, "CNY"]
        for unit, name, number, who, role, percent, amount in (
            ("GD", "广东", "S2", "王售前", "售前技术支持", "33.33", "33333.33"),
            ("GD", "广东", "S1", "李销售", "销售代表", "33.34", "33333.34"),
            ("HU", "湖南", "S3", "赵成功", "客户成功经理", "33.33", "33333.33"),
        )
    ]


async def test_formulas_are_neutralised_and_a_clawback_stays_a_number(sellers: Sellers, storage: Storage) -> None:
    order_id = await sellers.record(
        sellers.order("=1+1", customer='=HYPERLINK("http://x","y")', product="@SUM(A1)", region="-2+3")
    )
    await sellers.close(sellers.march)
    await sellers.share(order_id, ["0", "0", "100"])
    await sellers.close(sellers.april)
    async with tenant_transaction(sellers.hr):
        files = [await export_bonus(sellers.hr, period_id=sellers.april, form=form, storage=storage) for form in ExportFormat]
    lines = rows_of(files[0])[1:]
    assert [line[:4] for line in lines] == [["'=1+1", '\'=HYPERLINK("http://x","y")', "'@SUM(A1)", "'-2+3"]] * 3
    assert sorted(line[12] for line in lines) == ["-33333.33", "-33333.34", "66666.67"]
    sheet = openpyxl.load_workbook(BytesIO(files[1].content)).active
    cells = [[(cell.data_type, cell.value) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert {row[0] for row in cells} == {("s", "'=1+1")}
    assert sorted(row[12] for row in cells) == [("n", -33333.34), ("n", -33333.33), ("n", 66666.67)]
    assert not any(kind == "f" for row in cells for kind, _ in row)


async def test_an_empty_period_is_a_header(sellers: Sellers, storage: Storage) -> None:
    await sellers.close(sellers.march)
    assert rows_of(await exported(sellers, storage)) == [TITLES]
