"""What is done to an account is told in its company's audit chain: where that is not kept, neither is what was done."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import TransactionManagementError

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value, platform_transaction, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.identity.passwords import change_password
from plumb_platform.identity.second_factor import remove_totp
from plumb_platform.identity.service import authenticate
from plumb_platform.identity.sessions import end_session
from plumb_platform.outages import is_away
from plumb_platform.settings import Settings
from support.companies import make_company
from support.factors import FACTOR_KEYS, PASSWORD, Authenticator, authenticator, with_password
from support.filled_company import new_session

pytestmark = pytest.mark.usefixtures("database")
AT = datetime(2026, 11, 2, 1, 0, 10, tzinfo=UTC)
STATE = """select password_hash, (select count(*) from session s where s.account_id = a.id and s.revoked_at is null) as sessions,
  exists (select from second_factor f where f.account_id = a.id) as has_factor from account a where id = $1"""
ENTRIES = "select count(*)::int from audit_entry where action = $1"
Act = Callable[[Actor, Authenticator], Awaitable[Any]]


async def another_password(actor: Actor, _: Authenticator) -> None:
    await change_password(actor, current=PASSWORD, new="another password of the tests")


async def session_ended(actor: Actor, _: Authenticator) -> None:
    assert actor.session_id is not None
    await end_session(actor, session_id=actor.session_id)


async def factor_removed(actor: Actor, app: Authenticator) -> None:
    await remove_totp(actor, password=PASSWORD, code=app.code(), keys=FACTOR_KEYS)


ACTS = [(another_password, "account.password"), (session_ended, "session.close"), (factor_removed, "second_factor.remove")]


async def somebody() -> tuple[Actor, Authenticator]:
    """Return somebody who is signed in, has a password and an authenticator, and their app."""
    company = await make_company()
    app = await authenticator(await with_password(company.hr), at=AT - timedelta(minutes=10))
    return await authenticate(await new_session(company.hr), kind="session"), app


async def stands(actor: Actor, action: str) -> tuple[Any, int]:
    """Return how an account stands, and how many entries tell of an act."""
    async with platform_transaction() as connection:
        account = await connection.fetchrow(STATE, actor.account_id)
    async with tenant_transaction(actor):
        return tuple(account), await fetch_value(ENTRIES, action)


@pytest.mark.parametrize(("act", "action"), ACTS)
async def test_what_was_done_commits_with_its_entry(act: Act, action: str) -> None:
    actor, app = await somebody()
    before, _ = await stands(actor, action)
    with clock.clock_at(AT):
        async with tenant_transaction(actor):
            await act(actor, app)
    after, entries = await stands(actor, action)
    assert (after != before, entries) == (True, 1)


@pytest.mark.parametrize(("act", "action"), ACTS)
async def test_what_fails_behind_it_undoes_it_with_its_entry(act: Act, action: str) -> None:
    actor, app = await somebody()
    before = await stands(actor, action)
    with clock.clock_at(AT), pytest.raises(ZeroDivisionError):
        async with tenant_transaction(actor):
            await act(actor, app)
            raise ZeroDivisionError
    assert await stands(actor, action) == before


@pytest.mark.parametrize(("act", "action"), ACTS)
async def test_a_connection_that_is_lost_before_the_entry_commits_undoes_it(act: Act, action: str, settings: Settings) -> None:
    actor, app = await somebody()
    before = await stands(actor, action)
    owner = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        with clock.clock_at(AT), pytest.raises(Exception) as lost:  # noqa: PT011  # which of its words asyncpg takes is chance
            async with tenant_transaction(actor):
                await act(actor, app)
                await owner.execute("select pg_terminate_backend($1, 5000)", await fetch_value("select pg_backend_pid()"))
    finally:
        await owner.close()
    assert is_away(lost.value)
    assert await stands(actor, action) == before


async def test_a_savepoint_which_may_be_undone_alone_carries_nothing() -> None:
    actor, app = await somebody()
    before = await stands(actor, "session.close")
    async with tenant_transaction(actor):
        with pytest.raises(TransactionManagementError):
            async with tenant_transaction(actor):
                await session_ended(actor, app)
    assert await stands(actor, "session.close") == before
