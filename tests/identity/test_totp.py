"""One-time passwords: the vectors of RFC 6238, clocks that drift, used codes, enrolment and its limits (A35)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plumb_platform import clock
from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, platform_transaction, tenant_transaction
from plumb_platform.errors import DomainError, RateLimited
from plumb_platform.identity.second_factor import (
    FactorLocked,
    PasswordWrong,
    TotpEnrolledAlready,
    TotpNotEnrolled,
    TotpWrong,
    check_totp,
    confirm_totp,
    enrol_totp,
    has_totp,
    remove_totp,
)
from plumb_platform.identity.service import SessionNeeded
from plumb_platform.identity.totp import code_of, counter_at, matching_counter, otpauth_url, secret_text
from plumb_platform.settings import Keys
from support.companies import make_company
from support.factors import FACTOR_KEYS, PASSWORD, authenticator, with_password

RFC_SECRET = b"12345678901234567890"
AT = datetime(2026, 3, 2, 1, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_of(RFC_SECRET, counter_at(datetime.fromtimestamp(seconds, UTC))) == code


@pytest.mark.parametrize("code", ["", "28708", "2870822", "２８７０８２", "\ud800", "abcdef"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_counter(RFC_SECRET, code, at=datetime.fromtimestamp(59, UTC), after=0) is None


def test_a_clock_may_be_off_by_one_step_and_a_used_step_is_refused() -> None:
    now = counter_at(AT)
    for drift, accepted in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        found = matching_counter(RFC_SECRET, code_of(RFC_SECRET, now + drift), at=AT, after=0)
        assert (found == now + drift) is accepted
    assert matching_counter(RFC_SECRET, code_of(RFC_SECRET, now), at=AT, after=now) is None
    assert matching_counter(RFC_SECRET, code_of(RFC_SECRET, now - 1), at=AT, after=now) is None


def test_the_address_names_issuer_account_and_secret() -> None:
    url = otpauth_url(RFC_SECRET, account="li@example.test", issuer="准绳 Plumb")
    assert url.startswith("otpauth://totp/%E5%87%86%E7%BB%B3%20Plumb:li%40example.test?secret=GEZDGNBVGY3TQOJQ")
    assert secret_text(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
async def person(database: Database) -> Actor:
    """Return a member with a password and no authenticator."""
    return await with_password((await make_company("甲公司")).hr)


async def refused(actor: Actor, code: str, *, keys: Keys = FACTOR_KEYS) -> DomainError:
    with pytest.raises(DomainError) as error:
        async with tenant_transaction(actor):
            await check_totp(actor, code=code, keys=keys)
    return error.value


async def test_nothing_holds_before_the_first_code_and_a_wrong_password_enrols_nothing(person: Actor) -> None:
    async with tenant_transaction(person):
        with pytest.raises(PasswordWrong):
            await enrol_totp(person, password="wrong password", keys=FACTOR_KEYS)
        made = await enrol_totp(person, password=PASSWORD, keys=FACTOR_KEYS)
        assert not await has_totp(person)
    assert isinstance(await refused(person, "000000"), TotpNotEnrolled)
    assert len(made.secret) == 32


async def test_an_enrolled_app_passes_each_code_once(person: Actor) -> None:
    app = await authenticator(person, at=AT)
    with clock.clock_at(AT + timedelta(seconds=60)):
        async with tenant_transaction(person):
            await check_totp(person, code=app.code(), keys=FACTOR_KEYS)
        assert isinstance(await refused(person, app.code()), TotpWrong)
    async with tenant_transaction(person):
        assert await has_totp(person)
        assert await fetch_value("select count(*) from audit_entry where action = 'second_factor.enrol'") == 1


async def test_of_four_who_give_one_code_at_once_one_passes(person: Actor) -> None:
    app = await authenticator(person, at=AT)

    async def given() -> None:
        async with tenant_transaction(person):
            await check_totp(person, code=app.code(), keys=FACTOR_KEYS)

    with clock.clock_at(AT + timedelta(seconds=90)):
        outcomes = await asyncio.gather(*(given() for _ in range(4)), return_exceptions=True)
    assert [type(each) for each in outcomes].count(type(None)) == 1


async def test_five_wrong_codes_lock_the_factor_even_for_the_right_one(person: Actor) -> None:
    app = await authenticator(person, at=AT)
    with clock.clock_at(AT + timedelta(minutes=2)):
        wrong = f"{(int(app.code()) + 1) % 1000000:06d}"
        codes = [(await refused(person, wrong)).code for _ in range(5)]
        assert codes == ["TOTP_WRONG"] * 5
        assert isinstance(await refused(person, app.code()), RateLimited)
    with clock.clock_at(AT + timedelta(minutes=30)):
        async with tenant_transaction(person):
            await check_totp(person, code=app.code(), keys=FACTOR_KEYS)


async def test_the_secret_is_encrypted_and_bound_to_its_account(person: Actor) -> None:
    app = await authenticator(person, at=AT)
    async with platform_transaction() as connection:
        stored = await connection.fetchval("select secret from second_factor where account_id = $1", person.account_id)
    assert app.secret not in stored
    assert isinstance(await refused(person, app.code(), keys=(b"x" * 32,)), FactorLocked)


async def test_a_second_app_and_a_token_are_refused_and_removal_needs_both_factors(person: Actor) -> None:
    app = await authenticator(person, at=AT)
    async with tenant_transaction(person):
        with pytest.raises(TotpEnrolledAlready):
            await enrol_totp(person, password=PASSWORD, keys=FACTOR_KEYS)
        with pytest.raises(TotpEnrolledAlready):
            await confirm_totp(person, code="000000", keys=FACTOR_KEYS)
        with pytest.raises(SessionNeeded):
            await check_totp(replace(person, channel="token"), code="000000", keys=FACTOR_KEYS)
    with clock.clock_at(AT + timedelta(minutes=5)):
        async with tenant_transaction(person):
            with pytest.raises(PasswordWrong):
                await remove_totp(person, password="wrong password", code=app.code(), keys=FACTOR_KEYS)
            await remove_totp(person, password=PASSWORD, code=app.code(), keys=FACTOR_KEYS)
    assert not await has_totp(person)
