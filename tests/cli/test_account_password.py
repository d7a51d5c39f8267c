"""`plumb account password`: the way back in for who has forgotten theirs, by the operator alone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.errors import Unauthenticated
from plumb_platform.identity.invitations import accept, invite
from plumb_platform.identity.second_factor import has_totp
from plumb_platform.identity.service import LoginRefused, SignedIn, authenticate, login
from support.companies import CompanyFixture, make_company
from support.factors import PASSWORD, authenticator, with_password

OTHER = "another horse battery"
Plumb = Callable[..., Awaitable[Any]]


async def somebody(company: CompanyFixture) -> tuple[str, SignedIn]:
    email = f"{uuid4().hex[:10]}@example.test"
    async with tenant_transaction(company.admin):
        made = await invite(company.admin, email=email, roles=["employee"], person_id=None)
    place = f"cli-{uuid4().hex[:8]}"
    return email, await accept(made.credential, password=PASSWORD, hours=1, address=place, agent="t", request_id="r")


async def reset_entries(actor: Actor) -> list[str]:
    async with tenant_transaction(actor):
        return [row["after"] for row in await fetch("select after::text from audit_entry where action = 'account.reset'")]


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [("nobody@example.test", OTHER, "NOT_FOUND"), ("", OTHER, "NOT_FOUND"), (None, "short", "PASSWORD_TOO_WEAK")],
)
async def test_an_unknown_account_and_a_short_password_change_nothing(
    plumb: Plumb, database: Database, email: str | None, password: str, code: str
) -> None:
    known, signed = await somebody(await make_company())
    ended = await plumb("account", "password", known if email is None else email, PLUMB_ACCOUNT_PASSWORD=password)
    assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", code)
    assert (await authenticate(signed.credential, kind="session")).account_id == signed.actor.account_id


async def test_who_forgot_theirs_gets_another_and_every_session_ends(plumb: Plumb, database: Database) -> None:
    company = await make_company()
    email, signed = await somebody(company)
    for _ in range(5):
        with pytest.raises(LoginRefused):
            await login(email, "wrong password!", company_key=None, hours=1, address=f"cli-{uuid4().hex[:8]}")
    ended = await plumb("account", "password", email.upper(), PLUMB_ACCOUNT_PASSWORD=OTHER)
    assert (ended.code, ended.output) == (
        0,
        "密码已更改，已结束 1 个会话，吊销 0 个令牌 / password changed, 1 sessions ended, 0 tokens revoked\n",
    )
    with pytest.raises(Unauthenticated):
        await authenticate(signed.credential, kind="session")
    # Nor do the failures of before keep them waiting.
    again = await login(email, OTHER, company_key=None, hours=1, address=f"cli-{uuid4().hex[:8]}")
    assert again.actor.account_id == signed.actor.account_id
    assert await reset_entries(company.system) == ['{"factor_removed": false, "tokens_revoked": 0, "sessions_closed": 1}']


async def test_a_lost_authenticator_goes_only_when_asked_for(plumb: Plumb, database: Database) -> None:
    company = await make_company()
    email, signed = await somebody(company)
    await with_password(signed.actor)
    await authenticator(signed.actor, at=datetime(2026, 3, 2, 1, 0, 10, tzinfo=UTC))
    await plumb("account", "password", email, PLUMB_ACCOUNT_PASSWORD=OTHER)
    assert await has_totp(signed.actor)
    await plumb("account", "password", email, "--remove-factor", PLUMB_ACCOUNT_PASSWORD=OTHER)
    assert not await has_totp(signed.actor)
