"""The machine's clock jumps by an hour, a day, over the ends of months and of summer time: nothing twice, nothing lost (N5)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import Unauthenticated
from plumb_platform.identity.service import authenticate
from plumb_platform.identity.tokens import create_token
from plumb_platform.queue.idempotency import forget_old_answers
from plumb_platform.queue.worker_side import work_on
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.context import Context, Ground
from plumb_schema.ground.engine import Engine, Operation
from plumb_tenants.letters.service import SealTools
from plumb_tenants.snapshots.proof import verify_snapshot
from plumb_workers.jobs import Tools, work_with
from plumb_workers.schedule import TIMERS, Timers
from support.companies import VAULT, CompanyFixture, make_company
from support.filled_company import new_session

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = (HOUR, -HOUR, DAY, -DAY)
NEW_YORK = ZoneInfo("America/New_York")
CYCLE = """mutation ($input: CreateCycleInput!) { createCycle(input: $input) {
  __typename ... on Cycle { code } ... on Problem { code } } }"""
YEAR = {"code": "2027", "name": "2027 年度", "startsOn": "2027-01-01", "endsOn": "2027-12-31"}


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


@pytest.fixture
def tools(renderer: Renderer, tmp_path: Path) -> SealTools:
    return SealTools(renderer=renderer, storage=open_storage("", home=tmp_path), vault=VAULT, public_url="")


async def lets_in(credential: str, kind: str, at: datetime) -> bool:
    """Return whether a credential proves somebody at a moment."""
    with clock_at(at):
        try:
            await authenticate(credential, kind=kind)  # type: ignore[arg-type]  # one of its two words
        except Unauthenticated:
            return False
    return True


@pytest.mark.parametrize(
    "opened_at",
    [
        datetime(2026, 12, 31, 23, 30, tzinfo=NEW_YORK),
        datetime(2027, 2, 28, 23, 30, tzinfo=NEW_YORK),
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK),
        datetime(2027, 3, 14, 1, 30, tzinfo=NEW_YORK),
    ],
    ids=["year", "month", "summer ends", "summer begins"],
)
async def test_sessions_and_tokens_last_as_long_as_they_are_for_whatever_the_calendar_does(
    company: CompanyFixture, opened_at: datetime
) -> None:
    start = opened_at.astimezone(UTC)
    with clock_at(start):
        session = await new_session(company.admin)
        async with tenant_transaction(company.admin):
            token = (await create_token(company.admin, name="报表", scopes=["goal:read"], days=1)).credential
    for credential, kind, lasts in ((session, "session", HOUR), (token, "token", DAY)):
        last = start + lasts - timedelta(seconds=1)
        assert [await lets_in(credential, kind, at) for at in (start, last, start + lasts)] == [True, True, False]
        # A clock that was set back gives what had ended for no longer than it was set back by.
        assert [await lets_in(credential, kind, at) for at in (start - DAY, last, start + lasts)] == [True, True, False]


async def test_a_change_repeated_under_its_key_is_made_once_however_the_clock_jumps_between(
    company: CompanyFixture, product_engine: Engine, ground: Ground
) -> None:
    told, at = [], now()
    for jump in (timedelta(0), *JUMPS):
        with clock_at(at + jump):
            async with tenant_transaction(company.system):
                await forget_old_answers()
            context = Context(ground=ground, actor=company.hr, request_id="r", locale="en", idempotency_key="k")
            answer = await product_engine.answer(Operation(CYCLE, {"input": YEAR}), context)
            told.append(answer.body["data"]["createCycle"])
    assert told == [{"__typename": "Cycle", "code": "2027"}] * (1 + len(JUMPS))
    async with tenant_transaction(company.hr):
        assert await fetch_value("select count(*) from cycle") == 1


async def snapshots(company: CompanyFixture, settings: Settings, tools: SealTools, at: datetime) -> list[str]:
    """Let timer and worker do what is due at a moment by the machine's clock; return the months that stand."""
    work = work_with(Tools(settings=settings, seal=tools))
    with clock_at(at):
        await Timers(tuple(each for each in TIMERS if each.name == "snapshots.monthly")).beat()
        async with tenant_transaction(company.system):
            open_ones = await fetch("select id from outbox where topic = 'snapshots.take' and done_at is null")
        for row in open_ones:
            await work_on(company.tenant_id, row["id"], work)
        async with tenant_transaction(company.system):
            return [row["period"] for row in await fetch("select period from snapshot order by number")]


async def test_a_month_has_one_snapshot_by_its_fifth_however_the_clock_jumps(
    company: CompanyFixture, settings: Settings, tools: SealTools
) -> None:
    async with tenant_transaction(company.system):
        await execute("update company set created_at = '2027-09-15', time_zone = 'America/New_York'")
    expected: list[str] = []
    for year, month in ((2027, 10), (2027, 11), (2027, 12), (2028, 1), (2028, 2), (2028, 3)):
        first = datetime(year, month, 1, tzinfo=NEW_YORK).astimezone(UTC)
        # An hour before its first day it owes nothing; by a clock a day ahead the month has begun, and begins once.
        assert await snapshots(company, settings, tools, first - HOUR) == expected
        expected.append(f"{year}-{month:02}")
        for jump in (DAY - HOUR, -HOUR, timedelta(0), -DAY, HOUR, 5 * DAY):
            assert await snapshots(company, settings, tools, first + jump) == expected
    async with tenant_transaction(company.hr):
        for row in await fetch("select id from snapshot"):
            assert (await verify_snapshot(company.hr, row["id"])).valid
