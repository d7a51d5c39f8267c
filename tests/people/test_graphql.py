"""Units, people and their import through GraphQL, without HTTP, over a real company (A38)."""

from base64 import b64encode
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.companies import CompanyFixture, add_person, add_unit, make_company

SOUTH = "工号,姓名,部门编码,部门,上级部门编码,直属上级工号\n1,陈华,HN,华南,,\n2,林粤,GD,广东,HN,1\n3,张三,GD,,,2\n"
IMPORT = """mutation ($input: ImportPeopleInput!) { importPeople(input: $input) {
    ... on ImportReport { written rows created updated unchanged unitsCreated unitsUpdated errorCount warningCount
                          errors { row column code message } warnings { row column code } }
    ... on Problem { code message field } } }"""
PEOPLE = """query ($after: String, $within: ID) { people(first: 2, after: $after, where: {unit: {under: $within}}) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { number name unit { code parent { code } } manager { number } } } } }"""

NOBODY = {"totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}, "edges": []}


@pytest.fixture
def ask(ask: Ask) -> Ask:
    """Return what asks in Chinese."""
    return ask.in_language("zh-CN")


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


async def imported(ask: Ask, actor: Actor, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask.body(actor, IMPORT, input=given))["data"]["importPeople"]
    return answer


@pytest.mark.parametrize("given", [{}, {"csv": "a", "fileBase64": "YQ=="}, {"fileBase64": "not base64!"}])
async def test_a_file_given_in_no_form_or_in_two_is_refused(ask: Ask, company: CompanyFixture, given: dict[str, str]) -> None:
    assert (await imported(ask, company.hr, **given))["code"] == "FILE_NOT_GIVEN"


async def test_a_broken_csv_is_a_problem_with_code_text_and_field(ask: Ask, company: CompanyFixture) -> None:
    assert await imported(ask, company.hr, csv='工号,姓名,部门编码\n1,"张三,HN\n') == {
        "code": "CSV_BROKEN",
        "message": "第 2 行起无法按 CSV 读取：引号未闭合、单元格过长或含有空字节。",
        "field": "csv",
    }


async def test_who_may_not_import_gets_a_problem(ask: Ask, company: CompanyFixture) -> None:
    assert (await imported(ask, company.auditor, csv=SOUTH))["code"] == "FORBIDDEN"


async def test_errors_come_by_row_and_column_and_nothing_is_written(ask: Ask, company: CompanyFixture) -> None:
    report = await imported(ask, company.hr, csv=SOUTH + "2,李四,XX,,,\n")
    assert (report["written"], report["errorCount"]) == (False, 2)
    assert report["errors"] == [
        {"row": 5, "column": "number", "code": "NUMBER_TWICE", "message": "工号 2 在第 3 行已出现。"},
        {
            "row": 5,
            "column": "unit_code",
            "code": "UNIT_UNKNOWN",
            "message": "部门编码 XX 不存在，文件中也没有任何一行给出其名称。",
        },
    ]
    assert (await ask.body(company.hr, PEOPLE))["data"]["people"]["totalCount"] == 0


async def test_a_foreign_unit_and_person_answer_like_unknown_ones(ask: Ask, company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    person = await add_person(company, "1", "陈华", unit=unit)
    assert person.person_id is not None
    other = (await make_company("另一家公司")).admin
    document = (
        "query ($u: ID!, $p: ID!) { unit(id: $u) { code } person(id: $p) { name } a: node(id: $u) { id } b: node(id: $p) { id } }"
    )
    nothing = {"unit": None, "person": None, "a": None, "b": None}
    for unit_id, person_id in ((unit, person.person_id), (other.tenant_id, other.tenant_id)):
        ids = {"u": encode_id("OrgUnit", unit_id), "p": encode_id("Person", person_id)}
        assert await ask.body(other, document, **ids) == {"data": nothing}
        assert (await ask.body(other, PEOPLE, within=ids["u"]))["data"]["people"] == NOBODY
    assert await ask.body(other, document, u="x", p="y") == {"data": nothing}


async def test_people_are_imported_and_read_in_pages(ask: Ask, company: CompanyFixture) -> None:
    dry = await imported(ask, company.hr, csv=SOUTH, dryRun=True)
    assert (dry["written"], dry["created"], dry["unitsCreated"]) == (False, 3, 2)
    done = await imported(ask, company.hr, fileBase64=b64encode(SOUTH.encode("gb18030")).decode())
    assert (done["written"], done["created"], done["warnings"]) == (
        True,
        3,
        [{"row": 2, "column": "manager_number", "code": "MANAGER_MISSING"}],
    )
    assert (await imported(ask, company.hr, csv=SOUTH))["unchanged"] == 3
    first = (await ask.body(company.hr, PEOPLE))["data"]["people"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert [edge["node"] for edge in first["edges"]] == [
        {"number": "1", "name": "陈华", "unit": {"code": "HN", "parent": None}, "manager": None},
        {"number": "2", "name": "林粤", "unit": {"code": "GD", "parent": {"code": "HN"}}, "manager": {"number": "1"}},
    ]
    second = (await ask.body(company.hr, PEOPLE, after=first["pageInfo"]["endCursor"]))["data"]["people"]
    assert [edge["node"]["number"] for edge in second["edges"]] == ["3"]
    units = await ask.body(company.hr, "{ units { edges { node { id code } } } }")
    found = {edge["node"]["code"]: edge["node"]["id"] for edge in units["data"]["units"]["edges"]}
    assert list(found) == ["GD", "HN"]
    within = (await ask.body(company.hr, PEOPLE, within=found["GD"]))["data"]["people"]
    assert [edge["node"]["number"] for edge in within["edges"]] == ["2", "3"]


async def test_an_employee_sees_themselves_and_not_their_manager(ask: Ask, company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    manager = await add_person(company, "1", "陈华", unit=unit)
    employee = await add_person(company, "2", "张三", unit=unit, manager=manager)
    people = (await ask.body(employee, PEOPLE))["data"]["people"]
    assert people["totalCount"] == 1
    assert people["edges"] == [{"node": {"number": "2", "name": "张三", "unit": {"code": "HN", "parent": None}, "manager": None}}]
