"""On which days reminders of letters go out: over the holidays of October, its worked Saturday, and another time zone (A24)."""

from datetime import UTC, datetime, timedelta

import pytest

from plumb_platform import clock
from plumb_platform.database import execute, tenant_transaction
from plumb_tenants.letters.service import remind_signers
from support.letters_made import Office, add_rules

MONDAY = datetime(2026, 9, 28, 1, tzinfo=UTC)
"""Nine o'clock in Shanghai; 1 to 7 October are a holiday, Saturday 10 October is worked."""
EVENING = datetime(2031, 3, 5, 1, tzinfo=UTC)
"""Tuesday 4 March, eight in the evening in New York, whose clocks go forward on Sunday 9."""


async def asked_at(office: Office, moment: datetime) -> None:
    """Issue the office's letter, and let its first signer have been asked at a moment."""
    letter = await office.issued()
    async with tenant_transaction(office.company.system):
        await execute("update letter_signer set asked_at = $2 where letter_id = $1 and state = 'ASKED'", letter.id, moment)


async def sent(office: Office, first: datetime, hours: range) -> list[int]:
    """Run the timer at some hours after a moment, and return after how many a reminder went out."""
    found, system = [], office.company.system
    for after in hours:
        with clock.clock_at(first + timedelta(hours=after)):
            async with tenant_transaction(system):
                found += [after] * await remind_signers(system)
    return found


@pytest.mark.parametrize(
    ("counting", "days"),
    [("CALENDAR_DAYS", [10, 12, 14, 16, 18]), ("WORKING_DAYS", [12, 15, 17, 21, 23])],
)
async def test_holidays_are_passed_over_and_a_worked_saturday_is_not(office: Office, counting: str, days: list[int]) -> None:
    with clock.clock_at(MONDAY - timedelta(days=7)):
        await add_rules(office.company, counting=counting)
    await asked_at(office, MONDAY)
    assert await sent(office, MONDAY, range(0, 45 * 24, 12)) == [day * 24 for day in days]


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 5 * 24 + 3), ("Asia/Shanghai", 4 * 24 + 15)])
async def test_a_day_begins_where_the_company_is(office: Office, zone: str, hour: int) -> None:
    """The fifth day in New York is a Sunday, so that Monday's midnight there counts: 04:00 by UTC, for summer has begun."""
    await asked_at(office, EVENING)
    async with tenant_transaction(office.company.system):
        await execute("update company set time_zone = $1", zone)
    assert (await sent(office, EVENING, range(3 * 24, 7 * 24)))[0] == hour
