"""An invitation that the last admin accepts denies them no office: the company keeps who administers it (C56, C95)."""

from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_one, tenant_transaction
from support.matrices import grant, matrix, published
from support.serving import Caller

PASSWORD = "correct horse battery"
BARRED = [grant("role:assign", effect="DENY")]
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  ... on InvitationSuccess { credential } ... on Problem { code field } } }"""
ACCEPT = """mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
  ... on LoginSuccess { csrfToken } ... on Problem { code } } }"""
STATE = """select m.id as membership_id, m.tenant_id, m.account_id, m.roles::text as roles,
  (select value from access_version) as version,
  (select count(*) from invitation where used_at is not null) as used from membership m"""


async def state(company: Any) -> dict[str, Any]:
    async with tenant_transaction(company.system):
        found = await fetch_one(STATE)
    assert found is not None
    return dict(found)


async def test_the_last_admin_is_denied_their_office_by_no_invitation(admin: Caller, company: Any) -> None:
    row = await state(company)
    ids = {name: row[name] for name in ("tenant_id", "membership_id", "account_id")}
    boss = Actor(**ids, roles=frozenset({"company_admin"}), channel="session")
    await published(boss, matrix(barred=BARRED))
    made = await admin.ask(INVITE, input={"email": company.email, "roles": ["employee", "barred"]})
    before = await state(company)
    given = {"credential": made["credential"], "password": PASSWORD}
    assert await admin.ask(ACCEPT, input=given) == {"code": "LAST_ADMIN"}
    assert await state(company) == before
    # Once the role denies no office any more, the same invitation is good.
    await published(boss, matrix(barred=[grant("audit:read", effect="DENY")]))
    assert "csrfToken" in await admin.ask(ACCEPT, input=given)
    assert (await state(company))["used"] == 1
