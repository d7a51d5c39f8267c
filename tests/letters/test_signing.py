"""Signing letters: nobody for anybody else, nothing but a session, nothing outdated, and nothing changed by a refusal.

Rows C9, A25.
"""

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import Conflict, DomainError
from plumb_platform.identity.links import link_actor, new_link
from plumb_platform.queue.models import Outbox
from plumb_tenants.letters.models import Letter
from support.companies import add_person, member
from support.goals_made import revise
from support.letters_made import Office, make_office, sign


async def refusal(office: Office, letter: Letter, actor: Actor, *, version: int = 1) -> str:
    """Return the code of a refused signature, after checking that it changed nothing."""
    with pytest.raises(DomainError) as refused:
        await sign(actor, letter.id, version)
    async with tenant_transaction(office.company.system):
        now = await Letter.get(id=letter.id)
        signatures = await fetch_value("select count(*) from letter_signature where letter_id = $1", letter.id)
        jobs = await fetch_value("select count(*) from outbox")
    assert (now.state, now.version, jobs) == (letter.state, letter.version, 0)
    assert signatures == {"ISSUED": 0, "PARTLY_SIGNED": 1}[letter.state]
    return refused.value.code


async def test_the_issuer_and_the_administrator_cannot_sign_for_anybody(office: Office) -> None:
    letter = await office.issued()
    for actor in (office.company.hr, office.company.admin):
        assert await refusal(office, letter, actor) == "NOT_YOUR_SIGNATURE"


async def test_another_person_and_another_company_do_not_find_the_letter(office: Office) -> None:
    letter = await office.issued()
    stranger = await add_person(office.company, "S1", "陌生人", unit=office.unit)
    other = await make_office()
    for actor in (stranger, other.employee, other.company.admin):
        assert await refusal(office, letter, actor) == "NOT_FOUND"
    with pytest.raises(DomainError) as refused:
        await sign(office.employee, uuid4(), 1)
    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "letterId")


async def test_a_manager_of_the_unit_who_is_no_party_cannot_sign(office: Office) -> None:
    letter = await office.issued()
    deputy = await add_person(office.company, "M2", "副经理", unit=office.unit, roles=("manager", "employee"))
    assert await refusal(office, letter, deputy) == "NOT_YOUR_SIGNATURE"


@pytest.mark.parametrize("channel", ["token", "job", "cli"])
async def test_only_a_session_signs(office: Office, channel: str) -> None:
    letter = await office.issued()
    assert await refusal(office, letter, replace(office.employee, channel=channel)) == "SIGN_NEEDS_SESSION"  # type: ignore[arg-type]  # parametrised text


async def test_a_link_alone_signs_nothing(office: Office) -> None:
    letter = await office.issued()
    link = new_link(office.employee, act="letter:download", object_id=letter.id)
    holder = await link_actor(link)
    assert (holder.person_id, await refusal(office, letter, holder)) == (office.employee.person_id, "FORBIDDEN")


async def test_the_system_signs_nothing(office: Office) -> None:
    letter = await office.issued()
    assert await refusal(office, letter, office.company.system) == "SIGN_NEEDS_SESSION"


async def test_the_manager_waits_for_the_employee(office: Office) -> None:
    assert await refusal(office, await office.issued(), office.manager) == "LETTER_NOT_YOUR_TURN"


async def test_the_employee_cannot_sign_for_the_manager(office: Office) -> None:
    letter = await office.issued()
    signed = await sign(office.employee, letter.id, 1)
    assert await refusal(office, signed, office.employee, version=2) == "LETTER_NOT_AWAITING_SIGNATURE"


async def test_a_stale_version_names_the_current_one(office: Office) -> None:
    letter = await office.issued()
    await sign(office.employee, letter.id, 1)
    with pytest.raises(Conflict) as refused:
        await sign(office.manager, letter.id, 1)
    assert refused.value.current_version == 2


async def test_a_letter_whose_goal_was_revised_meanwhile_is_not_signed(office: Office) -> None:
    letter = await office.issued()
    await revise(office.company, office.goal, Decimal("1300000.00"))
    assert await refusal(office, letter, office.employee) == "LETTER_OUTDATED"


async def test_both_signatures_queue_one_seal_and_leave_address_and_time_in_the_audit(office: Office) -> None:
    letter = await office.signed()
    assert (letter.state, letter.version) == ("SIGNED", 3)
    async with tenant_transaction(office.company.system):
        (job,) = await Outbox.filter(topic="letters.seal")
        signatures = await fetch(
            "select role, person_id, session_id, address, canonical_sha256 from letter_signature order by id"
        )
        entries = await fetch(
            "select a.actor->>'person' as person, a.actor->>'address' as address, "
            "abs(extract(epoch from a.at - s.signed_at)) < 1 as is_of_that_moment "
            "from audit_entry a join letter_signature s on s.person_id::text = a.actor->>'person' "
            "where action = 'letter.sign' order by number"
        )
    assert (job.topic, job.payload, job.dedupe_key) == ("letters.seal", {"letter_id": str(letter.id)}, str(letter.id))
    assert [(each["role"], each["person_id"], each["session_id"]) for each in signatures] == [
        ("employee", office.employee.person_id, office.employee.session_id),
        ("manager", office.manager.person_id, office.manager.session_id),
    ]
    assert {each["canonical_sha256"] for each in signatures} == {letter.canonical_sha256}
    assert [tuple(each.values()) for each in entries] == [
        (str(actor.person_id), "127.0.0.1", True) for actor in (office.employee, office.manager)
    ]


async def test_ten_signatures_at_once_leave_one(office: Office) -> None:
    letter = await office.issued()
    outcomes = await asyncio.gather(*(sign(office.employee, letter.id, 1) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(each, Letter) for each in outcomes) == 1
    assert {type(each) for each in outcomes} == {Letter, Conflict}


async def test_a_second_membership_of_the_same_person_is_the_same_person(office: Office) -> None:
    letter = await office.issued()
    again = await member(office.company.tenant_id, "employee", person_id=office.employee.person_id)
    assert (await sign(again, letter.id, 1)).state == "PARTLY_SIGNED"
