"""A stream obeys whatever its caller's rights become, from the next event on: matrix, role, delegation, session, membership."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import Database, execute, platform_transaction, tenant_transaction
from plumb_platform.identity.members import close_membership
from plumb_platform.identity.tokens import create_token, revoke_token
from plumb_schema.ground.ids import encode_id
from plumb_server import event_stream
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role, revoke_assignment
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.runs import start_letter_run
from plumb_tenants.people.service import deactivate_person, import_people
from support.companies import add_unit
from support.letters_made import Office, make_office
from support.matrices import grant, less, matrix, published
from support.office import membership_of, person_of
from support.serving import Caller

FOLLOW = "subscription ($id: ID!) { letterRun(id: $id) { state waiting } }"
EVENTS = {"accept": "text/event-stream", "accept-language": "en"}
LOGOUT = "mutation { logout(input: {}) { __typename } }"
SignedIn = Callable[[Actor], Awaitable[Caller]]


@pytest.fixture
async def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.2)
    return await make_office()


@pytest.fixture
async def run(office: Office) -> LetterRun:
    async with tenant_transaction(office.company.hr):
        return await start_letter_run(office.company.hr, cycle_id=office.cycle, template_version_id=office.template)


@asynccontextmanager
async def followed(caller: Caller, run: LetterRun, document: str = FOLLOW) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """Follow a run as somebody; yield its events, each with its name."""
    own = {"x-plumb-csrf": caller.csrf} if caller.csrf else {"authorization": f"Bearer {caller.token}"}
    body = {"query": document, "variables": {"id": encode_id("LetterRun", run.id)}}
    async with caller.http.stream("POST", "/graphql", json=body, headers=EVENTS | own, timeout=60) as response:
        assert response.status_code == 200

        async def events() -> AsyncIterator[tuple[str, Any]]:
            name = ""
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:") and name:
                    said = line.removeprefix("data:").strip()
                    yield name, httpx2.Response(200, text=said).json() if said else None

        yield events()


async def ends_with(caller: Caller, run: LetterRun, act: Callable[[], Awaitable[object]], code: str) -> None:
    """Follow until `act` was done: what comes next is a refusal of that code, and then nothing."""
    async with followed(caller, run) as events:
        first = await anext(events)
        assert first == ("next", {"data": {"letterRun": {"state": "RUNNING", "waiting": 1}}})
        await act()
        name, body = await anext(events)
        assert (name, body["errors"][0]["extensions"]["code"]) == ("next", code)
        assert (body.get("data") or {}).get("letterRun") is None
        assert [each async for each in events] == [("complete", None)]


async def sql(office: Office, statement: str, *values: object) -> None:
    async with tenant_transaction(office.company.system):
        await execute(statement, *values)


async def test_a_field_that_a_new_matrix_hides_is_null_in_the_next_event(
    office: Office, run: LetterRun, signed_in: SignedIn
) -> None:
    async with followed(await signed_in(office.company.hr), run) as events:
        assert (await anext(events))[1]["data"]["letterRun"] == {"state": "RUNNING", "waiting": 1}
        await published(office.company.admin, matrix(hr=[grant("letter:issue", fields=["LetterRun.issued"])]))
        assert await anext(events) == (
            "next",
            {"data": {"letterRun": {"state": "RUNNING", "waiting": None}}, "extensions": {"hidden": ["LetterRun.waiting"]}},
        )
        await published(office.company.admin, less("hr", "letter:issue"))
        name, body = await anext(events)
        assert (name, body["errors"][0]["extensions"]["code"]) == ("next", "FORBIDDEN")
        assert [each async for each in events] == [("complete", None)]


async def test_a_role_that_is_taken_back_ends_the_stream(office: Office, run: LetterRun, signed_in: SignedIn) -> None:
    admin, employee = office.company.admin, office.employee
    async with tenant_transaction(admin):
        made = await assign_role(admin, role="hr", target=RoleTarget(person_id=person_of(employee)))

    async def taken_back() -> None:
        async with tenant_transaction(admin):
            await revoke_assignment(admin, made.id)

    await ends_with(await signed_in(employee), run, taken_back, "FORBIDDEN")


async def test_a_delegation_that_passes_its_last_day_ends_the_stream_though_nothing_was_changed(
    office: Office, run: LetterRun, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql(office, """update membership set roles = '["employee", "hr"]' where id = $1""", membership_of(office.manager))
    last, later = today("Asia/Shanghai"), timedelta()
    giver = replace(office.manager, roles=frozenset({"employee", "hr"}))
    async with tenant_transaction(giver):
        await delegate_role(giver, role="hr", person_id=person_of(office.employee), ends_on=last)
    async with tenant_transaction(office.employee):
        token = (await create_token(office.employee, name="进度", scopes=["letter:issue"], days=9)).credential
    # The clock of the whole process, and not that of this test alone.
    monkeypatch.setattr(clock, "_source", ContextVar("moved", default=lambda: datetime.now(UTC) + later))

    async def a_day_passes() -> None:
        nonlocal later
        later = timedelta(days=1)

    await ends_with(Caller(http, token=token), run, a_day_passes, "FORBIDDEN")


async def test_who_signs_out_hears_no_more(office: Office, run: LetterRun, signed_in: SignedIn) -> None:
    caller = await signed_in(office.company.hr)

    async def signed_out() -> None:
        assert (await caller.post(LOGOUT)).status_code == 200

    await ends_with(caller, run, signed_out, "UNAUTHENTICATED")


async def test_who_is_deactivated_or_whose_membership_ends_hears_no_more(
    office: Office, run: LetterRun, signed_in: SignedIn
) -> None:
    admin = office.company.admin
    await sql(office, """update membership set roles = '["employee", "hr"]' where person_id is not null""")

    async def deactivated() -> None:
        async with tenant_transaction(admin):
            await deactivate_person(admin, person_id=person_of(office.employee), version=1, reason="离职")

    async def closed() -> None:
        async with tenant_transaction(admin):
            await close_membership(admin, membership_id=membership_of(office.manager))

    await ends_with(await signed_in(office.employee), run, deactivated, "UNAUTHENTICATED")
    await ends_with(await signed_in(office.manager), run, closed, "UNAUTHENTICATED")


async def test_a_company_that_is_closed_hears_no_more(office: Office, run: LetterRun, signed_in: SignedIn) -> None:
    closed = "update company set active = false"
    await ends_with(await signed_in(office.company.hr), run, lambda: sql(office, closed), "UNAUTHENTICATED")


END = "mutation ($id: ID!) { endSession(input: {id: $id}) { __typename } }"
SESSIONS = "{ sessions { id current } }"


async def by_position(office: Office) -> Callable[[], Awaitable[object]]:
    """Give the role to a position that the employee has; return what takes the position from them."""
    person = person_of(office.employee)
    await sql(office, "update person set position = '档案员' where id = $1", person)
    async with tenant_transaction(office.company.admin):
        await assign_role(office.company.admin, role="hr", target=RoleTarget(position="档案员"))
    return lambda: sql(office, "update person set position = '' where id = $1", person)


async def by_unit(office: Office) -> Callable[[], Awaitable[object]]:
    """Give the role to a unit of the employee's; return what moves them to another."""
    person, place = person_of(office.employee), await add_unit(office.company, "AR", "档案室")
    away = await add_unit(office.company, "AW", "他处")
    await sql(office, "update person set unit_id = $2 where id = $1", person, place)
    async with tenant_transaction(office.company.admin):
        await assign_role(office.company.admin, role="hr", target=RoleTarget(unit_id=place))
    return lambda: sql(office, "update person set unit_id = $2 where id = $1", person, away)


async def by_parent(office: Office) -> Callable[[], Awaitable[object]]:
    """Give the role to the unit above the employee's; return what moves their unit elsewhere, as an import does."""
    person = person_of(office.employee)
    above, own = await add_unit(office.company, "UP", "上级"), await add_unit(office.company, "DN", "下级")
    head = "工号,姓名,部门编码,部门,上级部门编码\n"

    async def brought(row: str) -> None:
        async with tenant_transaction(office.company.hr):
            assert (await import_people(office.company.hr, content=(head + row).encode(), dry_run=False)).written

    await brought(",,DN,下级,UP\n")
    await sql(office, "update person set unit_id = $2 where id = $1", person, own)
    async with tenant_transaction(office.company.admin):
        await assign_role(office.company.admin, role="hr", target=RoleTarget(unit_id=above))
    return lambda: brought(",,DN,下级,AN\n,,AN,别处,\n")


@pytest.mark.parametrize("given", [by_position, by_unit, by_parent])
async def test_a_role_of_a_place_ends_with_the_place(
    office: Office, run: LetterRun, signed_in: SignedIn, given: Callable[[Office], Awaitable[Callable[[], Awaitable[object]]]]
) -> None:
    lost = await given(office)
    await ends_with(await signed_in(office.employee), run, lost, "FORBIDDEN")


async def test_a_session_that_is_ended_elsewhere_and_a_token_that_is_revoked_hear_no_more(
    office: Office, run: LetterRun, signed_in: SignedIn, http: httpx2.AsyncClient
) -> None:
    hr = office.company.hr
    follower, other = await signed_in(hr), await signed_in(hr)
    session = next(each["id"] for each in await follower.ask(SESSIONS) if each["current"])

    async def ended() -> None:
        assert (await other.post(END, id=session)).json()["data"]["endSession"]["__typename"] == "SessionEnded"

    await ends_with(follower, run, ended, "UNAUTHENTICATED")
    async with tenant_transaction(hr):
        made = await create_token(hr, name="进度", scopes=["letter:issue"], days=9)

    async def revoked() -> None:
        async with tenant_transaction(hr):
            await revoke_token(hr, token_id=made.token.id)

    await ends_with(Caller(http, token=made.credential), run, revoked, "UNAUTHENTICATED")


async def test_an_account_that_is_suspended_hears_no_more(office: Office, run: LetterRun, signed_in: SignedIn) -> None:
    async def suspended() -> None:
        async with platform_transaction() as connection:
            await connection.execute("update account set active = false where id = $1", office.company.hr.account_id)

    await ends_with(await signed_in(office.company.hr), run, suspended, "UNAUTHENTICATED")
