"""An invitation opens the door for as long as its sender could send it: who left or holds less lets nobody in (C95, C96)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.clock import today
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.serving import Caller

PASSWORD = "correct horse battery"
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  ... on InvitationSuccess { credential invitation { id } } ... on Problem { code field } } }"""
ACCEPT = """mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
  ... on LoginSuccess { csrfToken } ... on Problem { code } } }"""
CLOSE = (
    "mutation ($input: CloseMembershipInput!) { closeMembership(input: $input) { ... on Member { id } ... on Problem { code } } }"
)
MEMBERS = "{ members(first: 50) { edges { node { id roles } } } }"
REFUSED = {"code": "INVITATION_INVALID"}
Someone = Callable[[], Awaitable[Caller]]


async def invited(sender: Caller, *roles: str) -> str:
    """Invite somebody and return the credential."""
    made = await sender.ask(INVITE, input={"email": f"{uuid4().hex[:12]}@example.test", "roles": list(roles)})
    found: str = made["credential"]
    return found


async def accepted(guest: Caller, credential: str) -> Any:
    return await guest.ask(ACCEPT, input={"credential": credential, "password": PASSWORD})


@pytest.fixture
async def hr(admin: Caller, someone: Someone) -> Caller:
    """Return a member of human resources who was invited by the admin."""
    guest = await someone()
    guest.csrf = (await accepted(guest, await invited(admin, "hr")))["csrfToken"]
    return guest


async def set_roles(company: Any, *roles: str) -> None:
    """Give the member of human resources other roles."""
    async with tenant_transaction(company.system):
        sql = "update membership set roles = to_jsonb($1::text[]) where not roles ? 'company_admin'"
        await execute(sql, list(roles))


async def members(company: Any) -> int:
    async with tenant_transaction(company.system):
        return int(await fetch_value("select count(*) from membership where active"))


async def test_nobody_joins_by_an_invitation_whose_sender_was_closed(
    admin: Caller, hr: Caller, someone: Someone, company: Any
) -> None:
    credential = await invited(hr, "employee")
    found = (await admin.ask(MEMBERS))["edges"]
    (sender,) = [each["node"]["id"] for each in found if each["node"]["roles"] == ["hr"]]
    assert await admin.ask(CLOSE, input={"id": sender}) == {"id": sender}
    assert await accepted(await someone(), credential) == REFUSED
    assert await members(company) == 1
    # The list says so too: what its sender left behind is over, and the admin's own stays as it was.
    by_admin = await invited(admin, "employee")
    assert "csrfToken" in await accepted(await someone(), by_admin)
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from invitation where used_at is null and expires_at > now()") == 0


@pytest.mark.parametrize(
    ("roles", "given", "joins"),
    [
        (["employee"], "employee", False),
        ([], "employee", False),
        (["hr"], "employee", True),
        (["hr"], "hr", True),
        (["company_admin", "employee"], "hr", True),
        (["auditor", "employee"], "employee", False),
    ],
)
async def test_a_sender_who_could_not_send_it_today_lets_nobody_in(
    hr: Caller, someone: Someone, company: Any, roles: list[str], given: str, *, joins: bool
) -> None:
    credential = await invited(hr, given)
    await set_roles(company, *roles)
    answer = await accepted(await someone(), credential)
    assert ("csrfToken" in answer, await members(company)) == (joins, 3 if joins else 2)
    if not joins:
        assert answer == REFUSED
        # Nothing was used up: once the sender may send it again, it opens the door.
        await set_roles(company, "hr")
        assert "csrfToken" in await accepted(await someone(), credential)


async def test_a_sender_who_lacks_one_of_the_roles_by_now_lets_nobody_in(admin: Caller, someone: Someone, company: Any) -> None:
    second = await someone()
    second.csrf = (await accepted(second, await invited(admin, "company_admin")))["csrfToken"]
    by_second = await invited(second, "company_admin"), await invited(second, "employee")
    async with tenant_transaction(company.system):
        sql = "update membership set roles = '[\"hr\"]' where id = (select max(id::text)::uuid from membership)"
        await execute(sql)
    assert await accepted(await someone(), by_second[0]) == REFUSED
    assert "csrfToken" in await accepted(await someone(), by_second[1])


async def test_a_role_that_the_employee_got_meanwhile_is_not_given_by_who_lacks_it(
    hr: Caller, someone: Someone, company: Any
) -> None:
    person, unit = uuid4(), uuid4()
    async with tenant_transaction(company.system):
        await execute(
            "insert into org_unit (tenant_id, id, code, name, ordinal, version, created_at) "
            "values ($1, $2, 'U', '部门', 0, 1, now())",
            *(company.tenant_id, unit),
        )
        await execute(
            "insert into person (tenant_id, id, number, name, email, unit_id, grade, position, skills, active, version, "
            "created_at) values ($1, $2, '1', '张伟', 'zhang@example.test', $3, 'P9', '', '[]', true, 1, now())",
            *(company.tenant_id, person, unit),
        )
    asked = {"email": "zhang@example.test", "roles": ["employee"], "personId": encode_id("Person", person)}
    credential = (await hr.ask(INVITE, input=asked))["credential"]
    async with tenant_transaction(company.system):
        await execute(
            "insert into role_assignment (tenant_id, id, created_at, role, grade, starts_on) "
            "values ($1, $2, now(), 'company_admin', 'P9', $3::date)",
            *(company.tenant_id, uuid4(), today("Asia/Shanghai") - timedelta(days=1)),
        )
    assert await accepted(await someone(), credential) == REFUSED
    assert await members(company) == 2


async def test_an_invitation_of_the_system_needs_no_sender(admin: Caller, someone: Someone, company: Any) -> None:
    credential = await invited(admin, "employee")
    async with tenant_transaction(company.system):
        await execute("update invitation set sent_by = null")
    assert "csrfToken" in await accepted(await someone(), credential)
