"""The bonus file of a closed period by API and by HTTP: one file, for ever, without a formula and for nobody else (A39, C61)."""

import csv
from base64 import b64decode
from collections.abc import Awaitable, Callable
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_platform.numbers.canonical import sha256_hex
from plumb_schema.ground.ids import encode_id
from plumb_tenants.attribution.resources import CREDIT
from support.companies import member
from support.matrices import grant, matrix, published
from support.sellers import Sellers, make_sellers
from support.serving import Caller

PROBLEM = "... on Problem { code message field }"
SHARES = {"reason": "售前主导方案", "version": 1}
FACTS = {"code": "SO-1", "customer": "市一医院", "product": "IVD 试剂", "region": "广东"}
DANGEROUS = {"code": "=1+1", "customer": '=HYPERLINK("http://x","y")', "product": "@SUM(A1)", "region": "-2+3"}
SAFE = ["'=1+1", '\'=HYPERLINK("http://x","y")', "'@SUM(A1)", "'-2+3"]
MEDIA = {"CSV": "text/csv", "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def change(name: str, shown: str) -> str:
    """Return the document of a mutation."""
    typed = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {typed}!) {{ {name}(input: $input) {{ ... on {shown} {PROBLEM} }} }}"


RECORD = change("recordOrder", "Order { id }")
SHARE = change("setOrderShares", "Order { version }")
CLOSE = change("closeBonusPeriod", "BonusPeriod { state }")
EXPORT = change("exportBonus", "BonusFile { name mediaType sha256 size base64 downloadPath }")
FILES = "{ bonusPeriods { edges { node { code exports { format by } } } } }"
RENAME = change("importPeople", "ImportReport { written }")
AUDIT = """{ auditEntries(first: 100, where: {action: {startsWith: "bonus."}}) { edges { node { action } } } }"""


@pytest.fixture
async def sellers(database: Database) -> Sellers:
    return await make_sellers()


@pytest.fixture
async def hr(sellers: Sellers, signed_in: Callable[[Actor], Awaitable[Caller]]) -> Caller:
    return await signed_in(sellers.hr)


def parties(sellers: Sellers, *percents: str) -> list[dict[str, Any]]:
    """Return the three parties, with their percents where any are given."""
    found = [{"personId": encode_id("Person", each.person_id), "role": each.role} for each in sellers.parties()]
    return [each | {"percent": percent} for each, percent in zip(found, percents, strict=True)] if percents else found


async def order(hr: Caller, sellers: Sellers, **facts: str) -> str:
    """Record an order of 100,000.00 in March over the three parties."""
    given = FACTS | {"amount": "100000.00", "orderedOn": "2026-03-15", "unitId": encode_id("OrgUnit", sellers.guangdong)}
    made = await hr.ask(RECORD, input={"order": given | facts | {"parties": parties(sellers)}})
    return str(made["id"])


async def closed(hr: Caller, period: str) -> None:
    assert await hr.ask(CLOSE, input={"periodId": period, "version": 1}) == {"state": "CLOSED"}


async def test_a_file_that_was_not_made_and_a_format_that_is_none_are_told(sellers: Sellers, hr: Caller) -> None:
    march = encode_id("BonusPeriod", sellers.march)
    for ending, status, code in (("", 404, "BONUS_FILE_MISSING"), ("?format=pdf", 403, "BONUS_FORMAT_UNKNOWN")):
        answer = await hr.http.get(f"/bonus-periods/{march}/file{ending}")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    zh = await hr.http.get(f"/bonus-periods/{march}/file?lang=zh-CN")
    assert zh.json()["errors"][0]["message"] == "奖金期“2026-03”尚无 CSV 文件，请先通过 exportBonus 生成。"


async def test_nobody_fetches_the_file_but_who_may_export_it(
    sellers: Sellers, hr: Caller, signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    march = encode_id("BonusPeriod", sellers.march)
    await closed(hr, march)
    path = (await hr.ask(EXPORT, input={"periodId": march, "format": "CSV"}))["downloadPath"]
    other = await make_sellers("另一家公司")
    for actor, status in ((sellers.sales, 403), (sellers.manager, 403), (sellers.company.auditor, 403), (other.hr, 404)):
        assert (await (await signed_in(actor)).http.get(path)).status_code == status
    assert (await hr.http.get(path)).status_code == 200


async def test_the_file_of_a_closed_period_is_the_same_bytes_by_api_and_http_whatever_happens_after(
    sellers: Sellers, hr: Caller, signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    march, april = (encode_id("BonusPeriod", each) for each in (sellers.march, sellers.april))
    first = await order(hr, sellers)
    await order(hr, sellers, code="SO-2", amount="-0.02")
    await closed(hr, march)
    made = {form: await hr.ask(EXPORT, input={"periodId": march, "format": form}) for form in MEDIA}
    later = {"orderId": first, "shares": parties(sellers, "50", "30", "20")} | SHARES
    assert await hr.ask(SHARE, input=later) == {"version": 2}
    people = "number,name,unit_code,unit_name\nS1,改名,GD,改名\n"
    assert await hr.ask(RENAME, input={"csv": people}) == {"written": True}
    await closed(hr, april)
    for form, file in made.items():
        assert await hr.ask(EXPORT, input={"periodId": march, "format": form}) == file
        got = await hr.http.get(file["downloadPath"])
        assert got.content == b64decode(file["base64"])
        assert (sha256_hex(got.content), len(got.content), got.headers["etag"]) == (
            file["sha256"],
            file["size"],
            f'"{file["sha256"]}"',
        )
        assert got.headers["content-type"].partition(";")[0] == MEDIA[form]
        assert got.headers["content-disposition"].endswith(file["name"])
    lines = list(csv.reader(StringIO(b64decode(made["CSV"]["base64"]).decode("utf-8-sig"), newline="")))[1:]
    assert [line[12] for line in lines] == ["33333.33", "33333.34", "33333.33", "-0.01", "-0.01", "0.00"]
    kept = await (await signed_in(sellers.company.auditor)).ask(AUDIT)
    acts = [edge["node"]["action"] for edge in kept["edges"]]
    assert (acts.count("bonus.export"), acts.count("bonus.download")) == (4, 2)


async def test_formulas_are_neutralised_and_a_clawback_stays_a_number_in_both_files(sellers: Sellers, hr: Caller) -> None:
    march, april = (encode_id("BonusPeriod", each) for each in (sellers.march, sellers.april))
    made = await order(hr, sellers, **DANGEROUS)
    await closed(hr, march)
    assert await hr.ask(SHARE, input={"orderId": made, "shares": parties(sellers, "0", "0", "100")} | SHARES) == {"version": 2}
    await closed(hr, april)
    text, book = [
        (await hr.http.get((await hr.ask(EXPORT, input={"periodId": april, "format": form}))["downloadPath"])).content
        for form in MEDIA
    ]
    lines = list(csv.reader(StringIO(text.decode("utf-8-sig"), newline="")))[1:]
    assert [line[:4] for line in lines] == [SAFE] * 3
    assert sorted(line[12] for line in lines) == ["-33333.33", "-33333.34", "66666.67"]
    rows = openpyxl.load_workbook(BytesIO(book)).active.iter_rows(min_row=2)
    cells = [[(cell.data_type, cell.value) for cell in row] for row in rows]
    assert [[value for _, value in row[:4]] for row in cells] == [SAFE] * 3
    assert sorted(row[12] for row in cells) == [("n", -33333.34), ("n", -33333.33), ("n", 66666.67)]
    assert not any(kind == "f" for row in cells for kind, _ in row)


async def test_a_grouping_twice_over_or_of_nothing_that_is_known_is_refused(sellers: Sellers, hr: Caller) -> None:
    march = encode_id("BonusPeriod", sellers.march)
    await order(hr, sellers)
    await closed(hr, march)
    refused = await hr.ask(EXPORT, input={"periodId": march, "format": "CSV", "by": ["ROLE", "PERSON", "ROLE"]})
    assert (refused["code"], refused["field"]) == ("REPORT_DIMENSION_TWICE", "by[2]")
    assert await sellers.count("bonus_export") == 0
    for by, status, code in (("COLOUR", 403, "BONUS_DIMENSION_UNKNOWN"), ("ROLE", 404, "BONUS_FILE_MISSING")):
        answer = await hr.http.get(f"/bonus-periods/{march}/file?by={by}")
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


GROUPS = {
    "PERSON": "S1,李销售,2,2,33353.34 S2,王售前,2,2,33353.33 S3,赵成功,2,2,33353.33",
    "ROLE": "售前技术支持,2,2,33353.33 客户成功经理,2,2,33353.33 销售代表,2,2,33353.34",
    "PRODUCT": "IVD试剂,1,3,100000.00 影像,1,3,60.00",
    "PERIOD": "2026-03,2,6,100060.00",
    "PERIOD,REGION,PRODUCT": "2026-03,广东,IVD试剂,1,3,100000.00 2026-03,湖南,影像,1,3,60.00",
    "UNIT": "GD,广东,2,4,66706.67 HU,湖南,2,2,33353.33",
}
"""Keys, orders, lines and amount of each group; every grouping adds up to the orders' 100,060.00."""


async def test_a_closed_period_is_exported_by_person_role_product_and_period_and_each_adds_up_to_its_orders(
    sellers: Sellers, hr: Caller
) -> None:
    march = encode_id("BonusPeriod", sellers.march)
    await order(hr, sellers, product="IVD试剂")
    await order(hr, sellers, code="SO-2", amount="60.00", product="影像", region="湖南")
    await closed(hr, march)
    made = {}
    for words, groups in GROUPS.items():
        by = words.split(",")
        for form in MEDIA:
            file = made[*by, form] = await hr.ask(EXPORT, input={"periodId": march, "format": form, "by": by})
            assert file["name"] == f"bonus-2026-03-by-{'-'.join(by).lower()}.{form.lower()}"
            assert (await hr.http.get(file["downloadPath"])).content == b64decode(file["base64"])
        lines = list(csv.reader(StringIO(b64decode(made[*by, "CSV"]["base64"]).decode("utf-8-sig"), newline="")))
        assert lines[1:] == [[*group.split(","), "CNY"] for group in groups.split()], by
        assert sum(Decimal(line[-2]) for line in lines[1:]) == Decimal("100060.00")
        sheet = openpyxl.load_workbook(BytesIO(b64decode(made[*by, "XLSX"]["base64"]))).active
        assert [cell.data_type for cell in sheet[2]][-2:] == ["n", "s"]
    people = "number,name,unit_code,unit_name\nS1,改名,GD,改名\n"
    assert await hr.ask(RENAME, input={"csv": people}) == {"written": True}
    for (*by, form), file in made.items():
        assert await hr.ask(EXPORT, input={"periodId": march, "format": form, "by": by}) == file, "the same bytes for ever"
    (kept,) = [edge["node"] for edge in (await hr.ask(FILES))["edges"] if edge["node"]["code"] == "2026-03"]
    assert sorted(tuple(each["by"]) for each in kept["exports"]) == sorted([tuple(by.split(",")) for by in GROUPS] * 2)


async def test_groups_of_dangerous_names_are_neutral_and_a_clawback_stays_a_number(sellers: Sellers, hr: Caller) -> None:
    march, april = (encode_id("BonusPeriod", each) for each in (sellers.march, sellers.april))
    made = await order(hr, sellers, **DANGEROUS)
    await closed(hr, march)
    assert await hr.ask(SHARE, input={"orderId": made, "shares": parties(sellers, "0", "0", "100")} | SHARES) == {"version": 2}
    await closed(hr, april)
    for form in MEDIA:
        given = {"periodId": april, "format": form, "by": ["PRODUCT", "REGION", "PERSON"]}
        content = b64decode((await hr.ask(EXPORT, input=given))["base64"])
        if form == "CSV":
            rows: list[list[Any]] = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))[1:]
            assert [row[6] for row in rows] == ["-33333.34", "-33333.33", "66666.67"]
        else:
            cells = [list(row) for row in openpyxl.load_workbook(BytesIO(content)).active.iter_rows(min_row=2)]
            assert [(row[6].data_type, row[6].value) for row in cells] == [("n", -33333.34), ("n", -33333.33), ("n", 66666.67)]
            rows = [[cell.value for cell in row] for row in cells]
        assert {tuple(row[:2]) for row in rows} == {(SAFE[2], SAFE[3])}


@pytest.mark.parametrize("hidden", ["Credit.amount", "Credit.person", "Credit.customer", "Credit.percent"])
async def test_a_file_is_not_handed_to_whom_a_field_of_it_is_hidden_from_the_next_request_on(
    sellers: Sellers, hr: Caller, signed_in: Callable[[Actor], Awaitable[Caller]], hidden: str
) -> None:
    march, company = encode_id("BonusPeriod", sellers.march), sellers.company
    await order(hr, sellers)
    await closed(hr, march)
    keeper = [grant("bonus:export"), grant("period:read"), grant("order:read")]
    await published(company.admin, matrix(keeper=[*keeper, grant("credit:read")]))
    caller = await signed_in(await member(company.tenant_id, "keeper"))
    asked: list[dict[str, Any]] = [{"periodId": march, "format": "CSV"}, {"periodId": march, "format": "CSV", "by": ["PRODUCT"]}]
    paths = [(await caller.ask(EXPORT, input=each))["downloadPath"] for each in asked]
    assert [(await caller.http.get(each)).status_code for each in paths] == [200, 200]
    await published(company.admin, matrix(keeper=[*keeper, grant("credit:read", fields=sorted(CREDIT.fields - {hidden}))]))
    # A file by product says amounts, and neither people, customers nor shares.
    for path, given, whole in zip(paths, asked, (False, hidden != "Credit.amount"), strict=True):
        answer = await caller.http.get(path)
        made = await caller.ask(EXPORT, input=given)
        if whole:
            assert (answer.status_code, "sha256" in made) == (200, True)
            continue
        refused = answer.json()["errors"][0]
        assert (answer.status_code, refused["extensions"]["code"], made["code"]) == (403, "FIELD_HIDDEN", "FIELD_HIDDEN")
        assert hidden in refused["message"]
        assert hidden in made["message"]
    assert (await hr.http.get(paths[0])).status_code == 200


async def test_a_field_that_shows_on_ones_own_credit_alone_hides_the_file_of_all(
    sellers: Sellers, hr: Caller, signed_in: Callable[[Actor], Awaitable[Caller]]
) -> None:
    march, company = encode_id("BonusPeriod", sellers.march), sellers.company
    await closed(hr, march)
    shown = [grant("credit:read", "OWN"), grant("credit:read", fields=sorted(CREDIT.fields - {"Credit.amount"}))]
    await published(company.admin, matrix(keeper=[grant("bonus:export"), grant("period:read"), *shown]))
    caller = await signed_in(await member(company.tenant_id, "keeper"))
    assert (await caller.ask(EXPORT, input={"periodId": march, "format": "CSV"}))["code"] == "FIELD_HIDDEN"
