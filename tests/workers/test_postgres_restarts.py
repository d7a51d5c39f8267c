"""PostgreSQL restarted under letters, an import, snapshots and a run through all levels: each whole, exactly once (N5).

Immediately is as a crash: what was not committed is gone. `make chaos` does it with more letters.
"""

import asyncio
import os

import pytest

from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.queue.service import enqueue
from plumb_platform.settings import Settings
from plumb_tenants.decomposition.service import start_run
from plumb_tenants.people.service import import_people
from plumb_tenants.snapshots.proof import verify_snapshot
from plumb_tenants.snapshots.service import SNAPSHOT_TOPIC
from support.background import Background
from support.companies import CompanyFixture, make_company
from support.country import TOTAL, Country, make_country
from support.many_letters import assert_each_sealed_once, drained, issue_all, office_with_people, sealed, sign_all
from support.patience import until_told
from support.restarting import FAST, IMMEDIATE, restart_postgres

LETTERS = int(os.environ.get("PLUMB_CHAOS_LETTERS", "60")) // 5
RESTARTS = (IMMEDIATE, FAST)
PEOPLE = 500
SECONDS = 90 + LETTERS
FILE = "\n".join(["工号,姓名,部门编码,部门", *(f"{n:05},员工{n},GD,广东" for n in range(PEOPLE))]).encode()


async def imported(company: CompanyFixture) -> None:
    """Import the people again and again, so that a restart finds an import under way; each is whole or nothing."""
    async with tenant_transaction(company.hr):
        await import_people(company.hr, content=FILE, dry_run=False)
        await asyncio.sleep(1)


async def restarted(worker: str, company: CompanyFixture) -> int:
    """Restart the server in every way, each time in the middle of an import; return how many imports were told an outage."""
    outages = 0
    for how in RESTARTS:
        importing = asyncio.create_task(until_told(lambda: imported(company), SECONDS))
        await asyncio.sleep(0.7)
        await asyncio.to_thread(restart_postgres, worker, how)
        outages += await importing
    return outages


async def done(company: CompanyFixture) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            async with tenant_transaction(company.system):
                if not await fetch_value("select count(*) from outbox where done_at is null"):
                    return
            await asyncio.sleep(0.25)


async def assert_split_once(country: Country, run_id: object) -> None:
    async with tenant_transaction(country.south.company.hr):
        nodes = await fetch(
            "select p.depth, n.value from plan_node n join plan p on p.id = n.plan_id where p.run_id = $1", run_id
        )
    assert len(nodes) == 9
    assert sum(each["value"] for each in nodes if each["depth"] == 0) == TOTAL


async def assert_snapshot_holds(company: CompanyFixture) -> None:
    async with tenant_transaction(company.hr):
        taken = await fetch("select id from snapshot")
        assert len(taken) == 1
        assert (await verify_snapshot(company.hr, taken[0]["id"])).valid


@pytest.mark.timeout(4 * SECONDS)
async def test_postgres_may_restart_under_everything(
    database: Database, settings: Settings, background: Background, worker_id: str
) -> None:
    worker = os.environ.get("PLUMB_TEST_NAME", "") + worker_id
    office, people = await office_with_people(settings, LETTERS)
    country, hiring = await make_country(), await make_company()
    split = country.south.company
    await sign_all(office, people, await issue_all(office, LETTERS))
    async with tenant_transaction(split.hr):
        run = await start_run(split.hr, country.request())
    async with tenant_transaction(office.company.system):
        await enqueue(office.company.system, SNAPSHOT_TOPIC, {"period": "2026-11"})
    for name in ("valkey", "worker1", "worker2", "relay"):
        background.start(name)
    while not await sealed(office):  # noqa: ASYNC110 - the workers are other processes
        await asyncio.sleep(0.1)
    assert await restarted(worker, hiring) >= len(RESTARTS)
    await drained(office, LETTERS, SECONDS)
    await done(office.company)
    await done(split)
    await assert_each_sealed_once(office, LETTERS, background.folder / "files")
    await assert_split_once(country, run.id)
    await assert_snapshot_holds(office.company)
    async with tenant_transaction(hiring.system):
        assert await fetch_value("select count(*) from person") == PEOPLE
