"""Signing in, tokens and invitations: what is refused first, then what works."""

import asyncio
from collections import Counter
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now
from plumb_platform.database import fetch, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.errors import Forbidden, NotFound, RateLimited, Unauthenticated
from plumb_platform.identity import invitations, members, service, sessions, throttle, tokens
from plumb_platform.identity.credentials import PasswordTooWeak
from plumb_platform.identity.models import Membership
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.permissions.granting import RoleNotGrantable
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.meanwhile import asked_meanwhile

pytestmark = pytest.mark.usefixtures("database")
PASSWORD = "correct horse battery"


def address() -> str:
    """Return an address of its own, so that tests do not throttle each other."""
    return f"192.0.2.{uuid4().int % 250}-{uuid4().hex[:6]}"


async def joined(company: CompanyFixture, roles: tuple[str, ...] = ("employee",)) -> tuple[str, service.SignedIn]:
    email = f"{uuid4().hex[:10]}@example.test"
    async with tenant_transaction(company.admin):
        made = await invitations.invite(company.admin, email=email.upper(), roles=list(roles), person_id=None)
    signed = await invitations.accept(made.credential, password=PASSWORD, hours=1, address=address(), agent="t", request_id="r")
    return email, signed


async def login(email: str, password: str, at: str | None = None, key: str | None = None) -> service.SignedIn:
    return await service.login(email, password, company_key=key, hours=1, address=at or address())


async def test_an_unknown_account_and_a_wrong_password_are_refused_alike() -> None:
    email, _ = await joined(await make_company())
    refusals = []
    for attempt in ((email, "wrong password!"), ("nobody@example.test", PASSWORD)):
        with pytest.raises(service.LoginRefused) as refusal:
            await login(*attempt)
        refusals.append(refusal.value.text("zh-CN"))
    assert refusals == ["邮箱或密码不正确。"] * 2


async def test_the_sixth_attempt_after_five_failures_is_throttled_even_with_the_right_password() -> None:
    email, _ = await joined(await make_company())
    for _ in range(5):
        with pytest.raises(service.LoginRefused):
            await login(email, "wrong password!")
    with pytest.raises(RateLimited) as limited:
        await login(email, PASSWORD)
    assert 1 <= limited.value.retry_after <= 61
    with clock_at(now() + timedelta(minutes=2)):
        assert (await login(email, PASSWORD)).credential.startswith("ps_")


async def test_of_many_guesses_at_the_same_moment_five_are_looked_at() -> None:
    email, _ = await joined(await make_company())
    guesses = [f"wrong password {number}" for number in range(9)]
    answers = await asyncio.gather(*(login(email, guess) for guess in guesses), return_exceptions=True)
    assert Counter(type(each).__name__ for each in answers) == {"LoginRefused": 5, "RateLimited": 4}


async def test_who_signs_in_a_few_times_at_once_is_let_in_each_time_and_counted_no_more() -> None:
    email, _ = await joined(await make_company())
    for _ in range(2):
        opened = await asyncio.gather(*(login(email, PASSWORD) for _ in range(4)))
        assert len({each.credential for each in opened}) == 4


async def test_one_address_is_throttled_over_many_accounts() -> None:
    place = address()
    for _ in range(50):
        async with platform_transaction() as connection:
            await throttle.count_failure(connection, throttle.throttle_keys(uuid4().hex, place))
    with pytest.raises(RateLimited):
        await login("somebody@example.test", PASSWORD, at=place)


async def test_a_session_ends_by_logout_by_expiry_and_by_a_closed_membership() -> None:
    company = await make_company()
    email, first = await joined(company)
    second, third = await login(email, PASSWORD), await login(email, PASSWORD)
    assert await sessions.logout(first.actor) == 1
    with pytest.raises(Unauthenticated):
        await service.authenticate(first.credential, kind="session")
    with clock_at(now() + timedelta(hours=1, seconds=1)), pytest.raises(Unauthenticated):
        await service.authenticate(second.credential, kind="session")
    assert (await service.authenticate(third.credential, kind="session")).membership_id == third.actor.membership_id
    assert await sessions.logout(third.actor, everywhere=True) == 2
    with pytest.raises(Unauthenticated):
        await service.authenticate(second.credential, kind="session")
    assert await sessions.logout(third.actor, everywhere=True) == 0
    async with tenant_transaction(company.system):
        closed = await fetch("select object_id, after::text from audit_entry where action = 'session.close' order by number")
    assert closed == [
        {"object_id": first.actor.session_id, "after": '{"closed": 1}'},
        {"object_id": third.actor.session_id, "after": '{"closed": 2}'},
    ]


async def test_credentials_are_stored_only_as_hashes() -> None:
    _, signed = await joined(await make_company())
    async with platform_transaction() as connection:
        rows = await connection.fetch("select * from session where id = $1", signed.actor.session_id)
    assert signed.credential not in str([dict(row) for row in rows])


async def test_an_account_of_two_companies_must_name_one() -> None:
    first, second = await make_company(key=f"a-{uuid4().hex[:8]}"), await make_company(key=f"b-{uuid4().hex[:8]}")
    email, _ = await joined(first)
    async with tenant_transaction(second.admin):
        made = await invitations.invite(second.admin, email=email, roles=["employee"], person_id=None)
    with pytest.raises(service.LoginRefused):
        await invitations.accept(made.credential, password="another one", hours=1, address=address(), agent="", request_id="")
    await invitations.accept(made.credential, password=PASSWORD, hours=1, address=address(), agent="", request_id="")
    with pytest.raises(service.CompanyChoiceNeeded) as choice:
        await login(email, PASSWORD)
    key = str(choice.value.values["companies"]).split(", ")[1]
    assert (await login(email, PASSWORD, key=key)).actor.tenant_id == second.tenant_id


async def test_an_invitation_works_once_within_seven_days_and_needs_a_good_password() -> None:
    company = await make_company()
    async with tenant_transaction(company.admin):
        made = await invitations.invite(company.admin, email="x@example.test", roles=["employee"], person_id=None)
    enter = partial(invitations.accept, made.credential, hours=1, address=address(), agent="", request_id="")
    with pytest.raises(PasswordTooWeak):
        await enter(password="short")
    with clock_at(now() + timedelta(days=7, seconds=1)), pytest.raises(invitations.InvitationInvalid):
        await enter(password=PASSWORD)
    await enter(password=PASSWORD)
    with pytest.raises(invitations.InvitationInvalid):
        await enter(password=PASSWORD)


async def test_an_invitation_is_no_way_to_guess_the_password_of_its_account() -> None:
    email, _ = await joined(await make_company())
    other = await make_company()
    async with tenant_transaction(other.admin):
        made = await invitations.invite(other.admin, email=email, roles=["employee"], person_id=None)
    use = partial(invitations.accept, made.credential, hours=1, address=address(), agent="t", request_id="r")
    for n in range(5):
        with pytest.raises(service.LoginRefused):
            await use(password=f"wrong password {n}")
    with pytest.raises(RateLimited):
        await use(password=PASSWORD)
    with clock_at(now() + timedelta(minutes=2)):
        assert (await use(password=PASSWORD)).actor.tenant_id == other.tenant_id


async def test_a_second_account_cannot_join_as_the_same_employee() -> None:
    company = await make_company()
    unit = await add_unit(company, "A", "甲部")
    person_id = (await add_person(company, "1", "张伟", unit=unit)).person_id
    async with tenant_transaction(company.admin):
        made = await invitations.invite(
            company.admin, email=f"{uuid4().hex[:10]}@example.test", roles=["employee"], person_id=person_id
        )
    with pytest.raises(invitations.PersonHasMember):
        await invitations.accept(made.credential, password=PASSWORD, hours=1, address=address(), agent="t", request_id="r")


async def test_a_closed_member_comes_back_with_the_roles_of_the_new_invitation_alone() -> None:
    company = await make_company()
    email, signed = await joined(company, ("hr",))
    assert signed.actor.membership_id is not None
    async with tenant_transaction(signed.actor):
        program = await tokens.create_token(signed.actor, name="t", scopes=["goal:read"], days=9)
    async with tenant_transaction(company.admin):
        await members.close_membership(company.admin, membership_id=signed.actor.membership_id)
        made = await invitations.invite(company.admin, email=email, roles=["employee"], person_id=None)
    back = await invitations.accept(made.credential, password=PASSWORD, hours=1, address=address(), agent="t", request_id="r")
    assert back.actor.roles == {"employee"}
    for credential, kind in ((signed.credential, "session"), (program.credential, "token")):
        with pytest.raises(Unauthenticated):
            await service.authenticate(credential, kind=kind)  # type: ignore[arg-type]  # one of the two kinds
    assert (await service.authenticate(back.credential, kind="session")).membership_id == signed.actor.membership_id


async def test_nobody_grants_a_role_that_holds_what_they_lack() -> None:
    company = await make_company()
    async with tenant_transaction(company.hr):
        for role, permission in (("auditor", "audit:read"), ("company_admin", "audit:read"), ("nonsense", "-")):
            with pytest.raises(RoleNotGrantable) as refused:
                await invitations.invite(company.hr, email="x@example.test", roles=[role], person_id=None)
            assert refused.value.values["permission"] == permission
        await invitations.invite(company.hr, email="x@example.test", roles=["manager"], person_id=None)
        assert await fetch_value("select count(*) from invitation") == 1


async def test_an_employee_may_not_invite() -> None:
    company = await make_company()
    person = await add_person(company, "1", "员工", unit=await add_unit(company, "U", "单位"))
    async with tenant_transaction(person):
        with pytest.raises(Forbidden):
            await invitations.invite(person, email="x@example.test", roles=["employee"], person_id=None)


async def token_actor(credential: str) -> Actor:
    return await service.authenticate(credential, kind="token")


async def test_a_token_is_limited_by_its_scopes_and_ends_by_expiry_and_revocation() -> None:
    company = await make_company()
    async with tenant_transaction(company.hr):
        with pytest.raises(tokens.ScopeNotHeld):
            await tokens.create_token(company.hr, name="t", scopes=["audit:read"], days=1)
        with pytest.raises(tokens.TokenLifetimeInvalid):
            await tokens.create_token(company.hr, name="t", scopes=["goal:read"], days=0)
        made = await tokens.create_token(company.hr, name="t", scopes=["goal:read"], days=1)
    actor = await token_actor(made.credential)
    async with tenant_transaction(actor):
        grants = await grants_of(actor)
    assert grants.allows(Permission.GOAL_READ)
    assert not grants.allows(Permission.PLAN_WRITE)
    with pytest.raises(service.SessionNeeded):
        await sessions.logout(actor, everywhere=True)
    with clock_at(now() + timedelta(days=1, seconds=1)), pytest.raises(Unauthenticated):
        await token_actor(made.credential)
    async with tenant_transaction(company.auditor):
        with pytest.raises(NotFound):
            await tokens.revoke_token(company.auditor, token_id=made.token.id)
    async with tenant_transaction(company.hr):
        await tokens.revoke_token(company.hr, token_id=made.token.id)
    with pytest.raises(Unauthenticated):
        await token_actor(made.credential)


async def test_the_last_admin_cannot_be_closed_and_a_closed_member_is_out_at_once() -> None:
    company = await make_company()
    _, signed = await joined(company)
    membership = signed.actor.membership_id
    assert membership is not None
    assert company.admin.membership_id is not None
    async with tenant_transaction(company.admin):
        with pytest.raises(members.LastAdmin):
            await members.close_membership(company.admin, membership_id=company.admin.membership_id)
        with pytest.raises(NotFound):
            await members.close_membership(company.admin, membership_id=uuid4())
    async with tenant_transaction(company.hr):
        with pytest.raises(RoleNotGrantable):
            await members.close_membership(company.hr, membership_id=company.admin.membership_id)
    async with tenant_transaction(company.admin):
        await members.close_membership(company.admin, membership_id=membership)
        listed = await Membership.all().order_by("id")
    assert [(row.active, row.roles) for row in listed] == [
        (True, ["company_admin"]),
        (True, ["hr"]),
        (True, ["auditor"]),
        (False, ["employee"]),
    ]
    with pytest.raises(Unauthenticated):
        await service.authenticate(signed.credential, kind="session")


async def test_a_token_makes_no_other_token() -> None:
    company = await make_company()
    async with tenant_transaction(company.hr):
        made = await tokens.create_token(company.hr, name="t", scopes=["token:manage"], days=1)
    actor = await token_actor(made.credential)
    async with tenant_transaction(actor):
        with pytest.raises(service.SessionNeeded):
            await tokens.create_token(actor, name="longer", scopes=["token:manage"], days=366)
        assert await fetch_value("select count(*) from api_token") == 1


async def test_a_token_that_is_being_revoked_is_not_revoked_again() -> None:
    company = await make_company()
    async with tenant_transaction(company.hr):
        made = await tokens.create_token(company.hr, name="t", scopes=["token:manage"], days=1)

    async def revoked() -> datetime | None:
        async with tenant_transaction(company.hr):
            return (await tokens.revoke_token(company.hr, token_id=made.token.id)).revoked_at

    outside = copy_context()
    async with tenant_transaction(company.hr):
        first = (await tokens.revoke_token(company.hr, token_id=made.token.id)).revoked_at
        second = await asked_meanwhile(outside, revoked())
        assert not second.done()
    assert await second == first
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'api_token.revoke'") == 1
