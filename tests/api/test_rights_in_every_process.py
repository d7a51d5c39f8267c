"""Whatever changes somebody's rights holds from their next request, in each process, whatever they and it had kept (C56).

Matrix, position, own unit, a unit's parent, an assignment, a delegation and the end of who delegated; by ETag and without.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.identity.members import close_membership
from plumb_platform.settings import Settings
from plumb_server.app import make_app
from plumb_server.assembly import product_resources
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role, revoke_assignment
from plumb_tenants.people.service import import_people
from support.companies import add_person, add_unit
from support.matrices import grant, matrix, published
from support.office import Office, make_office, membership_of, person_of
from support.serving import Caller, browser, served

PEOPLE = "{ people(first: 50) { edges { node { number grade } } } }"
HEAD = "工号,姓名,部门编码,部门,上级部门编码,岗位\n"
SEER = grant("person:read", "SUBTREE")
SignedIn = Callable[[Actor], Awaitable[Caller]]
Seen = dict[str, str | None]


@pytest.fixture(scope="module")
async def second_address(settings: Settings, database: Database) -> AsyncIterator[str]:
    """Serve the product by a second process' own objects: its own memory of callers, its own kept answers."""
    async with served(settings, lambda own: make_app(own, product_resources)) as url:
        yield url


class Reader:
    """Somebody at one process, who keeps the last answer with its ETag."""

    def __init__(self, caller: Caller) -> None:
        self._caller, self._etag = caller, ""

    async def get(self) -> httpx2.Response:
        headers = {"x-plumb-csrf": self._caller.csrf, "if-none-match": self._etag}
        response = await self._caller.http.get("/graphql", params={"query": PEOPLE}, headers=headers)
        self._etag = response.headers.get("etag", self._etag)
        return response

    async def sees(self) -> Seen:
        """Return what is new to the reader, who is told so; asked again, it is known, or told again where something is hidden."""
        response = await self.get()
        assert response.status_code == 200
        body, again = response.json(), await self.get()
        known = (200, response.content) if "hidden" in body.get("extensions", {}) else (304, b"")
        assert (again.status_code, again.content) == known
        rows = [edge["node"] for edge in body["data"]["people"]["edges"]]
        return {row["number"]: row["grade"] for row in rows}


@pytest.fixture
async def office(database: Database) -> Office:
    """Return an office beside a unit with somebody who may lend what they hold."""
    office = await make_office()
    await published(office.company.admin, matrix(seer=[SEER]))
    return office


@pytest.fixture
async def readers(office: Office, signed_in: SignedIn, second_address: str) -> AsyncIterator[list[Reader]]:
    """Return the chief at two processes."""
    caller = await signed_in(office.chief)
    async with browser(second_address, cookie=caller.http.headers["cookie"]) as elsewhere:
        yield [Reader(caller), Reader(Caller(elsewhere, csrf=caller.csrf))]


async def brought(office: Office, row: str) -> None:
    hr = office.company.hr
    async with tenant_transaction(hr):
        assert (await import_people(hr, content=(HEAD + row).encode(), dry_run=False)).written


async def assigned(office: Office, **target: Any) -> Callable[[], Awaitable[None]]:
    """Give a role; return what takes it back."""
    admin = office.company.admin
    async with tenant_transaction(admin):
        made = await assign_role(admin, role="seer", target=RoleTarget(**target))

    async def taken_back() -> None:
        async with tenant_transaction(admin):
            await revoke_assignment(admin, made.id)

    return taken_back


async def test_places_roles_and_matrices_hold_from_the_next_request(office: Office, readers: list[Reader]) -> None:
    other = await add_unit(office.company, "ZJ", "浙江")
    await add_person(office.company, "Z1", "周代表", unit=other)

    async def all_see(*numbers: str, **grades: str | None) -> None:
        for reader in readers:
            assert await reader.sees() == dict.fromkeys(numbers, "P5") | grades

    await all_see("M1")
    take_back = await assigned(office, position="经理")
    await brought(office, "M1,陈经理,HN,,,经理")
    await all_see("M1", "E1")
    await brought(office, ",,ZJ,浙江,HN,")
    await all_see("M1", "E1", "Z1")
    await brought(office, "M1,陈经理,GD,,,经理")
    await all_see("M1", "E1")
    await published(office.company.admin, matrix(seer=[grant("person:read", "SUBTREE", fields=["Person.hiredOn"])]))
    await all_see("M1", E1=None)
    await published(office.company.admin, matrix(seer=[SEER, grant("person:read", "OWN", effect="DENY")]))
    await all_see("E1")
    await take_back()
    await all_see("M1")


async def test_what_is_delegated_comes_and_goes_with_who_delegates(office: Office, readers: list[Reader]) -> None:
    lender = await add_person(office.company, "L1", "刘总监", unit=office.above, roles=("employee", "seer"))
    for reader in readers:
        assert await reader.sees() == {"M1": "P5"}
    async with tenant_transaction(lender):
        await delegate_role(lender, role="seer", person_id=person_of(office.chief), ends_on=today("Asia/Shanghai"))
    for reader in readers:
        assert await reader.sees() == dict.fromkeys(("E1", "L1", "M1"), "P5")
    async with tenant_transaction(office.company.admin):
        await close_membership(office.company.admin, membership_id=membership_of(lender))
    for reader in readers:
        assert await reader.sees() == {"M1": "P5"}
