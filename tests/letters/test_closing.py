"""Letters that end unsigned, reminders and expiry on a real database (A23, A24)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.rules import LetterState
from plumb_tenants.letters.service import cancel_letter, decline_letter, expire_letters, get_letter, remind_signers
from support.companies import add_person
from support.letters_made import Office, add_rules, issued, sign

WEDNESDAY = datetime(2031, 3, 5, 1, tzinfo=UTC)


async def decline(actor: Actor, letter: Letter, version: int = 1, reason: str = "目标过高") -> Letter:
    async with tenant_transaction(actor):
        return await decline_letter(actor, letter_id=letter.id, version=version, reason=reason)


async def cancel(actor: Actor, letter: Letter, version: int = 1, reason: str = "岗位调整") -> Letter:
    async with tenant_transaction(actor):
        return await cancel_letter(actor, letter_id=letter.id, version=version, reason=reason)


async def state_of(office: Office, letter: Letter) -> tuple[str, int, int]:
    async with tenant_transaction(office.company.system):
        row = await Letter.get(id=letter.id)
        return row.state, row.version, await fetch_value("select count(*) from audit_entry")


async def told(office: Office, kind: str) -> list[tuple[Any, str]]:
    async with tenant_transaction(office.company.system):
        return [(row["person_id"], row["zh"]) for row in await fetch("select * from message where kind = $1 order by id", kind)]


async def told_in_english(office: Office) -> str:
    async with tenant_transaction(office.company.system):
        return str(await fetch_value("select en from message order by id desc limit 1"))


async def test_only_whoever_is_asked_declines_and_only_with_a_reason(office: Office) -> None:
    letter = await office.issued()
    stranger = await add_person(office.company, "S1", "陌生人", unit=office.unit)
    before = await state_of(office, letter)
    for actor, version, reason, code in (
        (office.manager, 1, "不同意", "LETTER_NOT_YOUR_TURN"),
        (office.company.hr, 1, "不同意", "NOT_YOUR_SIGNATURE"),
        (stranger, 1, "不同意", "NOT_FOUND"),
        (office.employee, 7, "不同意", "CONFLICT"),
        (office.employee, 1, "  ", "LETTER_REASON_NEEDED"),
        (office.employee, 1, "长" * 501, "LETTER_REASON_NEEDED"),
    ):
        with pytest.raises(DomainError) as refused:
            await decline(actor, letter, version, reason)
        assert refused.value.code == code
    assert await state_of(office, letter) == before


async def test_a_declined_letter_is_over_and_its_goals_get_another_that_names_it(office: Office) -> None:
    letter = await office.issued()
    declined = await decline(office.employee, letter, reason="目标 {过高}，请复核")
    assert (declined.state, declined.version, declined.closed_reason) == ("DECLINED", 2, "目标 {过高}，请复核")
    for actor, act in ((office.employee, sign), (office.manager, sign)):
        with pytest.raises(DomainError) as refused:
            await act(actor, letter.id, 2)
        assert refused.value.code == "LETTER_NOT_AWAITING_SIGNATURE"
    again = await issued(office.company.hr, office.goal, office.template)
    async with tenant_transaction(office.company.hr):
        old = await get_letter(office.company.hr, letter.id)
    assert (old.state, old.superseded_by) == (LetterState.DECLINED, again.id)
    assert again.content["predecessor"] is None
    async with tenant_transaction(office.company.system):
        entry = await fetch("select after from audit_entry where action = 'letter.decline'")
        chain = await fetch_value(
            "select string_agg(state, ',' order by step) from letter_signer where letter_id = $1", letter.id
        )
    assert ("目标 {过高}，请复核" in str(entry[0]["after"]), chain) == (True, "DECLINED,WAITING")


async def test_a_manager_may_decline_in_turn_and_the_employee_is_told(office: Office) -> None:
    letter = await office.issued()
    await sign(office.employee, letter.id, 1)
    await decline(office.manager, letter, 2, "先完善分解")
    assert await told(office, "letter.declined") == [
        (office.employee.person_id, f"责任书 {letter.number} 被拒签。直属上级：先完善分解")
    ]
    assert await told_in_english(office) == f"The letter {letter.number} was declined. Manager: 先完善分解"


async def test_a_letter_is_cancelled_by_who_may_issue_it_while_it_is_open(office: Office) -> None:
    letter = await office.issued()
    for actor, version, reason, code in (
        (office.employee, 1, "x", "FORBIDDEN"),
        (office.company.hr, 1, "", "LETTER_REASON_NEEDED"),
        (office.company.hr, 2, "x", "CONFLICT"),
    ):
        with pytest.raises(DomainError) as refused:
            await cancel(actor, letter, version, reason)
        assert refused.value.code == code
    cancelled = await cancel(office.company.hr, letter)
    assert (cancelled.state, cancelled.closed_by) == ("CANCELLED", office.company.hr.membership_id)
    assert await told(office, "letter.cancelled") == [(office.employee.person_id, f"责任书 {letter.number} 已撤销：岗位调整")]
    with pytest.raises(DomainError) as refused:
        await cancel(office.company.hr, letter, 2)
    assert refused.value.code == "LETTER_NOT_OPEN"


async def test_a_signed_letter_cannot_be_cancelled(office: Office) -> None:
    letter = await office.signed()
    with pytest.raises(DomainError) as refused:
        await cancel(office.company.hr, letter, 3)
    assert (refused.value.code, await state_of(office, letter)) == ("LETTER_NOT_OPEN", await state_of(office, letter))
    assert (await state_of(office, letter))[0] == "SIGNED"


async def test_a_letter_expires_after_its_days_and_nobody_signs_it_from_that_moment(office: Office) -> None:
    await add_rules(office.company, expires_after_days=10)
    letter = await office.issued()
    assert letter.expires_at == letter.created_at + timedelta(days=10)
    system = office.company.system
    async with tenant_transaction(system):
        assert await expire_letters(system) == 0
    with clock.clock_at(letter.created_at + timedelta(days=10)):
        with pytest.raises(DomainError) as refused:
            await sign(office.employee, letter.id, 1)
        assert refused.value.code == "LETTER_EXPIRED"
        async with tenant_transaction(system):
            assert [await expire_letters(system) for _ in range(2)] == [1, 0]
    assert (await state_of(office, letter))[:2] == ("EXPIRED", 2)
    assert len(await told(office, "letter.expired")) == 1


async def asked_on_wednesday(office: Office, letter: Letter) -> Letter:
    """Let whose turn it is have been asked on WEDNESDAY, in a year whose holidays nobody knows."""
    async with tenant_transaction(office.company.system):
        await execute("update letter_signer set asked_at = $2 where letter_id = $1 and state = 'ASKED'", letter.id, WEDNESDAY)
    return letter


async def remind_daily(office: Office, days: int) -> list[int]:
    """Run the timer twice a day for some days after WEDNESDAY and return on which of them a reminder went out."""
    sent, system = [], office.company.system
    for after in range(days):
        for hour in (0, 6):
            with clock.clock_at(WEDNESDAY + timedelta(days=after, hours=hour)):
                async with tenant_transaction(system):
                    sent += [after] * await remind_signers(system)
    return sent


async def test_reminders_go_out_on_working_days_once_a_round_and_end_with_the_signature(office: Office) -> None:
    letter = await asked_on_wednesday(office, await office.issued())
    # Day 5 is a Monday; 9 and 11 are a Friday and a Sunday, so that the fourth waits for Monday.
    assert await remind_daily(office, 40) == [5, 7, 9, 12, 14]
    assert [person for person, _ in await told(office, "letter.reminder")] == [office.employee.person_id] * 5
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select reminders from letter_signer where letter_id = $1 and role = 'employee'", letter.id) == 5
        assert await fetch_value("select count(*) from audit_entry where action = 'letter.remind'") == 5
    await sign(office.employee, letter.id, 1)
    async with tenant_transaction(office.company.system):
        asked_at = await fetch_value("select asked_at from letter_signer where letter_id = $1 and role = 'manager'", letter.id)
    assert abs(asked_at - now()) < timedelta(minutes=1)


async def test_the_company_says_how_often_and_a_closed_or_revised_letter_reminds_nobody(office: Office) -> None:
    await add_rules(office.company, first_reminder_days=1, repeat_days=1, most_reminders=2)
    letter = await asked_on_wednesday(office, await office.issued())
    assert await remind_daily(office, 10) == [1, 2]
    async with tenant_transaction(office.company.system):
        await execute("update letter_signer set reminders = 0, reminded_at = null")
    await cancel(office.company.hr, letter)
    assert await remind_daily(office, 10) == []


async def test_somebody_who_left_is_not_reminded_and_the_issuer_is_told_once(office: Office) -> None:
    issuer = await add_person(office.company, "H1", "王芳", unit=office.unit, roles=("hr", "employee"))
    letter = await asked_on_wednesday(office, await issued(issuer, office.goal, office.template))
    async with tenant_transaction(office.company.system):
        await execute("update person set active = false where id = $1", office.employee.person_id)
    assert await remind_daily(office, 8) == []
    assert await told(office, "letter.signer_left") == [
        (issuer.person_id, f"责任书 {letter.number} 等待的责任人已离职，请撤销后重新签发。")
    ]
    assert "waits for Employee, who has left" in await told_in_english(office)
