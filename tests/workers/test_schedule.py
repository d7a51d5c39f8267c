"""Timers: due work is queued once in every company, and one process alone runs them (C67, N5)."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import asyncpg
import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at, now
from plumb_platform.database import Database, execute, fetch, platform_transaction, tenant_transaction
from plumb_platform.queue.idempotency import save_answer
from plumb_platform.queue.worker_side import Work, work_on
from plumb_platform.settings import Settings
from plumb_tenants.snapshots.service import take_snapshot
from plumb_workers import retention_jobs, snapshots_jobs
from plumb_workers.schedule import LOCK, TIMERS, Timer, Timers, in_each, overdue_snapshots
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.letters_made import make_office
from support.retention_made import left, publish_rules

DECEMBER = datetime(2027, 11, 30, 16, 0, tzinfo=UTC)


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


def timers(name: str) -> Timers:
    """Return the one timer of a name, anew, so that it does not wait; all of them would go through every company of the suite."""
    return Timers(tuple(each for each in TIMERS if each.name == name))


async def jobs(company: CompanyFixture, topic: str) -> list[dict[str, object]]:
    async with tenant_transaction(company.system):
        return await fetch("select id, dedupe_key, payload from outbox where topic = $1", topic)


async def test_nothing_runs_while_another_process_holds_the_timers(company: CompanyFixture) -> None:
    ran: list[str] = []

    async def run(_: asyncpg.Connection) -> None:
        ran.append("ran")

    timers = Timers((Timer("test", timedelta(0), run),))
    async with platform_transaction() as other:
        assert await other.fetchval("select pg_try_advisory_xact_lock($1)", LOCK)
        await timers.beat()
        assert ran == []
    await timers.beat()
    assert ran == ["ran"]


async def test_a_timer_waits_for_its_interval(company: CompanyFixture) -> None:
    ran: list[datetime] = []

    async def run(_: asyncpg.Connection) -> None:
        ran.append(DECEMBER)

    timers = Timers((Timer("test", timedelta(minutes=5), run),))
    for seconds in (0, 299, 300, 301):
        with clock_at(DECEMBER + timedelta(seconds=seconds)):
            await timers.beat()
    assert len(ran) == 2


async def test_what_fails_in_one_company_holds_up_no_other_and_no_other_timer(
    company: CompanyFixture, caplog: pytest.LogCaptureFixture
) -> None:
    other = await make_company()
    served: list[UUID] = []

    async def work(actor: Actor) -> None:
        if actor.tenant_id == company.tenant_id:
            await fetch("select 1 / 0")
        served.append(actor.tenant_id)

    async def broken(connection: asyncpg.Connection) -> None:
        await connection.execute("select 1 / 0")

    both = f"select id as tenant_id from unnest(array['{company.tenant_id}', '{other.tenant_id}']::uuid[]) as id"
    await Timers((Timer("broken", timedelta(0), broken), Timer("each", timedelta(0), in_each(both, work)))).beat()
    assert served == [other.tenant_id]
    assert [each.message for each in caplog.records] == ["a timer failed", "a timer failed in a company"]


async def test_the_month_is_queued_once_and_its_job_takes_the_snapshot(company: CompanyFixture, settings: Settings) -> None:
    with clock_at(DECEMBER - timedelta(seconds=1)):
        async with tenant_transaction(company.system):
            await execute("update company set created_at = '2027-11-15'")
        await timers("snapshots.monthly").beat()
        assert await jobs(company, "snapshots.take") == []
    with clock_at(DECEMBER):
        await timers("snapshots.monthly").beat()
        await timers("snapshots.monthly").beat()
        (job,) = await jobs(company, "snapshots.take")
        assert job["dedupe_key"] == "2027-12"

        async def run(actor, payload):  # type: ignore[no-untyped-def]  # the job's own types are checked where it stands
            return await snapshots_jobs.take_monthly(actor, payload, None)  # type: ignore[arg-type]  # it uses no tools

        await work_on(company.tenant_id, job["id"], lambda _: Work(run=run, timeout=120))  # type: ignore[arg-type]  # raw rows
        async with tenant_transaction(company.system):
            rows = await fetch("select kind, period, number from snapshot")
        assert rows == [{"kind": "MONTHLY", "period": "2027-12", "number": 1}]
        await timers("snapshots.monthly").beat()
        assert len(await jobs(company, "snapshots.take")) == 1


async def test_a_monthly_snapshot_that_failed_is_tried_again_after_a_day_and_missed_aloud_after_the_fifth(
    company: CompanyFixture, caplog: pytest.LogCaptureFixture
) -> None:
    async with tenant_transaction(company.system):
        await execute("update company set created_at = '2027-11-15'")
    with clock_at(DECEMBER):
        await timers("snapshots.monthly").beat()
        async with tenant_transaction(company.system):
            await execute("update outbox set failed_at = $1, error_code = 'JOB_GIVEN_UP'", DECEMBER)
    for days, failed in ((timedelta(hours=23), 1), (timedelta(days=1), 0)):
        with clock_at(DECEMBER + days):
            await timers("snapshots.monthly").beat()
        async with tenant_transaction(company.system):
            assert await fetch("select count(*)::int as n from outbox where failed_at is not null") == [{"n": failed}]
    assert "monthly snapshot is overdue" not in caplog.messages
    with clock_at(DECEMBER + timedelta(days=5)):
        await timers("snapshots.monthly").beat()
    mine = [each for each in caplog.records if vars(each).get("tenant_id") == str(company.tenant_id)]
    assert [each.message for each in mine] == ["monthly snapshot is overdue"]


async def test_a_month_late_after_day_five_is_told_once_to_whoever_may_take_snapshots(company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    chief = await add_person(company, "1", "人事总监", unit=unit, roles=("hr",))
    await add_person(company, "2", "员工", unit=unit)
    async with tenant_transaction(company.system):
        await execute("update company set created_at = '2027-11-15'")
    last_second = DECEMBER + timedelta(days=5) - timedelta(seconds=1)
    with clock_at(last_second):
        await timers("snapshots.monthly").beat()
        assert await overdue_snapshots() == 0
    assert await messages(company) == []
    with clock_at(last_second + timedelta(seconds=1)):
        for _ in range(2):
            await timers("snapshots.monthly").beat()
        late = await overdue_snapshots()
        async with tenant_transaction(company.system):
            await take_snapshot(company.system, kind="MONTHLY", period="2027-12")
        assert await overdue_snapshots() == late - 1
    text = "2027-12 的月度快照在 5 日 23:59:59 前未能完成，系统仍在每日重试，请检查后台任务。"
    # HR and the administrator of the company are no employees of it.
    told = [(chief.person_id, None), (None, company.hr.membership_id), (None, company.admin.membership_id)]
    assert sorted(await messages(company), key=str) == sorted([(*who, "snapshot.overdue", text) for who in told], key=str)


async def messages(company: CompanyFixture) -> list[tuple[object, ...]]:
    async with tenant_transaction(company.system):
        return [tuple(row.values()) for row in await fetch("select person_id, membership_id, kind, zh from message")]


async def test_what_is_due_is_started_in_the_companys_own_night_and_once(company: CompanyFixture) -> None:
    unit = await add_unit(company, "HN", "华南")
    gone = await add_person(company, "1", "离职员工", unit=unit)
    await left(company, gone, date(2020, 6, 30))
    await publish_rules(company.admin, ("PERSON", "PSEUDONYMISE", 24))
    midnight = now().replace(hour=16, minute=0, second=0, microsecond=0)  # in Shanghai
    for minutes, runs in ((59, 0), (60, 1), (90, 1), (299, 1)):
        with clock_at(midnight + timedelta(minutes=minutes)):
            await timers("retention.destroy").beat()
        assert len(await jobs(company, "retention.run")) == runs
    async with tenant_transaction(company.system):
        await execute("update outbox set failed_at = now(), error_code = 'JOB_GIVEN_UP' where topic = 'retention.run'")
    with clock_at(midnight + timedelta(minutes=300)):
        await timers("retention.destroy").beat()
    async with tenant_transaction(company.system):
        assert await fetch("select failed_at from outbox where topic = 'retention.run'") != [{"failed_at": None}]
    with clock_at(midnight + timedelta(minutes=1500)):
        await timers("retention.destroy").beat()
    async with tenant_transaction(company.system):
        assert await fetch("select failed_at from outbox where topic = 'retention.run'") == [{"failed_at": None}]
        assert await fetch("select state from retention_run") == [{"state": "CONFIRMED"}]
    (job,) = await jobs(company, "retention.run")

    async def run(actor, payload):  # type: ignore[no-untyped-def]  # as above
        tools = SimpleNamespace(seal=SimpleNamespace(storage=None, vault=None))
        return await retention_jobs.step(actor, payload, tools)  # type: ignore[arg-type]  # rows of people have no files

    await work_on(company.tenant_id, job["id"], lambda _: Work(run=run, timeout=120))  # type: ignore[arg-type]  # raw rows
    async with tenant_transaction(company.system):
        assert await fetch("select name like '已匿名%' as gone from person where erased_at is not null") == [{"gone": True}]
    assert len(await jobs(company, "retention.run")) == 2


async def test_answers_to_repeated_changes_are_forgotten_after_48_hours(company: CompanyFixture) -> None:
    begun = now()
    async with tenant_transaction(company.admin):
        for key, age in (("old", timedelta(hours=48, seconds=1)), ("young", timedelta(hours=47))):
            with clock_at(begun - age):
                await save_answer(company.admin, key=key, request_hash="0" * 64, rights="", answer={})
    with clock_at(begun):
        await timers("answers.forget").beat()
    async with tenant_transaction(company.admin):
        assert await fetch("select key from idempotent_answer") == [{"key": "young"}]


async def test_a_signed_letter_whose_job_was_lost_gets_another_one(database: Database) -> None:
    office = await make_office()
    letter = await office.signed()
    async with tenant_transaction(office.company.system):
        await execute("update outbox set topic = 'tests.elsewhere'")
    await timers("letters.requeue").beat()
    (job,) = await jobs(office.company, "letters.seal")
    assert job["dedupe_key"] == str(letter.id)
