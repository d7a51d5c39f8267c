"""Files that are stored again while equal bytes are destroyed, held in the middle, or asked for again: none is lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from plumb_platform.clock import clock_at, now
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import NotFound
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.storage import FileMissing, StorageUnavailable, open_storage
from plumb_platform.stored_files import store_file
from plumb_tenants.retention.models import RetentionRun
from plumb_tenants.retention.service import HoldScope, download_held, download_report, lift_hold
from plumb_tenants.snapshots.exporting import make_file, request_export
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.service import take_snapshot
from plumb_verify.files import Options, verify
from support.refusing_store import refusing
from support.retention_made import Ended, hold, publish_rules


async def test_bytes_that_somebody_stores_again_meanwhile_stay(ended: Ended) -> None:
    company, key = ended.office.company, ended.letter.file_key
    assert key
    content = await ended.storage.get(key)
    await publish_rules(company.admin, ("LETTER", "SHRED", 24))
    run_id = await ended.start()
    assert run_id is not None
    await ended.step(run_id)
    stored = asyncio.Event()

    async def destroy() -> None:
        await stored.wait()
        await ended.step(run_id)

    # Begun here, it is in no transaction of ours.
    destroying = asyncio.create_task(destroy())
    async with tenant_transaction(company.system):
        assert await store_file(ended.storage, company.tenant_id, "letters", content) == key
        stored.set()
        # Whoever destroys waits for this transaction; half a second is more than a step takes that does not.
        await asyncio.wait([destroying], timeout=0.5)
        assert not destroying.done()
        await RetentionRun.create(kind="DUE", state="DONE", said={}, report_key=key)
    await destroying
    await ended.to_the_end(run_id)
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from retention_item where outcome = 'SHARED'") == 1
    assert await ended.storage.get(key) == content


async def test_a_hold_between_two_steps_saves_the_file_until_it_is_lifted(ended: Ended) -> None:
    company, key = ended.office.company, ended.letter.file_key
    assert key
    await publish_rules(company.admin, ("LETTER", "SHRED", 24))
    first = await ended.start()
    assert first is not None
    await ended.step(first)
    held = await hold(company.admin, HoldScope.CYCLE, ended.office.cycle)
    run = await ended.to_the_end(first)
    assert sha256_hex(await ended.storage.get(key)) == ended.letter.file_sha256
    assert await counted(ended, run) == {"rows": 1, "files": 0, "bytes": 0, "shared": 0, "held": 1}
    assert await ended.start() is None
    digest = ended.letter.file_sha256 or ""
    async with tenant_transaction(company.admin):
        assert await download_held(company.admin, digest, ended.storage) == (await ended.storage.get(key), "pdf")
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.held_download'") == 1
        await lift_hold(company.admin, hold_id=held, version=1, reason="结案")
    later = await ended.start()
    assert later not in (None, first)
    assert later is not None
    # Placed again before the file goes, it saves it again.
    await ended.step(later)
    again = await hold(company.admin, HoldScope.LETTER, ended.letter.id)
    run = await ended.to_the_end(later)
    assert await counted(ended, run) == {"rows": 0, "files": 0, "bytes": 0, "shared": 0, "held": 1}
    async with tenant_transaction(company.admin):
        await lift_hold(company.admin, hold_id=again, version=1, reason="结案")
    last = await ended.start()
    assert last is not None
    run = await ended.to_the_end(last)
    size = ended.letter.file_size
    assert await counted(ended, run) == {"rows": 0, "files": 1, "bytes": size, "shared": 0, "held": 0}
    with pytest.raises(FileMissing):
        await ended.storage.get(key)
    async with tenant_transaction(company.admin):
        with pytest.raises(NotFound):
            await download_held(company.admin, digest, ended.storage)
    assert await ended.start() is None


async def test_a_file_that_the_store_refuses_to_destroy_stays_pending_until_it_can(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company, key = ended.office.company, ended.letter.file_key
    assert key
    await publish_rules(company.admin, ("LETTER", "SHRED", 24))
    run_id = await ended.start()
    assert run_id is not None
    await ended.step(run_id)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "plumb")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    async with refusing(503) as (address, _):
        monkeypatch.setenv("AWS_ENDPOINT", address)
        away = replace(ended, storage=open_storage("s3://plumb-letters/files", home=tmp_path))
        with pytest.raises(StorageUnavailable):
            await away.step(run_id)
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from retention_item where outcome = 'PENDING' and destroyed_at is null") == 1
        assert await fetch_value("select state from retention_run where id = $1", run_id) == "CONFIRMED"
    run = await ended.to_the_end(run_id)
    assert (await counted(ended, run))["files"] == 1


async def counted(ended: Ended, run: RetentionRun) -> dict[str, int]:
    """Return what a report that holds counts of letters."""
    async with tenant_transaction(ended.office.company.admin):
        content, _ = await download_report(ended.office.company.admin, run.id, ended.storage)
    counts: dict[str, int] = verify(content, Options())["counts"]["LETTER"]
    return counts


async def test_a_file_of_a_snapshot_is_made_again_to_the_byte_when_it_is_asked_for_again(
    ended: Ended, renderer: Renderer
) -> None:
    hr, system = ended.office.company.hr, ended.office.company.system
    await publish_rules(ended.office.company.admin, ("SNAPSHOT_FILE", "SHRED", 1))
    async with tenant_transaction(hr):
        snapshot = (await take_snapshot(hr, kind="ON_DEMAND")).id

    async def exported() -> tuple[UUID, str]:
        async with tenant_transaction(hr):
            job = await request_export(hr, snapshot, form=SnapshotFormat.JSON, locale="zh-CN")
        async with tenant_transaction(system):
            assert await fetch_value("select done_at is null from outbox where id = $1", job)
            file = await make_file(
                system, snapshot, form=SnapshotFormat.JSON, locale="zh-CN", storage=ended.storage, renderer=renderer
            )
            await execute("update outbox set done_at = now() where id = $1", job)
        return job, file.sha256

    first = await exported()
    async with tenant_transaction(hr):
        assert await request_export(hr, snapshot, form=SnapshotFormat.JSON, locale="zh-CN") == first[0]
        assert await fetch_value("select done_at is not null from outbox where id = $1", first[0])
    with clock_at(now() + timedelta(days=70)):
        run_id = await ended.start()
        assert run_id is not None
        await ended.to_the_end(run_id)
        assert await exported() == first
