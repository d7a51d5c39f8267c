"""Customers from files that people typed, over GraphQL: faults by row and heading, all or nothing, what no column tells stays."""

from typing import Any

import pytest

from plumb_platform.database import Database
from support.asking import Ask
from support.companies import CompanyFixture, add_person, add_unit, make_company

IMPORT = """mutation ($input: ImportCustomerFileInput!) { importCustomerFile(input: $input) {
  ... on CustomerImport { written rows created updated unchanged errorCount errors { row heading code } }
  ... on Problem { code field } } }"""
CUSTOMERS = "{ customers { edges { node { code name grade contactRoles owner { number } } } } }"
CSV = "客户代码,客户名称,级别,联系人角色,负责人工号\nH1,市一医院,三甲,主任、采购,E1\nＨ２,市二医院,,,\n"


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    company = await make_company()
    await add_person(company, "E1", "张三", unit=await add_unit(company, "GD", "广东"))
    return company


async def imported(ask: Ask, company: CompanyFixture, csv: str = CSV, **given: Any) -> dict[str, Any]:
    return dict(await ask(company.hr, IMPORT, input={"csv": csv, **given}))


def counts(report: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(report[name] for name in ("written", "created", "updated", "unchanged", "errorCount"))


async def test_customers_of_a_file_are_created_once_and_only_told_columns_change(ask: Ask, company: CompanyFixture) -> None:
    assert counts(await imported(ask, company, dryRun=True)) == (False, 2, 0, 0, 0)
    assert await ask.nodes(company.hr, CUSTOMERS) == []
    assert counts(await imported(ask, company)) == (True, 2, 0, 0, 0)
    assert counts(await imported(ask, company)) == (True, 0, 0, 2, 0)
    renamed = "code,name\nH1,市第一医院\nH2,市二医院\n"
    assert counts(await imported(ask, company, renamed, dryRun=True)) == (False, 0, 1, 1, 0)
    assert counts(await imported(ask, company, renamed)) == (True, 0, 1, 1, 0)
    assert await ask.nodes(company.hr, CUSTOMERS) == [
        {"code": "H1", "name": "市第一医院", "grade": "三甲", "contactRoles": ["主任", "采购"], "owner": {"number": "E1"}},
        {"code": "H2", "name": "市二医院", "grade": "", "contactRoles": [], "owner": None},
    ]


async def test_each_fault_of_customers_is_told_and_nothing_is_written(ask: Ask, company: CompanyFixture) -> None:
    report = await imported(ask, company, CSV + "H1,又一次,,,\nH3,,,,\nH4,名称,,,E9\n")
    assert [(each["row"], each["heading"], each["code"]) for each in report["errors"]] == [
        (4, "客户代码", "CUSTOMER_TWICE"),
        (5, "客户名称", "CELL_MISSING"),
        (6, "负责人工号", "CUSTOMER_OWNER_UNKNOWN"),
    ]
    assert (counts(report), await ask.nodes(company.hr, CUSTOMERS)) == ((False, 2, 0, 0, 3), [])


async def test_customers_are_imported_by_who_may(ask: Ask, company: CompanyFixture) -> None:
    assert await ask(company.auditor, IMPORT, input={"csv": "x"}) == {"code": "FORBIDDEN", "field": None}
    assert await ask(company.hr, IMPORT, input={}) == {"code": "FILE_NOT_GIVEN", "field": "csv"}
    many = "code,name\n" + "".join(f"H{number},医院\n" for number in range(10_001))
    assert await ask(company.hr, IMPORT, input={"csv": many}) == {"code": "CUSTOMERS_TOO_MANY", "field": "csv"}
