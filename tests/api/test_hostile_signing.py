"""Acts on letters sent again, late, guessed or at the same moment: done once, or refused with the reason (A23, A35, A52)."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.identity.totp import code_of, counter_at
from plumb_schema.ground.ids import encode_id
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import expire_letters
from support.factors import PASSWORD, with_password
from support.letters_made import Office, add_rules, make_office, with_chain
from support.serving import Caller

PROBLEM = "... on Problem { code field }"
SIGN = f"mutation ($input: SignLetterInput!) {{ signLetter(input: $input) {{ ... on Letter {{ state version }} {PROBLEM} }} }}"
DECLINE = f"mutation ($input: DeclineLetterInput!) {{ declineLetter(input: $input) {{ ... on Letter {{ state }} {PROBLEM} }} }}"
CANCEL = f"mutation ($input: CancelLetterInput!) {{ cancelLetter(input: $input) {{ ... on Letter {{ state }} {PROBLEM} }} }}"
ISSUE = f"mutation ($input: IssueLetterInput!) {{ issueLetter(input: $input) {{ ... on Letter {{ id version }} {PROBLEM} }} }}"
ENROL = f"mutation ($input: EnrolTotpInput!) {{ enrolTotp(input: $input) {{ ... on TotpEnrolment {{ secret }} {PROBLEM} }} }}"
CONFIRM = (
    f"mutation ($input: ConfirmTotpInput!) {{ confirmTotp(input: $input) {{ ... on SecondFactor {{ enrolled }} {PROBLEM} }} }}"
)
REMOVE = f"mutation ($input: RemoveTotpInput!) {{ removeTotp(input: $input) {{ ... on SecondFactor {{ enrolled }} {PROBLEM} }} }}"
SIGNED = {"state": "PARTLY_SIGNED", "version": 2}
SignedIn = Callable[[Actor], Awaitable[Caller]]


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


def under(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def at_version(letter: Letter, version: int, **given: Any) -> dict[str, Any]:
    return {"letterId": encode_id("Letter", letter.id), "version": version} | given


async def code(caller: Caller, query: str, key: str = "", **given: Any) -> str:
    """Return the code of a refusal."""
    found: str = (await caller.ask(query, under(key) if key else None, input=given))["code"]
    return found


async def left(office: Office) -> dict[str, Any]:
    """Return what signing leaves behind in a company."""
    async with tenant_transaction(office.company.system):
        (row,) = await fetch(
            "select (select count(*) from letter_signature) as signatures, (select count(*) from outbox where topic = "
            "'letters.seal') as seals, (select count(*) from audit_entry where action = 'letter.sign') as entries"
        )
    return row


async def ended(office: Office, letter: Letter, how: str, employee: Caller, hr: Caller) -> None:
    """End a letter that waits for its first signature."""
    if how == "DECLINED":
        await employee.ask(DECLINE, input=at_version(letter, 1, reason="目标过高"))
    elif how == "CANCELLED":
        await hr.ask(CANCEL, input=at_version(letter, 1, reason="岗位调整"))
    else:
        async with tenant_transaction(office.company.system):
            with clock.clock_at(now() + timedelta(days=400)):
                assert await expire_letters(office.company.system) == 1


@pytest.mark.parametrize("how", ["DECLINED", "CANCELLED", "EXPIRED"])
async def test_a_letter_that_is_over_takes_no_signature_and_neither_does_its_successor_by_the_old_act(
    office: Office, signed_in: SignedIn, how: str
) -> None:
    await add_rules(office.company, expires_after_days=10)
    letter = await office.issued()
    employee, hr = await signed_in(office.employee), await signed_in(office.company.hr)
    await ended(office, letter, how, employee, hr)
    wanted = {"goalIds": [encode_id("Goal", office.goal)], "templateVersionId": encode_id("DefinitionVersion", office.template)}
    made: dict[str, Any] = {}
    for version in (2, 3):
        # The letter gets its third version when another is issued in its place.
        made = await hr.ask(ISSUE, input=wanted) if version == 3 else made
        assert [await code(employee, SIGN, key, **at_version(letter, 1)) for key in ("k", "k", "")] == ["CONFLICT"] * 3
        for act, more in ((SIGN, {}), (DECLINE, {"reason": "晚"})):
            assert await code(employee, act, **at_version(letter, version), **more) == "LETTER_NOT_AWAITING_SIGNATURE"
        assert await code(hr, CANCEL, **at_version(letter, version), reason="晚") == "LETTER_NOT_OPEN"
    assert await left(office) == {"signatures": 0, "seals": 0, "entries": 0}
    assert await employee.ask(SIGN, under("k"), input={"letterId": made["id"], "version": 1}) == SIGNED


async def test_a_signature_that_is_sent_again_is_answered_as_before_and_counts_once(office: Office, signed_in: SignedIn) -> None:
    letter = await office.issued()
    employee, manager, hr = [await signed_in(each) for each in (office.employee, office.manager, office.company.hr)]
    sent = at_version(letter, 1)
    answers = await asyncio.gather(*(employee.ask(SIGN, under("k"), input=sent) for _ in range(6)))
    assert answers == [SIGNED] * 6
    assert [await code(employee, SIGN, key, **sent) for key in ("other", "")] == ["CONFLICT"] * 2
    assert await code(employee, SIGN, **at_version(letter, 2)) == "LETTER_NOT_AWAITING_SIGNATURE"
    # Under the key of somebody else stands nothing of theirs, and under one's own no other act.
    assert await code(manager, SIGN, "k", **sent) == "CONFLICT"
    assert await code(employee, SIGN, "k", **at_version(letter, 2)) == "IDEMPOTENCY_KEY_REUSED"
    await hr.ask(CANCEL, input=at_version(letter, 2, reason="岗位调整"))
    assert await employee.ask(SIGN, under("k"), input=sent) == SIGNED
    assert await left(office) == {"signatures": 1, "seals": 0, "entries": 1}
    async with tenant_transaction(office.company.system):
        assert await fetch("select state, version from letter") == [{"state": "CANCELLED", "version": 3}]


async def test_two_who_sign_at_the_same_moment_both_count_and_one_of_them_sets_the_seal_going(
    office: Office, signed_in: SignedIn
) -> None:
    letter = await with_chain(office, [{"role": "employee"}, {"role": "manager", "step": 1}])
    callers = [await signed_in(each) for each in (office.employee, office.manager)]
    first = await asyncio.gather(*(each.ask(SIGN, input=at_version(letter, 1)) for each in callers))
    assert sorted(each.get("code", each.get("state")) for each in first) == ["CONFLICT", "PARTLY_SIGNED"]
    late = callers["code" not in first[0]]
    assert await late.ask(SIGN, input=at_version(letter, 2)) == {"state": "SIGNED", "version": 3}
    assert await left(office) == {"signatures": 2, "seals": 1, "entries": 2}


async def test_of_a_signature_and_a_cancellation_at_the_same_moment_one_is_done(office: Office, signed_in: SignedIn) -> None:
    letter = await office.issued()
    employee, hr = await signed_in(office.employee), await signed_in(office.company.hr)
    given = at_version(letter, 1)
    said = await asyncio.gather(
        *(employee.ask(SIGN, input=given) for _ in range(3)),
        *(hr.ask(CANCEL, input=given | {"reason": "调岗"}) for _ in range(3)),
    )
    done = [each["state"] for each in said if "state" in each]
    assert [each["code"] for each in said if "code" in each] == ["CONFLICT"] * 5
    async with tenant_transaction(office.company.system):
        assert [row["state"] for row in await fetch("select state from letter")] == done
    assert (await left(office))["signatures"] == (done == ["PARTLY_SIGNED"])


class App:
    """An authenticator that shows the codes of the step in which it was made and of those about it."""

    def __init__(self, secret: str) -> None:
        self.secret, self.step = base64.b32decode(secret), counter_at(now())

    def code(self, after: int = 0) -> str:
        return code_of(self.secret, self.step + after)


async def enrolled(caller: Caller) -> App:
    app = App((await caller.ask(ENROL, input={"password": PASSWORD}))["secret"])
    assert await caller.ask(CONFIRM, input={"code": app.code()}) == {"enrolled": True}
    return app


async def test_a_code_signs_once_and_neither_an_earlier_one_nor_one_of_an_app_that_was_taken_away(
    office: Office, signed_in: SignedIn
) -> None:
    await add_rules(office.company, step_up="TOTP")
    employee, letter = await signed_in(await with_password(office.employee)), await office.issued()
    old = await enrolled(employee)
    for given in (old.code(), old.code(-1), "１２３４５６", "0" * 5000):
        assert await code(employee, SIGN, "k", **at_version(letter, 1, totp=given)) == "TOTP_WRONG"
    await employee.ask(REMOVE, input={"password": PASSWORD, "code": old.code(1)})
    assert await code(employee, SIGN, "k", **at_version(letter, 1, totp=old.code(1))) == "TOTP_NOT_ENROLLED"
    new = await enrolled(employee)
    for given in (old.code(), old.code(1), new.code()):
        assert await code(employee, SIGN, "k", **at_version(letter, 1, totp=given)) == "TOTP_WRONG"
    assert (await left(office))["signatures"] == 0
    sent = at_version(letter, 1, totp=new.code(1))
    assert [await employee.ask(SIGN, under("k"), input=sent) for _ in range(2)] == [SIGNED] * 2
    assert await code(employee, SIGN, "other", **sent) == "CONFLICT"
    assert await left(office) == {"signatures": 1, "seals": 0, "entries": 1}


async def test_of_many_codes_that_are_guessed_at_the_same_moment_five_are_looked_at(office: Office, signed_in: SignedIn) -> None:
    employee = await signed_in(await with_password(office.employee))
    app = App((await employee.ask(ENROL, input={"password": PASSWORD}))["secret"])
    wrong = f"{(int(app.code()) + 7) % 1000000:06d}"
    said = await asyncio.gather(*(code(employee, CONFIRM, code=wrong) for _ in range(9)))
    assert sorted(said) == ["RATE_LIMITED"] * 4 + ["TOTP_WRONG"] * 5
    assert await code(employee, CONFIRM, code=app.code()) == "RATE_LIMITED"
