"""Anchors that could not be made, and files of anchors that got lost: made later by themselves, and told by the proof (N6)."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.queue.worker_side import work_on
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from plumb_schema.ground.ids import encode_id
from plumb_tenants.company.service import renew_signing_key
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.letters.service import SealTools
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.service import take_snapshot
from plumb_workers.jobs import Tools, work_with
from plumb_workers.schedule import TIMERS, Timers
from support.asking import Ask
from support.companies import VAULT, CompanyFixture
from support.timestamp_server import stamp_server

ANCHORS = "query ($id: ID!) { snapshot(id: $id) { anchors { serial } } }"
VERIFY = "query ($id: ID!) { verifySnapshot(id: $id) { valid fault link } }"
JOBS = "select id, error_code, done_at is not null as done from outbox where topic = 'snapshots.anchor' order by id"


@pytest.fixture
def worker(settings: Settings, renderer: Renderer, storage: Storage) -> Tools:
    return Tools(settings=settings, seal=SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url=""))


async def taken(company: CompanyFixture) -> Snapshot:
    async with tenant_transaction(company.hr):
        return await take_snapshot(company.hr)


async def work(company: CompanyFixture, worker: Tools) -> list[tuple[bool, Any]]:
    """Do the jobs that wait, as the worker does; return of each whether it is done, and its refusal."""
    async with tenant_transaction(company.system):
        waiting = [row["id"] for row in await fetch(JOBS) if not row["done"] and row["error_code"] is None]
    for job_id in waiting:
        await work_on(company.tenant_id, job_id, work_with(worker))
    async with tenant_transaction(company.system):
        return [(row["done"], row["error_code"]) for row in await fetch(JOBS)]


async def later(company: CompanyFixture, hours: int) -> None:
    """Let hours go by since jobs failed, and the timer come round."""
    async with tenant_transaction(company.system):
        await execute(
            "update outbox set failed_at = failed_at - $1::interval where failed_at is not null", timedelta(hours=hours)
        )
    await Timers(tuple(each for each in TIMERS if each.name == "snapshots.anchor")).beat()


@pytest.fixture
def ask(product_engine: Engine, ground: Ground, storage: Storage) -> Ask:
    return Ask(product_engine, replace(ground, storage=storage))


async def test_a_snapshot_taken_while_the_key_had_ended_is_anchored_once_it_is_renewed(
    company: CompanyFixture, worker: Tools, ask: Ask
) -> None:
    admin = company.admin
    async with tenant_transaction(company.system):
        (key,) = await fetch("update signing_key set not_after = now() - interval '1 hour' returning serial")
    first = await taken(company)
    assert await work(company, worker) == [(False, "ANCHOR_KEY_MISSING")]
    async with tenant_transaction(admin):
        await renew_signing_key(admin, serial=key["serial"], vault=VAULT)
    await later(company, hours=0)
    assert await work(company, worker) == [(False, "ANCHOR_KEY_MISSING")]
    await later(company, hours=2)
    assert await work(company, worker) == [(True, None)]
    answer = await ask(
        company.hr, "query ($id: ID!) { snapshot(id: $id) { anchors { serial } } }", id=encode_id("Snapshot", first.id)
    )
    assert len(answer["anchors"]) == 1
    assert answer["anchors"][0]["serial"] != key["serial"]


async def test_a_snapshot_whose_job_was_lost_or_whose_store_was_away_is_anchored_later(
    company: CompanyFixture, worker: Tools
) -> None:
    second = [await taken(company) for _ in range(2)][1]
    async with tenant_transaction(company.system):
        await execute("update outbox set failed_at = now(), error_code = 'STORAGE_UNAVAILABLE' where topic = 'snapshots.anchor'")
        await execute("update outbox set dedupe_key = 'lost' where dedupe_key = $1", str(second.id))
    await later(company, hours=2)
    said = await work(company, worker)
    assert sorted(said, key=str) == [(False, "STORAGE_UNAVAILABLE"), (True, None), (True, None)]
    await later(company, hours=2)
    assert await work(company, worker) == said


async def test_the_proof_tells_of_an_anchor_whose_file_is_gone(
    company: CompanyFixture, worker: Tools, ask: Ask, tmp_path: Path
) -> None:
    first, second = await taken(company), await taken(company)
    assert await work(company, worker) == [(True, None), (True, None)]
    for each in (first, second):
        assert await ask(company.hr, VERIFY, id=encode_id("Snapshot", each.id)) == {"valid": True, "fault": None, "link": None}
    async with tenant_transaction(company.system):
        (row,) = await fetch("select file_key from snapshot_anchor where snapshot_id = $1", second.id)
    (tmp_path / "files" / row["file_key"]).unlink()
    for each in (first, second):
        answer = await ask(company.hr, VERIFY, id=encode_id("Snapshot", each.id))
        assert answer == {"valid": False, "fault": "ANCHOR", "link": 2}


async def test_an_anchor_made_while_the_timestamp_server_was_away_gets_its_stamp_later(
    company: CompanyFixture, worker: Tools, ask: Ask, storage: Storage
) -> None:
    async with tenant_transaction(company.hr):
        rules = await create_definition(
            company.hr, kind="snapshot", key="default", name="快照规则", body={"timestamp_server": "default"}
        )
        await publish_version(company.hr, rules.id, version=1)
    snapshot = await taken(company)
    with stamp_server(made_at=now()) as tsa:
        worker.seal.timestamps, tsa.mood = tsa.servers, "away"
        assert await work(company, worker) == [(True, None)]
        await later(company, hours=0)
        assert await stamps(ask, company, snapshot) == [False]
        for mood, expected in (("away", [False]), ("lies", [False]), ("well", [False, True]), ("well", [False, True])):
            tsa.mood = mood
            async with tenant_transaction(company.system):
                await execute("update outbox set done_at = done_at - interval '2 hours'")
            await later(company, hours=0)
            assert await work(company, worker) == [(True, None)]
            assert await stamps(ask, company, snapshot) == expected
    async with tenant_transaction(company.system):
        rows = await fetch("select file_key, serial, audit_number from snapshot_anchor order by id")
    bare, stamped = [json.loads(await storage.get(row["file_key"])) for row in rows]
    assert bare | {"timestamp": stamped["timestamp"]} == stamped
    assert (bare["timestamp"], rows[0]["audit_number"], rows[0]["serial"]) == (None, rows[1]["audit_number"], rows[1]["serial"])
    verified = await ask(company.hr, VERIFY, id=encode_id("Snapshot", snapshot.id))
    assert verified == {"valid": True, "fault": None, "link": None}


async def stamps(ask: Ask, company: CompanyFixture, snapshot: Snapshot) -> list[bool]:
    """Return of each anchor of a snapshot whether it has a time stamp."""
    answer = await ask(
        company.hr, "query ($id: ID!) { snapshot(id: $id) { anchors { isTimestamped } } }", id=encode_id("Snapshot", snapshot.id)
    )
    return [each["isTimestamped"] for each in answer["anchors"]]
