"""A month is locked at the company's own midnight: in Shanghai, in Los Angeles, and where the clocks go back or forward (A13)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.team import Team

LOCK = """mutation ($input: LockGoalsInput!) { it: lockGoals(input: $input) {
  ... on Problem { code field } ... on GoalLock { id } } }"""
SAY = """mutation ($input: CheckInInput!) { it: checkIn(input: $input) {
  ... on Problem { code field message } ... on CheckIn { value asOf } } }"""
MONTHS = "query ($id: ID!) { it: goalMonths(goalId: $id) { month actual } }"
MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)


@dataclass
class Night:
    """A team of a zone whose progress is locked from one of its own midnights to another."""

    team: Team
    ask: Ask
    starts: datetime
    ends: datetime

    async def says(self, at: datetime, value: str, **more: Any) -> Any:
        """Check in as the owner at a moment."""
        given = {"goalId": encode_id("Goal", self.team.goal), "value": value} | more
        return await replace(self.ask, at=at)(self.team.owner, SAY, input=given)

    async def months(self, at: datetime) -> dict[str, str]:
        """Return what came about in each month that is known."""
        asked = replace(self.ask, at=at)
        found = await asked(self.team.company.hr, MONTHS, id=encode_id("Goal", self.team.goal))
        return {each["month"]: each["actual"] for each in found if each["actual"] is not None}


@pytest.fixture
def night_of(team: Team, ask: Ask) -> Callable[..., Awaitable[Night]]:
    """Return what puts the company into a zone, and locks from the beginning of one of its days to that of another."""
    return partial(make_night, team, ask)


async def make_night(team: Team, ask: Ask, zone: str, first: str, last: str) -> Night:
    async with tenant_transaction(team.company.system):
        await execute("update company set time_zone = $1", zone)
    starts, ends = (datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in (first, last))
    given = {"cycleId": encode_id("Cycle", team.cycle), "covers": "PROGRESS", "reason": "月结"}
    given |= {"startsAt": starts.isoformat(), "endsAt": ends.isoformat()}
    made = await replace(ask, at=starts - timedelta(days=9))(team.company.hr, LOCK, input=given)
    assert made.keys() == {"id"}, made
    return Night(team, ask, starts, ends)


@pytest.mark.parametrize(
    ("zone", "days", "starts", "hours"),
    [
        ("Asia/Shanghai", ("2026-11-01", "2026-11-04"), "2026-10-31T16:00:00+00:00", 72),
        # The clocks go back within the lock: its three days have an hour more.
        ("America/Los_Angeles", ("2026-11-01", "2026-11-04"), "2026-11-01T07:00:00+00:00", 73),
        # And forward: an hour less.
        ("America/Los_Angeles", ("2026-03-08", "2026-03-11"), "2026-03-08T08:00:00+00:00", 71),
        # Where they go forward at midnight itself, the day begins at one.
        ("America/Santiago", ("2026-09-06", "2026-09-09"), "2026-09-06T04:00:00+00:00", 71),
    ],
)
async def test_both_sides_of_the_first_and_the_last_midnight(
    night_of: Callable[..., Awaitable[Night]], zone: str, days: tuple[str, str], starts: str, hours: int
) -> None:
    night = await night_of(zone, *days)
    assert (night.starts.isoformat(), night.ends - night.starts) == (starts, timedelta(hours=hours))
    before = (night.starts - MINUTE).astimezone(ZoneInfo(zone)).date().isoformat()
    assert await night.says(night.starts - MINUTE, "100.00") == {"value": "100.00", "asOf": before}
    for at in (night.starts, night.ends - MINUTE):
        refused = await night.says(at, "200.00")
        assert refused["code"] == "GOALS_LOCKED"
        assert f"until {days[1]} 00:00" in refused["message"]
    assert await night.says(night.ends, "300.00") == {"value": "300.00", "asOf": days[1]}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
async def test_a_check_in_of_the_month_that_ended_is_its_own_until_the_lock_comes_and_after_it_goes(
    night_of: Callable[..., Awaitable[Night]], zone: str
) -> None:
    """What is said of October on its last evening counts in October; said in the lock, nowhere; said after it, in October."""
    night = await night_of(zone, "2026-11-01", "2026-11-04")
    assert (await night.says(night.starts - MINUTE, "100.00"))["asOf"] == "2026-10-31"
    for at in (night.starts - TICK, night.starts):
        # What was sent a microsecond before midnight arrives behind it: the moment at which its goal is found counts.
        assert (await night.says(at, "150.00", asOf="2026-10-31"))["code"] == "GOALS_LOCKED"
    assert await night.months(night.ends) == {"2026-10-01": "100.00"}
    assert await night.says(night.ends, "160.00", asOf="2026-10-31") == {"value": "160.00", "asOf": "2026-10-31"}
    assert (await night.says(night.ends, "175.50"))["asOf"] == "2026-11-04"
    assert await night.months(night.ends) == {"2026-10-01": "160.00", "2026-11-01": "15.50"}


async def test_a_day_that_has_begun_elsewhere_alone_has_not_come(night_of: Callable[..., Awaitable[Night]]) -> None:
    """At 15:59:59 UTC of 31 October it is October in Shanghai too; a second later November has begun there."""
    night = await night_of("Asia/Shanghai", "2026-12-01", "2026-12-02")
    midnight = datetime(2026, 10, 31, 16, tzinfo=UTC)
    early = await night.says(midnight - TICK, "1.00", asOf="2026-11-01")
    assert (early["code"], early["field"]) == ("CHECK_IN_DAY_INVALID", "asOf")
    assert await night.says(midnight, "1.00", asOf="2026-11-01") == {"value": "1.00", "asOf": "2026-11-01"}
