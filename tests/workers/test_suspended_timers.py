"""Timers of a suspended company: nobody is held to a deadline while nobody is let in, and what was signed is sealed."""

from datetime import timedelta

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_tenants.company.suspending import resume_company, suspend_company
from plumb_tenants.letters.signing import SEAL_TOPIC
from plumb_workers.schedule import TIMERS, Timers
from support.letters_made import Office, add_rules, make_office

OVER = timedelta(days=11)
FAILED = "failed_at = clock_timestamp() - interval '2 hours', error_code = 'STORAGE_UNAVAILABLE'"


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def beat(name: str, *, later: timedelta = timedelta(0)) -> None:
    with clock_at(now() + later):
        await Timers(tuple(each for each in TIMERS if each.name == name)).beat()


async def asked(office: Office, statement: str) -> object:
    async with tenant_transaction(office.company.system):
        return await fetch_value(statement)


async def test_a_letter_does_not_expire_while_nobody_can_sign_it(office: Office) -> None:
    await add_rules(office.company, expires_after_days=10)
    await office.issued()
    key = str(await asked(office, "select key from company"))
    await suspend_company(key=key, reason="欠费")
    await beat("letters.remind", later=OVER)
    assert await asked(office, "select state from letter") == "ISSUED"
    await resume_company(key=key, reason="已付清")
    await beat("letters.remind", later=OVER)
    assert await asked(office, "select state from letter") == "EXPIRED"


async def test_a_letter_that_was_signed_is_queued_for_its_seal_all_the_same(office: Office) -> None:
    await office.signed()
    async with tenant_transaction(office.company.system):
        await execute(f"update outbox set {FAILED} where topic = $1", SEAL_TOPIC)
    await suspend_company(key=str(await asked(office, "select key from company")), reason="欠费")
    await beat("letters.requeue")
    assert await asked(office, f"select failed_at from outbox where topic = '{SEAL_TOPIC}'") is None
