"""Who keeps members knows whom they stand for, by number and name, and no more of them than they may read (C56, C95)."""

import pytest

from plumb_platform.actor import Actor
from support.asking import Ask
from support.companies import member
from support.matrices import grant, matrix, published
from support.office import Office, membership_of

LISTED = "{ members { edges { node { id person { number name position } } } } }"


@pytest.fixture
async def keeper(office: Office) -> Actor:
    """Return who keeps members and reads no people."""
    grants = [grant("member:read"), grant("member:invite"), grant("role:read")]
    await published(office.company.admin, matrix(keeper=grants))
    return await member(office.company.tenant_id, "keeper")


async def test_members_are_listed_with_number_and_name_of_their_person(office: Office, ask: Ask, keeper: Actor) -> None:
    body = await ask.body(keeper, LISTED)
    found = [edge["node"] for edge in body["data"]["members"]["edges"]]
    clerk = next(each["person"] for each in found if each["id"].endswith(str(membership_of(office.clerk))))
    assert clerk == {"number": "E1", "name": "李代表", "position": None}
    assert body["extensions"] == {"hidden": ["Person.position"]}
    # Who stands for nobody, such as an administrator, has no person.
    assert any(each["person"] is None for each in found)


async def test_members_are_found_by_the_names_of_people_whom_one_reads(office: Office, ask: Ask, keeper: Actor) -> None:
    asked = '{ members(where: {person: {name: {contains: "李"}}}) { edges { node { person { name } } } } }'
    assert [each["person"]["name"] for each in await ask.nodes(office.company.hr, asked)] == ["李代表"]
    refused = await ask.body(keeper, asked)
    assert refused["errors"][0]["extensions"]["code"] == "FIELD_HIDDEN"
