"""Revoking sealed letters: who may, what stays, what verifying says, and the signed list for whoever has no server."""

import asyncio
import hashlib
import json
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.errors import DomainError
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_tenants.company.service import renew_signing_key
from plumb_tenants.goals.service import NewVersion, confirm_goal, replace_version
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import (
    KeptLists,
    Proof,
    SealTools,
    addenda_owed,
    download_letter,
    issue_addendum,
    revocation_list,
    revoke_letter,
    seal_letter,
    verify_by_code,
    verify_upload,
)
from plumb_verify.files import Options, verify
from plumb_verify.signatures import Broken
from support.companies import VAULT, add_person
from support.factors import PASSWORD, with_password
from support.goals_made import add_goals
from support.letters_made import Office, add_rules, issued, make_office, sign
from support.meanwhile import asked_meanwhile

REASON = "岗位 {调整}，另行签订"


@pytest.fixture
async def letter(office: Office, tools: SealTools) -> Letter:
    return await seal(office, (await office.signed()).id, tools)


async def seal(office: Office, letter_id: Any, tools: SealTools) -> Letter:
    async with tenant_transaction(office.company.system):
        return await seal_letter(office.company.system, letter_id, tools)


async def revoke(actor: Actor, letter: Letter, version: int = 4, reason: str = REASON, **given: Any) -> Letter:
    async with tenant_transaction(actor):
        return await revoke_letter(actor, letter_id=letter.id, version=version, reason=reason, **given)


async def listed(actor: Actor, kept: KeptLists | None = None, vault: KeyVault = VAULT) -> bytes:
    async with tenant_transaction(actor):
        return await revocation_list(actor, vault=vault, kept=kept or KeptLists())


async def state_of(office: Office, letter: Letter) -> tuple[str, int, int]:
    async with tenant_transaction(office.company.system):
        row = await Letter.get(id=letter.id)
        return row.state, row.version, await fetch_value("select count(*) from audit_entry")


async def test_only_who_may_revokes_only_a_sealed_letter_with_a_reason_and_nothing_changes_otherwise(
    office: Office, letter: Letter
) -> None:
    other = await make_office("乙方医疗器械有限公司")
    before = await state_of(office, letter)
    for actor, version, reason, code in (
        (office.employee, 4, REASON, "FORBIDDEN"),
        (office.manager, 4, REASON, "FORBIDDEN"),
        (office.company.auditor, 4, REASON, "FORBIDDEN"),
        (other.company.hr, 4, REASON, "NOT_FOUND"),
        (office.company.system, 4, REASON, "REVOKE_NEEDS_SESSION"),
        (office.company.hr, 3, REASON, "CONFLICT"),
        (office.company.hr, 4, " \n", "LETTER_REASON_NEEDED"),
        (office.company.hr, 4, "长" * 501, "LETTER_REASON_NEEDED"),
    ):
        with pytest.raises(DomainError) as refused:
            await revoke(actor, letter, version, reason)
        assert refused.value.code == code
    assert await state_of(office, letter) == before
    assert before[:2] == ("SEALED", 4)


async def test_a_letter_that_is_not_sealed_cannot_be_revoked(office: Office) -> None:
    letter = await office.issued()
    with pytest.raises(DomainError) as refused:
        await revoke(office.company.hr, letter, 1)
    assert (refused.value.code, (await state_of(office, letter))[:2]) == ("LETTER_NOT_REVOCABLE", ("ISSUED", 1))


async def test_the_company_asks_the_proof_that_it_asks_of_signers(office: Office, letter: Letter) -> None:
    await add_rules(office.company, step_up="PASSWORD")
    hr = await with_password(office.company.hr)
    for proof, code in ((Proof(), "SIGN_PROOF_NEEDED"), (Proof(password="wrong"), "PASSWORD_WRONG")):
        with pytest.raises(DomainError) as refused:
            await revoke(hr, letter, proof=proof)
        assert refused.value.code == code
    assert (await state_of(office, letter))[:2] == ("SEALED", 4)
    assert (await revoke(hr, letter, proof=Proof(password=PASSWORD))).state == "REVOKED"


async def test_a_revoked_letter_keeps_its_file_and_its_people_are_told(office: Office, letter: Letter, tools: SealTools) -> None:
    assert letter.file_key is not None
    content = await tools.storage.get(letter.file_key)
    done = await revoke(office.company.hr, letter)
    assert (done.state, done.version, done.closed_reason) == ("REVOKED", 5, REASON)
    assert done.closed_by == office.company.hr.membership_id
    by_code, by_file = await verify_by_code(letter.verify_code, tools.storage), await verify_upload(content)
    for found in (by_code, by_file):
        assert (found.status, found.revoked_at, found.number) == ("REVOKED", done.closed_at, letter.number)
        assert found.expected_sha256 == letter.file_sha256
    assert (by_code.found_sha256, by_file.found_sha256) == (None, letter.file_sha256)
    async with tenant_transaction(office.employee):
        assert (await download_letter(office.employee, letter.id, tools.storage, copy_key=b"")).content == content
    async with tenant_transaction(office.company.system):
        told = await fetch("select person_id, zh from message where kind = 'letter.revoked'")
        entries = await fetch("select after from audit_entry where action = 'letter.revoke'")
    assert {row["person_id"] for row in told} == {office.employee.person_id, office.manager.person_id}
    assert {row["zh"] for row in told} == {f"责任书 {letter.number} 已作废：{REASON}"}
    assert (len(entries), REASON in str(entries[0]["after"])) == (1, True)
    # A seal job that comes late finds it done, and its goals get another letter.
    assert (await seal(office, letter.id, tools)).state == "REVOKED"
    again = await issued(office.company.hr, office.goal, office.template)
    assert (again.state, (await state_of(office, letter))[:2]) == ("ISSUED", ("REVOKED", 6))
    with pytest.raises(DomainError) as refused:
        await revoke(office.company.hr, letter, 6)
    assert refused.value.code == "LETTER_NOT_REVOCABLE"


async def test_a_revoked_letter_gets_no_addendum_when_its_goals_are_revised_later(office: Office, letter: Letter) -> None:
    system, employee = office.company.system, office.employee
    async with tenant_transaction(system):
        source = {"revision_id": str(letter.id), "reason": "市场变化"}
        revised = await replace_version(system, office.goal, NewVersion(target=Decimal("900000.00"), source=source))
    async with tenant_transaction(employee):
        await confirm_goal(employee, goal_id=office.goal, version=revised.version)
        assert await addenda_owed() == [letter.id]
    await revoke(office.company.hr, letter)
    async with tenant_transaction(system):
        assert await addenda_owed() == []
        assert await issue_addendum(system, letter.id) is None


async def test_of_two_who_revoke_at_once_one_does(office: Office, letter: Letter) -> None:
    ends = await asyncio.gather(*(revoke(office.company.hr, letter) for _ in range(5)), return_exceptions=True)
    assert sorted(each.code if isinstance(each, DomainError) else "done" for each in ends) == [*["CONFLICT"] * 4, "done"]
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from audit_entry where action = 'letter.revoke'") == 1


async def test_the_signed_list_names_the_letter_by_its_goals_alone_and_the_offline_verifier_takes_it(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    assert letter.file_key is not None
    content, hr = await tools.storage.get(letter.file_key), office.company.hr
    async with tenant_transaction(office.company.system):
        root = bytes(await fetch_value("select root_certificate from signing_key where active"))
    empty = await listed(hr)
    said = verify(content, Options([root], revocations=empty))
    assert said["not_revoked_as_of"] == json.loads(empty)["said"]["made_at"]
    assert verify(content, Options([root]))["not_revoked_as_of"] is None
    done = await revoke(hr, letter)
    full = await listed(office.employee)
    stated = json.loads(full)["said"]
    assert [each["goals_sha256"] for each in stated["revoked"]] == [hashlib.sha256(letter.canonical.encode()).hexdigest()]
    assert not any(word in full.decode() for word in ("张伟", letter.number, "岗位", letter.verify_code))
    with pytest.raises(Broken, match=f"the letter was revoked at {stated['revoked'][0]['revoked_at']}"):
        verify(content, Options([root], revocations=full))
    assert done.closed_at is not None
    await a_forged_list_is_refused(content, root, full)


async def test_a_list_is_signed_anew_when_it_would_say_anything_else_and_not_before(office: Office, letter: Letter) -> None:
    hr, kept, sealed_vault = office.company.hr, KeptLists(), KeyVault(b"x" * 32)
    noon = now().replace(minute=5) + timedelta(days=1)
    with clock_at(noon):
        first = await listed(hr, kept)
    # A key that nobody can open shows that nothing is signed; another process says the very same.
    with clock_at(noon + timedelta(minutes=54)):
        assert await listed(hr, kept, sealed_vault) == first == await listed(hr)
    with clock_at(noon + timedelta(minutes=55)):
        with pytest.raises(DomainError):
            await listed(hr, kept, sealed_vault)
        second = await listed(hr, kept)
    assert json.loads(first)["said"]["made_at"] < json.loads(second)["said"]["made_at"]
    with clock_at(noon + timedelta(minutes=57)):
        done = await revoke(hr, letter)
        with pytest.raises(DomainError):
            await listed(hr, kept, sealed_vault)
        third = json.loads(await listed(hr, kept))["said"]
    assert done.closed_at is not None
    assert third["made_at"] == third["revoked"][0]["revoked_at"]


async def a_forged_list_is_refused(content: bytes, root: bytes, full: bytes) -> None:
    parts = json.loads(full)
    emptied = canonical_bytes(parts | {"said": parts["said"] | {"revoked": []}})
    other = await make_office("丙方医疗器械有限公司")
    foreign = await listed(other.company.hr)
    swapped = canonical_bytes(json.loads(foreign) | {"root": parts["root"]})
    for forged, words in (
        (emptied, "the signature does not fit"),
        (foreign, "under another root"),
        (swapped, "does not lead to its root"),
    ):
        with pytest.raises(Broken, match=words):
            verify(content, Options([root], revocations=forged))
    # Whoever knows the roots of many companies does not take one's list for another's letter.
    async with tenant_transaction(other.company.system):
        theirs = bytes(await fetch_value("select root_certificate from signing_key where active"))
    with pytest.raises(Broken, match="is another company's"):
        verify(content, Options([root, theirs], revocations=foreign))


async def test_a_list_signed_after_the_key_was_renewed_still_speaks_of_letters_sealed_before(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    admin = office.company.admin
    assert letter.file_key is not None
    content = await tools.storage.get(letter.file_key)
    async with tenant_transaction(admin):
        serial = await fetch_value("select serial from signing_key where active")
        await renew_signing_key(admin, serial=serial, vault=VAULT)
    await revoke(office.company.hr, letter)
    with pytest.raises(Broken, match="the letter was revoked"):
        verify(content, Options(revocations=await listed(admin)))


async def test_nobody_revokes_a_letter_that_binds_themselves(office: Office, tools: SealTools) -> None:
    own = await add_person(office.company, "H1", "王芳", unit=office.unit, manager=office.manager, roles=("hr", "employee"))
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, own)])
    letter = await issued(office.company.hr, goal, office.template)
    await sign(own, letter.id, 1)
    await sign(office.manager, letter.id, 2)
    await seal(office, letter.id, tools)
    with pytest.raises(DomainError) as refused:
        await revoke(own, letter)
    assert (refused.value.code, (await state_of(office, letter))[:2]) == ("LETTER_REVOKE_OWN", ("SEALED", 4))


async def test_of_two_revocations_at_once_the_list_with_both_bears_the_later_time(
    office: Office, letter: Letter, tools: SealTools
) -> None:
    hr, outside = office.company.hr, copy_context()
    (goal,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)])
    other = await issued(hr, goal, office.template)
    for party, version in ((office.employee, 1), (office.manager, 2)):
        await sign(party, other.id, version)
    other = await seal(office, other.id, tools)
    async with tenant_transaction(hr):
        await revoke_letter(hr, letter_id=letter.id, version=4, reason=REASON)
        late = await asked_meanwhile(outside, revoke(hr, other))
        assert not late.done()
        first = json.loads(await revocation_list(hr, vault=VAULT, kept=KeptLists()))["said"]
    await late
    both = json.loads(await listed(hr))["said"]
    assert (len(first["revoked"]), len(both["revoked"])) == (1, 2)
    assert first["made_at"] < both["made_at"]
