"""Passwords that change while something else is under way with the old one: the later word holds, nobody is let in by the old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.identity import credentials, invitations, passwords, service
from plumb_platform.identity.second_factor import PasswordWrong
from support.companies import CompanyFixture, make_company

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW, RESET = "correct horse battery", "another horse battery", "operator horse battery"


def place() -> dict[str, Any]:
    return {"hours": 1, "address": f"place-{uuid4().hex[:8]}"}


async def invited(company: CompanyFixture) -> tuple[str, invitations.NewInvitation]:
    email = f"{uuid4().hex[:10]}@example.test"
    async with tenant_transaction(company.admin):
        return email, await invitations.invite(company.admin, email=email, roles=["employee"], person_id=None)


async def somebody(company: CompanyFixture) -> tuple[str, service.SignedIn]:
    email, made = await invited(company)
    return email, await invitations.accept(made.credential, password=OLD, agent="t", request_id="r", **place())


async def test_a_change_under_way_does_not_undo_the_operators_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    email, signed = await somebody(await make_company())
    reached, reset, hashed = asyncio.Event(), asyncio.Event(), credentials.hash_password

    async def slow(password: str) -> str:
        if password == NEW:
            reached.set()
            await reset.wait()
        return await hashed(password)

    async def change() -> passwords.Ended:
        async with tenant_transaction(signed.actor):
            return await passwords.change_password(signed.actor, current=OLD, new=NEW)

    monkeypatch.setattr(passwords, "hash_password", slow)
    changing = asyncio.create_task(change())
    await reached.wait()
    await passwords.reset_password(email, RESET)
    reset.set()
    with pytest.raises(PasswordWrong):
        await changing
    assert (await service.login(email, RESET, company_key=None, **place())).actor.account_id == signed.actor.account_id
    with pytest.raises(service.LoginRefused):
        await service.login(email, NEW, company_key=None, **place())


async def test_sign_ins_at_once_are_all_let_in_while_the_hash_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    email, _ = await somebody(await make_company())
    monkeypatch.setattr(service, "needs_rehash", lambda stored: True)  # noqa: ARG005 - as it is called
    opened = await asyncio.gather(*(service.login(email, OLD, company_key=None, **place()) for _ in range(3)))
    assert len({each.credential for each in opened}) == 3


async def test_an_invitation_that_is_taken_back_while_it_is_used_makes_nobody_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    company = await make_company()
    _, made = await invited(company)
    reached, cancelled = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow(actor: Actor) -> AsyncIterator[Any]:
        reached.set()
        await cancelled.wait()
        async with tenant_transaction(actor) as opened:
            yield opened

    monkeypatch.setattr(invitations, "tenant_transaction", slow)
    accepting = asyncio.create_task(invitations.accept(made.credential, password=OLD, agent="t", request_id="r", **place()))
    await reached.wait()
    async with tenant_transaction(company.admin):
        await invitations.cancel(company.admin, invitation_id=made.invitation.id)
    cancelled.set()
    with pytest.raises(invitations.InvitationInvalid):
        await accepting


async def test_who_joins_with_a_password_that_is_reset_meanwhile_gets_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    email, _ = await somebody(await make_company())
    company = await make_company()
    async with tenant_transaction(company.admin):
        made = await invitations.invite(company.admin, email=email, roles=["employee"], person_id=None)
    opened = service.open_session

    async def late(*given: Any, **named: Any) -> service.SignedIn:
        await passwords.reset_password(email, RESET)
        return await opened(*given, **named)

    monkeypatch.setattr(invitations, "open_session", late)
    with pytest.raises(service.LoginRefused):
        await invitations.accept(made.credential, password=OLD, agent="t", request_id="r", **place())
