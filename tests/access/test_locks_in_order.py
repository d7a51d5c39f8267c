"""Acts that change who belongs to a company take their locks in one order: at one moment neither undoes the other (C95, C96)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.identity.invitations import accept, invite
from plumb_platform.identity.members import close_membership
from plumb_platform.permissions.administrators import hold_roles
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role
from plumb_tenants.people.service import deactivate_person, import_people
from support.office import Office, membership_of, person_of

WAITING = """with recursive waits as (
  select l.pid from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid))
  union select l.pid from pg_locks l join waits w on w.pid = any(pg_blocking_pids(l.pid)) where not l.granted)
select count(*) from waits"""
Act = Callable[[], Awaitable[Any]]


async def code_of(act: Act) -> str:
    """Return the code of a refusal, or nothing; whatever else ends an act, a deadlock too, fails the test."""
    try:
        await act()
    except DomainError as error:
        return error.code
    return ""


async def in_line(actor: Actor, *acts: Act) -> list[str]:
    """Let acts line up, each behind those before it, for the roles that are held here; then let them go on."""
    outside, tasks = copy_context(), list[asyncio.Task[str]]()
    async with tenant_transaction(actor):
        await hold_roles()
        async with asyncio.timeout(60):
            for act in acts:
                tasks.append(asyncio.create_task(code_of(act), context=outside.copy()))
                while not tasks[-1].done() and await fetch_value(WAITING) < len(tasks):  # noqa: ASYNC110 - a lock tells nobody
                    await asyncio.sleep(0.01)
    return await asyncio.wait_for(asyncio.gather(*tasks), 60)


def within(actor: Actor, act: Act) -> Act:
    async def made() -> None:
        async with tenant_transaction(actor):
            await act()

    return made


async def invited(actor: Actor, **given: Any) -> Act:
    async with tenant_transaction(actor):
        credential = (await invite(actor, email=f"{uuid4().hex}@example.test", **given)).credential
    return lambda: accept(
        credential, password="correct horse battery", hours=1, address="127.0.0.1", agent="", request_id="test-request"
    )


def closing(actor: Actor, other: Actor) -> Act:
    return within(actor, lambda: close_membership(actor, membership_id=membership_of(other)))


def leaving(actor: Actor, other: Actor) -> Act:
    return within(actor, lambda: deactivate_person(actor, person_id=person_of(other), version=1, reason="离职"))


async def members(office: Office) -> int:
    async with tenant_transaction(office.company.system):
        return int(await fetch_value("select count(*) from membership where active"))


@pytest.mark.parametrize("closed_first", [True, False])
async def test_an_invitation_is_accepted_while_its_sender_is_closed(office: Office, closed_first: bool) -> None:
    admin, hr = office.company.admin, office.company.hr
    before = await members(office)
    accepting, close = await invited(hr, roles=["employee"], person_id=None), closing(admin, hr)
    codes = await in_line(admin, *((close, accepting) if closed_first else (accepting, close)))
    assert codes == (["", "INVITATION_INVALID"] if closed_first else ["", ""])
    assert await members(office) == before + (-1 if closed_first else 0)


@pytest.mark.parametrize("left_first", [True, False])
async def test_an_invitation_is_accepted_while_its_person_leaves(office: Office, left_first: bool) -> None:
    admin, clerk = office.company.admin, office.clerk
    async with tenant_transaction(office.company.system):
        await execute("update membership set active = false where id = $1", membership_of(clerk))
    before = await members(office)
    accepting, leave = await invited(admin, roles=["employee"], person_id=person_of(clerk)), leaving(admin, clerk)
    codes = await in_line(admin, *((leave, accepting) if left_first else (accepting, leave)))
    assert codes == (["", "INVITATION_INVALID"] if left_first else ["", ""])
    assert await members(office) == before


@pytest.mark.parametrize("left_first", [True, False])
@pytest.mark.parametrize("act", ["assign", "delegate", "import"])
async def test_somebody_leaves_while_they_are_given_a_role_or_moved(office: Office, act: str, left_first: bool) -> None:
    company, clerk = office.company, office.clerk
    target, day = RoleTarget(person_id=person_of(clerk)), today("Asia/Shanghai")
    csv = "工号,姓名,部门编码,岗位\nE1,李代表,HN,经理\n".encode()
    acts: dict[str, tuple[Actor, Act, str]] = {
        "assign": (company.admin, lambda: assign_role(company.admin, role="auditor", target=target), "PERSON_INACTIVE"),
        "delegate": (
            office.chief,
            lambda: delegate_role(office.chief, role="employee", person_id=person_of(clerk), ends_on=day),
            "PERSON_INACTIVE",
        ),
        "import": (company.hr, lambda: import_people(company.hr, content=csv, dry_run=False), ""),
    }
    actor, given, refused = acts[act]
    leave = leaving(company.admin, clerk)
    both = (leave, within(actor, given)) if left_first else (within(actor, given), leave)
    codes = await in_line(company.admin, *both)
    assert codes == (["", refused] if left_first else ["", "CONFLICT" if act == "import" else ""])
