"""Chains, proofs and looks of signatures on a real database: order, step-up, pictures, and refusals that change nothing.

Rows A22, A25, A35.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError, RateLimited
from plumb_tenants.letters.issuing import issue_letter
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import Proof, SignatureForm, SignatureGiven, list_letters, sign_letter
from support.companies import add_person
from support.factors import FACTOR_KEYS, PASSWORD, authenticator, with_password
from support.letters_made import BODY, Office, add_rules, add_template, sign, with_chain
from support.pictures_made import bomb, data_url, png
from support.refusals import in_full

AT = datetime(2031, 3, 2, 1, tzinfo=UTC)
"""Later than the day on which the rules of a test begin to hold."""
EMPLOYEE: dict[str, Any] = {"role": "employee"}
MANAGER: dict[str, Any] = {"role": "manager", "step": 2}
Refused = Callable[..., Coroutine[Any, Any, DomainError]]


async def signed_with(actor: Actor, letter: Letter, version: int, **proof: Any) -> Letter:
    signature = proof.pop("signature", None)
    async with tenant_transaction(actor):
        given = Proof(keys=FACTOR_KEYS, **proof)
        return await sign_letter(actor, letter_id=letter.id, version=version, proof=given, signature=signature)


async def refusal(office: Office, actor: Actor, letter: Letter, version: int = 1, **proof: Any) -> DomainError:
    """Return why an act was refused, after checking that it changed nothing."""
    before = await state_of(office, letter)
    with pytest.raises(DomainError) as refused:
        await signed_with(actor, letter, version, **proof)
    assert await state_of(office, letter) == before
    return refused.value


async def state_of(office: Office, letter: Letter) -> list[dict[str, Any]]:
    async with tenant_transaction(office.company.system):
        return await fetch(
            "select l.state, l.version, (select count(*) from letter_signature) as signatures, (select count(*) from outbox) "
            "as jobs, (select count(*) from message) as messages, (select count(*) from audit_entry) as entries, "
            "(select string_agg(state, ',' order by step, role) from letter_signer s where s.letter_id = l.id) as chain "
            "from letter l where l.id = $1",
            letter.id,
        )


async def chain_of(office: Office, letter: Letter) -> str:
    return str((await state_of(office, letter))[0]["chain"])


async def messages(office: Office) -> list[tuple[UUID, str]]:
    async with tenant_transaction(office.company.system):
        rows = await fetch("select person_id, kind from message order by id")
    return [(row["person_id"], row["kind"]) for row in rows]


async def test_hr_signs_after_employee_and_manager_and_is_asked_only_then(office: Office) -> None:
    hr = await add_person(office.company, "H1", "王芳", unit=office.unit)
    chain = [EMPLOYEE, MANAGER, {"role": "hr", "step": 3, "act": "APPROVER", "person_number": "H1"}]
    letter = await with_chain(office, [*chain, {"role": "finance", "act": "CC", "person_number": "M1", "step": 1}])
    assert await chain_of(office, letter) == "ASKED,WAITING,WAITING,WAITING"
    assert await messages(office) == [(office.employee.person_id, "letter.asked")]
    refused = await refusal(office, hr, letter)
    assert (refused.code, in_full(refused, "zh-CN")) == (
        "LETTER_NOT_YOUR_TURN",
        f"责任书 {letter.number} 须先由责任人签署，之后才轮到您。",
    )
    assert in_full(refused, "en") == f"The letter {letter.number} waits for Employee first; then it is your turn."
    await sign(office.employee, letter.id, 1)
    assert (await sign(office.manager, letter.id, 2)).state == "PARTLY_SIGNED"
    assert [kind for person, kind in await messages(office) if person == hr.person_id] == ["letter.asked"]
    done = await sign(hr, letter.id, 3)
    assert (done.state, done.version, await chain_of(office, letter)) == ("SIGNED", 4, "DONE,TOLD,DONE,DONE")
    assert (await messages(office))[-1] == (office.manager.person_id, "letter.signed")
    async with tenant_transaction(office.company.system):
        rows = await fetch("select role, act, label from letter_signature order by id")
        assert await fetch_value("select count(*) from outbox where topic = 'letters.seal'") == 1
    assert [(row["role"], row["act"], row["label"]) for row in rows] == [
        ("employee", "SIGNER", "责任人"),
        ("manager", "SIGNER", "直属上级"),
        ("hr", "APPROVER", "人力资源部"),
    ]
    async with tenant_transaction(hr):
        assert [each.id for each in await list_letters(hr)] == [letter.id]


async def test_parallel_signers_sign_in_any_order_and_the_next_step_waits_for_both(office: Office) -> None:
    await add_person(office.company, "L1", "赵律", unit=office.unit)
    chain = [EMPLOYEE, {"role": "manager", "step": 1}, {"role": "legal", "step": 2, "person_number": "L1", "label": "法务合规部"}]
    letter = await with_chain(office, chain)
    assert await chain_of(office, letter) == "ASKED,ASKED,WAITING"
    await sign(office.manager, letter.id, 1)
    assert await chain_of(office, letter) == "ASKED,DONE,WAITING"
    await sign(office.employee, letter.id, 2)
    assert await chain_of(office, letter) == "DONE,DONE,ASKED"


async def test_a_copy_signs_nothing(office: Office) -> None:
    copy = await add_person(office.company, "C1", "抄送人", unit=office.unit)
    letter = await with_chain(office, [EMPLOYEE, MANAGER, {"role": "witness", "act": "CC", "person_number": "C1"}])
    assert (await refusal(office, copy, letter)).code == "NOT_YOUR_SIGNATURE"


async def test_a_chain_with_nobody_in_a_role_issues_nothing(office: Office) -> None:
    for place, extra in enumerate(({"role": "hr", "person_number": "NOBODY", "step": 3}, {"role": "second_line", "step": 3})):
        template = await add_template(office.company, BODY | {"signers": [EMPLOYEE, MANAGER, extra]}, key=f"chain{place}")
        async with tenant_transaction(office.company.hr):
            with pytest.raises(DomainError) as refused:
                await issue_letter(office.company.hr, goal_ids=[office.goal], template_version_id=template)
        assert refused.value.code == "LETTER_SIGNER_MISSING"
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from letter") == 0


async def test_somebody_who_has_left_by_the_records_signs_nothing(office: Office) -> None:
    letter = await office.issued()
    async with tenant_transaction(office.company.system):
        await execute("update person set active = false where id = $1", office.employee.person_id)
    assert (await refusal(office, office.employee, letter)).code == "SIGNER_LEFT"


async def test_a_password_is_asked_again_where_the_company_says_so(office: Office) -> None:
    await add_rules(office.company, step_up="PASSWORD")
    await with_password(office.employee)
    letter = await office.issued()
    assert (await refusal(office, office.employee, letter)).code == "SIGN_PROOF_NEEDED"
    wrong = await refusal(office, office.employee, letter, password="wrong")
    assert (wrong.code, wrong.field) == ("PASSWORD_WRONG", "password")
    assert (await signed_with(office.employee, letter, 1, password=PASSWORD)).state == "PARTLY_SIGNED"
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select proof from letter_signature") == "PASSWORD"


async def test_a_code_is_asked_where_the_company_says_so_and_a_used_one_is_refused(office: Office) -> None:
    await add_rules(office.company, step_up="TOTP")
    for person in (office.employee, office.manager):
        await with_password(person)
    letter = await office.issued()
    assert (await refusal(office, office.employee, letter, totp="123456")).code == "TOTP_NOT_ENROLLED"
    app = await authenticator(office.employee, at=AT)
    with clock.clock_at(AT + timedelta(minutes=3)):
        for password in (None, PASSWORD):
            refused = await refusal(office, office.employee, letter, password=password)
            assert (refused.code, refused.field) == ("SIGN_PROOF_NEEDED", "totp")
        assert (
            await refusal(office, office.employee, letter, totp="000000" if app.code() != "000000" else "1")
        ).code == "TOTP_WRONG"
        code = app.code()
        assert (await signed_with(office.employee, letter, 1, totp=code)).version == 2
        again = await refusal(office, office.employee, letter, version=2, totp=code)
        assert again.code == "LETTER_NOT_AWAITING_SIGNATURE"
    theirs = await authenticator(office.manager, at=AT + timedelta(minutes=3))
    with clock.clock_at(AT + timedelta(minutes=3)):
        assert (await refusal(office, office.manager, letter, version=2, totp=theirs.code())).code == "TOTP_WRONG"
        assert (await refusal(office, office.manager, letter, version=2, totp=code)).code == "TOTP_WRONG"


async def test_guessing_codes_is_stopped_after_five(office: Office) -> None:
    await add_rules(office.company, step_up="TOTP")
    await with_password(office.employee)
    letter = await office.issued()
    app = await authenticator(office.employee, at=AT)
    with clock.clock_at(AT + timedelta(minutes=3)):
        wrong = f"{(int(app.code()) + 7) % 1000000:06d}"
        for _ in range(5):
            assert (await refusal(office, office.employee, letter, totp=wrong)).code == "TOTP_WRONG"
        assert isinstance(await refusal(office, office.employee, letter, totp=app.code()), RateLimited)


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (None, "SIGNATURE_NEEDED"),
        (SignatureGiven(SignatureForm.TYPED, text="张伟"), "SIGNATURE_FORM_REFUSED"),
        (SignatureGiven(SignatureForm.DRAWN, image=""), "PICTURE_INVALID"),
        (SignatureGiven(SignatureForm.DRAWN, image=data_url(bomb())), "PICTURE_INVALID"),
        (SignatureGiven(SignatureForm.DRAWN, image=data_url(png((200, 80), "#00000000"))), "PICTURE_INVALID"),
        (SignatureGiven(SignatureForm.DRAWN, image="data:image/svg+xml;base64,PHN2Zy8+"), "PICTURE_INVALID"),
    ],
)
async def test_a_signature_that_the_company_does_not_take_is_refused(
    office: Office, signature: SignatureGiven | None, code: str
) -> None:
    await add_rules(office.company, forms=["DRAWN"], signature_needed=True)
    assert (await refusal(office, office.employee, await office.issued(), signature=signature)).code == code


async def test_a_typed_signature_is_ones_own_name(office: Office) -> None:
    letter = await office.issued()
    wrong = SignatureGiven(SignatureForm.TYPED, text="李建国")
    assert (await refusal(office, office.employee, letter, signature=wrong)).code == "SIGNATURE_NAME_DIFFERS"
    await signed_with(office.employee, letter, 1, signature=SignatureGiven(SignatureForm.TYPED, text=" 张伟 "))
    async with tenant_transaction(office.company.system):
        assert await fetch("select form, image from letter_signature") == [{"form": "TYPED", "image": None}]


async def test_a_letter_signed_by_somebody_who_was_not_asked_any_more_is_refused_by_its_version(office: Office) -> None:
    letter = await office.issued()
    await sign(office.employee, letter.id, 1)
    refused = await refusal(office, office.employee, letter, version=1)
    assert refused.code == "CONFLICT"
