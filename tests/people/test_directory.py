"""Reading units and people: row scope, pages, and two companies."""

from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.people import service
from plumb_tenants.people.access import access_person, access_unit
from support.companies import CompanyFixture, add_person, add_unit, make_company


class South:
    """HN with GD and GX below it; a manager in GD with one report, and one person in GX."""

    company: CompanyFixture
    manager: Actor
    employee: Actor
    neighbour: Actor
    hn: UUID
    gd: UUID
    gx: UUID


@pytest.fixture
async def south(database: Database) -> South:
    made = South()
    made.company = company = await make_company()
    made.hn = await add_unit(company, "HN", "华南")
    made.gd = await add_unit(company, "GD", "广东", parent=made.hn)
    made.gx = await add_unit(company, "GX", "广西", parent=made.hn)
    made.manager = await add_person(company, "1", "林粤", unit=made.gd, roles=("manager",))
    made.employee = await add_person(company, "2", "张三", unit=made.gd, manager=made.manager)
    made.neighbour = await add_person(company, "3", "黄桂", unit=made.gx)
    return made


def person_of(actor: Actor) -> UUID:
    assert actor.person_id is not None
    return actor.person_id


async def refused(actor: Actor, person_id: UUID) -> str:
    async with tenant_transaction(actor):
        with pytest.raises(NotFound) as caught:
            await access_person(actor, person_id, Permission.PERSON_READ)
    return caught.value.text("en")


async def test_a_foreign_an_unknown_and_an_unreachable_person_are_refused_alike(south: South) -> None:
    other = await make_company("另一家公司")
    answers = {
        await refused(other.admin, person_of(south.employee)),
        await refused(other.admin, uuid4()),
        await refused(south.manager, person_of(south.neighbour)),
        await refused(south.employee, person_of(south.manager)),
    }
    assert answers == {"The object does not exist, or you may not see it."}


async def test_a_foreign_and_an_unknown_unit_are_refused_alike(south: South) -> None:
    other = await make_company("另一家公司")
    for unit_id in (south.gd, uuid4()):
        async with tenant_transaction(other.admin):
            with pytest.raises(NotFound):
                await access_unit(other.admin, unit_id, Permission.UNIT_READ)
            with pytest.raises(NotFound):
                await service.get_unit(other.admin, unit_id)
            assert await service.people_of_unit(other.admin, unit_id) == []
            assert await service.children_of_unit(other.admin, unit_id) == []


async def test_a_foreign_and_an_unknown_person_are_read_alike_by_other_domains(south: South) -> None:
    other = await make_company("另一家公司")
    for person_id in (person_of(south.employee), uuid4()):
        async with tenant_transaction(other.admin):
            with pytest.raises(NotFound):
                await service.get_person(other.admin, person_id)
            assert await service.people_by_id(other.admin, [person_id]) == {}


async def numbers(actor: Actor) -> list[str]:
    async with tenant_transaction(actor):
        people = await service.list_people(actor, limit=10)
        assert await service.count_people(actor) == len(people)
        return [person.number for person in people]


async def test_each_role_lists_the_people_in_its_reach(south: South) -> None:
    assert await numbers(south.employee) == ["2"]
    assert await numbers(south.manager) == ["1", "2"]
    assert await numbers(south.neighbour) == ["3"]
    assert await numbers(south.company.hr) == ["1", "2", "3"]
    assert await numbers(south.company.auditor) == ["1", "2", "3"]
    assert await numbers((await make_company()).admin) == []


async def test_pages_of_people_and_units_follow_each_other(south: South) -> None:
    hr = south.company.hr
    async with tenant_transaction(hr):
        assert [p.number for p in await service.list_people(hr, limit=2)] == ["1", "2"]
        assert [p.number for p in await service.list_people(hr, limit=2, after_number="2")] == ["3"]
        assert [u.code for u in await service.list_units(hr, limit=2)] == ["GD", "GX"]
        assert [u.code for u in await service.list_units(hr, limit=2, after_code="GX")] == ["HN"]


async def test_lists_keep_to_a_subtree_and_to_a_beginning(south: South) -> None:
    hr = south.company.hr
    async with tenant_transaction(hr):
        assert [p.number for p in await service.list_people(hr, limit=9, within=south.gd)] == ["1", "2"]
        assert [p.number for p in await service.list_people(hr, limit=9, within=south.hn)] == ["1", "2", "3"]
        assert [p.number for p in await service.list_people(hr, limit=9, text="张")] == ["2"]
        assert await service.list_people(hr, limit=9, text="%") == []
        assert await service.count_people(hr, within=south.gd, text="林") == 1
        assert [u.code for u in await service.list_units(hr, limit=9, within=south.gd)] == ["GD"]
