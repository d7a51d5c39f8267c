"""Whoever imports people comes no nearer to rows by it: own unit, units and people brought below, superiors (A38, C95)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_tenants.access.service import RoleTarget, assign_role
from support.asking import Ask
from support.companies import add_person, add_unit
from support.matrices import grant, matrix, published
from support.office import Office, person_of

IMPORT = """mutation ($input: ImportPeopleInput!) { importPeople(input: $input) {
  ... on ImportReport { written errors { row column code } } ... on Problem { code } } }"""
PEOPLE = "{ people(first: 50) { edges { node { number } } } }"
HEAD = "工号,姓名,部门编码,部门,上级部门编码,直属上级工号\n"
WRITTEN: dict[str, Any] = {"written": True, "errors": []}
SEES = ["H1", "X1"]
"""The importer of the office, and somebody whose manager they are."""


def refused(*places: tuple[int, str]) -> dict[str, Any]:
    return {"written": False, "errors": [{"row": row, "column": column, "code": "OWN_PLACE_IMPORTED"} for row, column in places]}


async def brought(ask: Ask, actor: Actor, *rows: str, dry: bool = False) -> Any:
    return await ask(actor, IMPORT, input={"csv": HEAD + "\n".join(rows), "dryRun": dry})


async def seen(ask: Ask, actor: Actor) -> list[str]:
    return [each["number"] for each in await ask.nodes(actor, PEOPLE)]


async def importer(office: Office, *grants: dict[str, Any]) -> Actor:
    """Return an employee of the lower unit who imports people and holds what is given, beside a colleague of another unit."""
    await published(office.company.admin, matrix(helper=[grant("person:import"), *grants]))
    other = await add_unit(office.company, "ZJ", "浙江")
    await add_person(office.company, "Z1", "周代表", unit=other)
    found = await add_person(office.company, "H1", "何助理", unit=office.below, manager=office.chief, roles=("helper",))
    await add_person(office.company, "X1", "许新人", unit=office.below, manager=found)
    return found


READS = grant("person:read", "SUBTREE")
OWN_ROW = "H1,何助理,{},,,M1"


async def test_who_reads_below_their_unit_moves_neither_up_nor_aside(ask: Ask, office: Office) -> None:
    helper = await importer(office, READS)
    assert await seen(ask, helper) == ["E1", *SEES]
    for unit in ("HN", "ZJ"):
        for dry in (True, False):
            assert await brought(ask, helper, OWN_ROW.format(unit), dry=dry) == refused((2, "unit_code"))
    assert await seen(ask, helper) == ["E1", *SEES]
    # Where nobody stands yet nothing is opened; somebody else who may import sends the other row.
    assert await brought(ask, helper, "H1,何助理,GZ,广州,GD,M1") == WRITTEN
    assert await seen(ask, helper) == ["H1"]
    assert await brought(ask, office.company.hr, OWN_ROW.format("HN")) == WRITTEN
    assert await seen(ask, helper) == ["E1", "H1", "M1", "X1"]


async def test_who_reads_below_their_unit_brings_neither_units_nor_people_there(ask: Ask, office: Office) -> None:
    helper = await importer(office, READS)
    for rows, places in (
        (("Z1,周代表,GD,,,",), ((2, "unit_code"),)),
        (("M1,陈经理,GZ,广州,GD,",), ((2, "unit_code"),)),
        ((",,ZJ,浙江,GD,",), ((2, "parent_unit_code"),)),
        ((",,NX,新区,GD,", ",,ZJ,浙江,NX,", "E1,李代表,ZJ,,,"), ((3, "parent_unit_code"),)),
    ):
        assert await brought(ask, helper, *rows) == refused(*places)
    assert await seen(ask, helper) == ["E1", *SEES]
    # Who is new comes to anybody's unit, and away from it goes whoever was there.
    assert await brought(ask, helper, "N1,牛新人,GD,,,", "E1,李代表,ZJ,,,") == WRITTEN
    assert await seen(ask, helper) == ["H1", "N1", "X1"]


async def test_who_is_denied_their_own_unit_does_not_leave_it(ask: Ask, office: Office) -> None:
    helper = await importer(office, grant("person:read"), grant("person:read", "UNIT", effect="DENY"))
    assert await seen(ask, helper) == ["M1", "Z1"]
    assert await brought(ask, helper, OWN_ROW.format("ZJ")) == refused((2, "unit_code"))
    assert await brought(ask, helper, "E1,李代表,ZJ,,,") == refused((2, "unit_code"))
    assert await seen(ask, helper) == ["M1", "Z1"]


async def test_nobody_chooses_their_superior_or_becomes_one(ask: Ask, office: Office) -> None:
    helper = await importer(office)
    for row in ("H1,何助理,GD,,,E1", "H1,何助理,GD,,,", "E1,李代表,GD,,,H1"):
        assert await brought(ask, helper, row) == refused((2, "manager_number"))
    assert (
        await brought(ask, helper, OWN_ROW.format("ZJ"), "X1,许新人,HN,,,H1", "N1,牛新人,GD,,,H1", "E1,李代表,GD,,,M1") == WRITTEN
    )
    assert await brought(ask, office.company.hr, "H1,何助理,GD,,,E1") == WRITTEN


@pytest.mark.parametrize("scope", ["COMPANY", "OWN"])
async def test_who_reads_by_no_unit_moves_like_anybody(ask: Ask, office: Office, scope: str) -> None:
    helper = await importer(office, grant("person:read", scope))
    assert await brought(ask, helper, OWN_ROW.format("HN")) == WRITTEN


async def test_a_role_that_comes_with_an_assignment_counts(ask: Ask, office: Office) -> None:
    helper = await importer(office)
    async with tenant_transaction(office.company.admin):
        await assign_role(office.company.admin, role="manager", target=RoleTarget(person_id=person_of(helper)))
    assert await brought(ask, helper, OWN_ROW.format("HN")) == refused((2, "unit_code"))
