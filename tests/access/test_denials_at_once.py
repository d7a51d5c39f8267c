"""Denials while something else happens: of two acts that each leave an administrator, one is refused that would leave none."""

import asyncio
from contextvars import copy_context

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role
from plumb_tenants.definitions.service import publish_version
from support.asking import Ask
from support.companies import add_person
from support.matrices import drafted, grant, matrix, published
from support.meanwhile import asked_meanwhile
from support.office import Office, membership_of, person_of

BARRED = matrix(barred=[grant("definition:publish", effect="DENY")])
ASSIGN = "mutation ($i: AssignRoleInput!) { assignRole(input: $i) { __typename ... on Problem { code field } } }"
DONE = {"__typename": "RoleAssignment"}


@pytest.fixture
async def admins(office: Office) -> tuple[Actor, Actor]:
    """Return the company's two administrators, who are employees."""
    roles = ("employee", "company_admin")
    found = [await add_person(office.company, number, number, unit=office.above, roles=roles) for number in ("B1", "B2")]
    async with tenant_transaction(office.company.system):
        await execute("update membership set active = false where id = $1", membership_of(office.company.admin))
    return found[0], found[1]


def barred(actor: Actor) -> dict[str, object]:
    return {"role": "barred", "target": {"personId": encode_id("Person", person_of(actor))}}


async def administering(office: Office) -> int:
    sql = """select count(*) from membership m where m.active and m.roles ? 'company_admin' and not exists (
      select from role_assignment a where a.person_id = m.person_id and a.role = 'barred' and a.revoked_at is null)"""
    async with tenant_transaction(office.company.system):
        return int(await fetch_value(sql))


async def test_two_admins_do_not_deny_each_other_their_office(ask: Ask, office: Office, admins: tuple[Actor, Actor]) -> None:
    first, second = admins
    await published(first, BARRED)
    outside = copy_context()
    async with tenant_transaction(first):
        await assign_role(first, role="barred", target=RoleTarget(person_id=person_of(second)))
        late = await asked_meanwhile(outside, ask(second, ASSIGN, i=barred(first)))
        assert not late.done()
    answer = await asyncio.wait_for(late, 120)
    # What the second held when they asked, they hold no more once it is their turn.
    assert (answer["code"], answer["field"]) == ("ROLE_NOT_GRANTABLE", "role")
    assert await administering(office) == 1


async def test_no_role_is_given_to_the_last_admin_while_a_matrix_makes_it_deny(
    ask: Ask, office: Office, admins: tuple[Actor, Actor]
) -> None:
    first, second = admins
    await published(first, matrix(barred=[grant("goal:read", "OWN")]))
    assert await ask(first, ASSIGN, i=barred(second)) == DONE
    draft = await drafted(first, BARRED)
    outside = copy_context()
    async with tenant_transaction(first):
        await publish_version(first, draft.id, version=draft.version)
        late = await asked_meanwhile(outside, ask(first, ASSIGN, i=barred(first)))
        assert not late.done()
    answer = await asyncio.wait_for(late, 120)
    assert (answer["code"], answer["field"]) == ("LAST_ADMIN", "role")
    assert await administering(office) == 1
