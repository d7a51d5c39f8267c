"""Letters that followed each other, and what anybody is told of each when one in the middle is revoked (A23, A27, N3)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_tenants.goals.service import NewVersion, confirm_goal, replace_version
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import SealTools, cancel_letter, expire_letters, issue_addendum, revoke_letter, seal_letter
from support.asking import Ask
from support.companies import add_person
from support.letters_made import Office, add_rules, issued, sign, with_chain

VERIFY = "query ($code: String) { verifyLetter(code: $code) { status number supersededBy revokedAt } }"


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, tools: SealTools) -> Ask:
    return Ask(product_engine, replace(ground, storage=tools.storage))


async def sealed(office: Office, letter: Letter, tools: SealTools) -> Letter:
    """Have both parties sign a letter and seal it."""
    await sign(office.employee, letter.id, 1)
    await sign(office.manager, letter.id, 2)
    async with tenant_transaction(office.company.system):
        return await seal_letter(office.company.system, letter.id, tools)


async def revised(office: Office, letter: Letter, target: str, *, addendum: bool = True) -> Letter:
    """Revise the goal, have it confirmed, and return the addendum to a letter, or the letter itself without one."""
    system = office.company.system
    async with tenant_transaction(system):
        source = {"revision_id": str(letter.id), "reason": "市场变化"}
        made = await replace_version(system, office.goal, NewVersion(target=Decimal(target), source=source))
    async with tenant_transaction(office.employee):
        await confirm_goal(office.employee, goal_id=office.goal, version=made.version)
    if not addendum:
        return letter
    async with tenant_transaction(system):
        return await Letter.get(id=await issue_addendum(system, letter.id))


async def revoke(office: Office, letter: Letter) -> None:
    async with tenant_transaction(office.company.system):
        version = (await Letter.get(id=letter.id)).version
    async with tenant_transaction(office.company.hr):
        await revoke_letter(office.company.hr, letter_id=letter.id, version=version, reason="有误")


async def told(ask: Ask, *letters: Letter) -> list[tuple[str, str | None, bool]]:
    """Return of each letter its status, which letter takes its place, and whether it was revoked, as anybody is told."""
    found: list[dict[str, Any]] = [await ask(None, VERIFY, code=each.verify_code) for each in letters]
    assert [each["number"] for each in found] == [each.number for each in letters]
    return [(each["status"], each["supersededBy"], each["revokedAt"] is not None) for each in found]


async def test_of_three_letters_in_a_row_each_says_what_stands_when_any_of_them_is_revoked(
    office: Office, tools: SealTools, ask: Ask
) -> None:
    first = await sealed(office, await office.issued(), tools)
    assert await told(ask, first) == [("VALID", None, False)]
    second = await revised(office, first, "900000.00")
    # Its numbers hold no more from the moment at which others are agreed on, whether its successor is signed or not.
    assert await told(ask, first) == [("SUPERSEDED", second.number, False)]
    second = await sealed(office, second, tools)
    third = await revised(office, second, "800000.00")
    third = await sealed(office, third, tools)
    row = [("SUPERSEDED", second.number, False), ("SUPERSEDED", third.number, False), ("VALID", None, False)]
    assert await told(ask, first, second, third) == row
    # One in the middle is revoked: neither does the first come to life again, nor does the last end.
    await revoke(office, second)
    row[1] = ("REVOKED", third.number, True)
    assert await told(ask, first, second, third) == row
    # The last is revoked, and nothing is in force until its goals get another letter, which is named.
    await revoke(office, third)
    row[2] = ("REVOKED", None, True)
    assert await told(ask, first, second, third) == row
    fourth = await sealed(office, await issued(office.company.hr, office.goal, office.template), tools)
    row[2] = ("REVOKED", fourth.number, True)
    assert await told(ask, first, second, third, fourth) == [*row, ("VALID", None, False)]
    # A superseded one may be revoked too, once, and what is revoked stays so.
    await revoke(office, first)
    assert (await told(ask, first))[0] == ("REVOKED", second.number, True)
    with pytest.raises(DomainError) as refused:
        await revoke(office, first)
    assert refused.value.code == "LETTER_NOT_REVOCABLE"


async def test_an_open_letter_in_whose_place_another_stands_does_not_expire(office: Office) -> None:
    await add_rules(office.company, expires_after_days=10)
    system = office.company.system
    with clock_at(now() + timedelta(days=1)):
        first = await office.issued()
        await revised(office, first, "900000.00", addendum=False)
    with clock_at(now() + timedelta(days=6)):
        second = await issued(office.company.hr, office.goal, office.template)
    with clock_at(now() + timedelta(days=13)):
        async with tenant_transaction(system):
            assert await expire_letters(system) == 0
    with clock_at(now() + timedelta(days=17)):
        async with tenant_transaction(system):
            assert await expire_letters(system) == 1
            states = [(each.id, each.state) for each in await Letter.all().order_by("id")]
    assert states == [(first.id, "ISSUED"), (second.id, "EXPIRED")]


async def chain_of(office: Office, letter: Letter) -> str:
    async with tenant_transaction(office.company.system):
        rows = await fetch("select state from letter_signer where letter_id = $1 order by step, role", letter.id)
    return ",".join(row["state"] for row in rows)


async def code_of(actor: Actor, letter: Letter, version: int) -> str:
    with pytest.raises(DomainError) as refused:
        await sign(actor, letter.id, version)
    return refused.value.code


APPROVER = {"role": "legal", "act": "APPROVER", "person_number": "M1"}
PARTIES = [{"role": "employee", "step": 2}, {"role": "manager", "step": 3}]


async def test_one_person_in_two_roles_acts_in_each_once_and_in_their_order(office: Office) -> None:
    copy = {"role": "hr", "act": "CC", "person_number": "E1"}
    letter = await with_chain(office, [APPROVER, *PARTIES, copy])
    # An approver may come before who signs; a party that is sent a copy besides signs as a party all the same.
    assert await code_of(office.employee, letter, 1) == "LETTER_NOT_YOUR_TURN"
    await sign(office.manager, letter.id, 1)
    assert await code_of(office.manager, letter, 2) == "LETTER_NOT_YOUR_TURN"
    await sign(office.employee, letter.id, 2)
    assert "TOLD" not in await chain_of(office, letter)
    done = await sign(office.manager, letter.id, 3)
    assert (done.state, sorted((await chain_of(office, letter)).split(","))) == ("SIGNED", ["DONE", "DONE", "DONE", "TOLD"])
    assert await code_of(office.manager, letter, 4) == "LETTER_NOT_AWAITING_SIGNATURE"


async def test_a_letter_whose_approver_left_waits_until_it_is_cancelled_and_issued_anew(office: Office) -> None:
    approver = await add_person(office.company, "L1", "赵律", unit=office.unit)
    letter = await with_chain(office, [APPROVER | {"person_number": "L1", "step": 3}, PARTIES[0], PARTIES[1] | {"step": 2}])
    for turn, actor in enumerate((office.employee, office.manager), start=1):
        await sign(actor, letter.id, turn)
    async with tenant_transaction(office.company.system):
        await execute("update person set active = false where id = $1", approver.person_id)
    assert await code_of(approver, letter, 3) == "SIGNER_LEFT"
    # Nobody acts in their place, neither who may issue letters nor whoever signed already.
    assert await code_of(office.company.hr, letter, 3) == "NOT_YOUR_SIGNATURE"
    assert await code_of(office.manager, letter, 3) == "LETTER_NOT_AWAITING_SIGNATURE"
    async with tenant_transaction(office.company.hr):
        await cancel_letter(office.company.hr, letter_id=letter.id, version=3, reason="审批人已离职")
    again = await issued(office.company.hr, office.goal, office.template)
    async with tenant_transaction(office.company.system):
        old = await Letter.get(id=letter.id)
    assert (old.state, old.superseded_by) == ("CANCELLED", again.id)
