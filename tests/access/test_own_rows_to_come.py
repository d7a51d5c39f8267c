"""Whoever imports opens no rows to themselves by what filters ask of people and units, nor for a day to come (A38, C95)."""

from datetime import timedelta
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import tenant_transaction
from plumb_tenants.access.service import RoleTarget, assign_role
from support.asking import Ask
from support.companies import add_person
from support.matrices import grant, matrix, published
from support.office import Office, person_of

IMPORT = """mutation ($input: ImportPeopleInput!) { importPeople(input: $input) {
  ... on ImportReport { written errors { row column code } } ... on Problem { code field } } }"""
PEOPLE = "{ people(first: 50) { edges { node { number name email } } } }"
UNITS = "{ units(first: 50) { edges { node { code } } } }"
HEAD = "工号,姓名,部门编码,部门,邮箱,职级\n"
WRITTEN: dict[str, Any] = {"written": True, "errors": []}
REFUSED = {"code": "OWN_PLACE_IMPORTED", "field": "csv"}
TO_COME = {"written": False, "errors": [{"row": 2, "column": "unit_code", "code": "OWN_PLACE_IMPORTED"}]}
IMPORTS, READS = grant("person:import"), grant("person:read", "SUBTREE")
LATER = timedelta(days=3)


async def brought(ask: Ask, actor: Actor, row: str) -> Any:
    return await ask(actor, IMPORT, input={"csv": HEAD + row, "dryRun": False})


async def helper_of(office: Office) -> Actor:
    return await add_person(office.company, "H1", "何助理", unit=office.below, manager=office.chief, roles=("helper",))


async def test_a_filter_by_what_is_imported_opens_no_row(ask: Ask, office: Office) -> None:
    rows = [grant("person:read", filter='grade = "P3"'), grant("unit:read", filter='name = "开放"')]
    await published(office.company.admin, matrix(helper=[IMPORTS, *rows]))
    helper = await helper_of(office)
    for row in ("E1,李代表,GD,,,P3", "E1,李代表,GD,开放,,"):
        assert await brought(ask, helper, row) == REFUSED
    assert await ask.nodes(helper, PEOPLE) == await ask.nodes(helper, UNITS) == []
    # Who is new comes to whoever sees such people, as does what another person imports.
    assert await brought(ask, helper, "N1,牛新人,GD,,,P3") == WRITTEN
    assert await brought(ask, helper, "E1,李代表,GD,,,P4") == WRITTEN
    assert await brought(ask, office.company.hr, "E1,李代表,GD,,,P3") == WRITTEN
    assert [each["number"] for each in await ask.nodes(helper, PEOPLE)] == ["E1", "N1"]


async def test_a_filter_by_what_is_imported_opens_no_field(ask: Ask, office: Office) -> None:
    names = ["Person.grade"]
    by_name = grant("person:read", filter='name = "李开放"', fields=["Person.email"])
    await published(office.company.admin, matrix(helper=[IMPORTS, grant("person:read", fields=names), by_name]))
    helper = await helper_of(office)
    assert await brought(ask, helper, "E1,李开放,GD,,,") == REFUSED
    assert await brought(ask, helper, "E1,李别名,GD,,,") == WRITTEN


@pytest.mark.parametrize("road", ["assignment", "matrix", "end"])
async def test_who_reads_by_their_unit_from_a_later_day_stays_where_they_are(ask: Ask, office: Office, road: str) -> None:
    company, day = office.company, today("Asia/Shanghai") + LATER
    always = [IMPORTS, READS] if road == "end" else [IMPORTS]
    await published(company.admin, matrix(helper=always, reader=[READS if road == "assignment" else grant("person:read")]))
    helper = await helper_of(office)
    target = RoleTarget(person_id=person_of(helper))
    if road == "matrix":
        await published(company.admin, matrix(helper=[IMPORTS, READS]), effective_from=day)
    else:
        days = {"starts_on": day} if road == "assignment" else {"ends_on": day}
        async with tenant_transaction(company.admin):
            await assign_role(company.admin, role="reader", target=target, **days)
    assert await brought(ask, helper, "H1,何助理,HN,,,") == TO_COME
    assert await brought(ask, company.hr, "H1,何助理,HN,,,") == WRITTEN
