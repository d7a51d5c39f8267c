"""`plumb company list`, `suspend` and `resume`: what an operator does with companies that were founded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import Unauthenticated
from plumb_platform.identity.invitations import accept, invite
from plumb_platform.identity.service import CompanySuspended, LoginRefused, SignedIn, authenticate, login
from plumb_platform.identity.tokens import create_token
from support.companies import CompanyFixture, make_company
from support.factors import PASSWORD

Plumb = Callable[..., Awaitable[Any]]
WHY = ("--reason", "欠费")


async def joined(company: CompanyFixture) -> tuple[str, SignedIn]:
    email, credential = await invited(company)
    return email, await accept(credential, password=PASSWORD, hours=1, address=place(), agent="t", request_id="r")


async def invited(company: CompanyFixture) -> tuple[str, str]:
    email = f"{uuid4().hex[:10]}@example.test"
    async with tenant_transaction(company.admin):
        return email, (await invite(company.admin, email=email, roles=["employee"], person_id=None)).credential


def place() -> str:
    return f"cli-{uuid4().hex[:8]}"


async def told(company: CompanyFixture) -> list[tuple[str, str | None, str]]:
    asked = "select action, before::text, after::text from audit_entry where action in ('company.suspend', 'company.resume') "
    async with tenant_transaction(company.system):
        assert (await verify_chain(company.system)).broken_at is None
        return [(row["action"], row["before"], row["after"]) for row in await fetch(asked + "order by number")]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("suspend", "no-such-company", *WHY), "COMPANY_UNKNOWN"),
        (("suspend", "KEY", "--reason", " "), "SUSPENSION_REASON_INVALID"),
        (("suspend", "KEY", "--reason", "长" * 501), "SUSPENSION_REASON_INVALID"),
        (("resume", "KEY", *WHY), "COMPANY_UNCHANGED"),
    ],
)
async def test_what_is_refused_changes_nothing(
    plumb: Plumb, company: CompanyFixture, key: str, words: tuple[str, ...], code: str
) -> None:
    _, signed = await joined(company)
    ended = await plumb("company", *(key if word == "KEY" else word for word in words))
    assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", code)
    assert (await authenticate(signed.credential, kind="session")).tenant_id == company.tenant_id
    assert await told(company) == []


async def test_a_suspended_company_lets_nobody_in_and_goes_on_where_it_was(
    plumb: Plumb, company: CompanyFixture, key: str
) -> None:
    (email, signed), (_, invitation) = await joined(company), await invited(company)
    async with tenant_transaction(company.admin):
        token = await create_token(company.admin, name="报表", scopes=["company:read"], days=1)
    ended = await plumb("company", "suspend", key, *WHY)
    assert (ended.code, ended.output) == (0, f"公司已暂停 / company suspended: {key}\n")
    with pytest.raises(Unauthenticated):
        await authenticate(signed.credential, kind="session")
    with pytest.raises(Unauthenticated):
        await authenticate(token.credential, kind="token")
    with pytest.raises(CompanySuspended, match=key):
        await login(email, PASSWORD, company_key=None, hours=1, address=place())
    with pytest.raises(CompanySuspended, match=key):
        await accept(invitation, password=PASSWORD, hours=1, address=place(), agent="t", request_id="r")
    # Whoever does not know the password learns nothing.
    with pytest.raises(LoginRefused):
        await login(email, "wrong password!", company_key=key, hours=1, address=place())
    assert (await plumb("company", "resume", key, "--reason", "已付清")).code == 0
    assert (await authenticate(signed.credential, kind="session")).tenant_id == company.tenant_id
    assert (await authenticate(token.credential, kind="token")).tenant_id == company.tenant_id
    await accept(invitation, password=PASSWORD, hours=1, address=place(), agent="t", request_id="r")
    assert await told(company) == [
        ("company.suspend", '{"active": true}', '{"active": false, "reason": "欠费"}'),
        ("company.resume", '{"active": false}', '{"active": true, "reason": "已付清"}'),
    ]


async def test_an_account_of_two_companies_signs_in_to_the_one_that_goes_on(
    plumb: Plumb, company: CompanyFixture, key: str
) -> None:
    email, _ = await joined(company)
    other = await make_company(key=f"cli-{uuid4().hex[:10]}")
    async with tenant_transaction(other.admin):
        credential = (await invite(other.admin, email=email, roles=["employee"], person_id=None)).credential
    await accept(credential, password=PASSWORD, hours=1, address=place(), agent="t", request_id="r")
    await plumb("company", "suspend", key, *WHY)
    signed = await login(email, PASSWORD, company_key=None, hours=1, address=place())
    assert signed.actor.tenant_id == other.tenant_id


async def test_two_operators_at_once_suspend_it_once(plumb: Plumb, company: CompanyFixture, key: str) -> None:
    both = await asyncio.gather(*(plumb("company", "suspend", key, *WHY) for _ in range(2)))
    assert sorted(ended.code for ended in both) == [0, 1]
    assert [action for action, *_ in await told(company)] == ["company.suspend"]


async def test_the_list_tells_key_state_members_and_name(plumb: Plumb, company: CompanyFixture, key: str) -> None:
    await plumb("company", "suspend", key, *WHY)
    (columns,) = [c for line in (await plumb("company", "list")).output.splitlines() if (c := line.split("\t"))[0] == key]
    assert [columns[1], columns[2], columns[4]] == ["已暂停/SUSPENDED", "3", "华康医疗器械有限公司"]
