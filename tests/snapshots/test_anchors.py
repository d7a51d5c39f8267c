"""Anchors of snapshots outside of the database: what a superuser rewrites as a whole is found by them (N6)."""

import hashlib
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from asn1crypto import cms

from plumb_platform.clock import now
from plumb_platform.database import fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.documents.anchors import AnchorBroken, read_anchor
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_tenants.company.service import add_signing_key
from plumb_tenants.definitions.service import create_definition, publish_version
from plumb_tenants.snapshots.anchoring import anchor_snapshot
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.proof import SnapshotReport, verify_snapshot
from plumb_tenants.snapshots.service import take_snapshot
from support.companies import VAULT, CompanyFixture, make_company
from support.timestamp_server import stamp_server


@pytest.fixture
async def superuser(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Open the database as a superuser who switched all triggers off."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


async def anchored(company: CompanyFixture, storage: Storage) -> Snapshot:
    async with tenant_transaction(company.hr):
        taken = await take_snapshot(company.hr)
    async with tenant_transaction(company.system):
        await anchor_snapshot(company.system, taken.id, storage=storage, vault=VAULT)
    return taken


async def verified(company: CompanyFixture, taken: Snapshot, storage: Storage) -> SnapshotReport:
    async with tenant_transaction(company.hr):
        return await verify_snapshot(company.hr, taken.id, storage=storage)


async def file_of(company: CompanyFixture, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    (path,) = sorted((tmp_path / "files" / str(company.tenant_id) / "anchors").iterdir())
    return path, json.loads(path.read_bytes())


async def test_an_anchor_is_made_once_and_names_both_chains(company: CompanyFixture, storage: Storage, tmp_path: Path) -> None:
    taken = await anchored(company, storage)
    async with tenant_transaction(company.system):
        again = await anchor_snapshot(company.system, taken.id, storage=storage, vault=VAULT)
        number = await fetch_value("select number from audit_entry where action = 'snapshot.anchor'")
        job = await fetch_value("select payload ->> 'snapshot_id' from outbox where topic = 'snapshots.anchor'")
    path, file = await file_of(company, tmp_path)
    anchor = read_anchor(path.read_bytes())
    assert (anchor.serial, path.stem, job) == (again.serial, again.sha256, str(taken.id))
    assert anchor.said["snapshot"]["chain_hash"] == taken.chain_hash
    assert anchor.said["audit"]["number"] == number - 1
    assert file["said"] == anchor.said
    assert (await verified(company, taken, storage)).valid


async def test_a_chain_written_anew_as_a_whole_is_found_by_its_anchor(
    company: CompanyFixture, storage: Storage, superuser: asyncpg.Connection
) -> None:
    first, second = await anchored(company, storage), await anchored(company, storage)
    # Whoever rewrites the last snapshot with all its hashes leaves a chain that holds in itself.
    await superuser.execute("delete from snapshot where id = $1", second.id)
    await superuser.execute("delete from snapshot_row where snapshot_id = $1", second.id)
    async with tenant_transaction(company.hr):
        forged = await take_snapshot(company.hr)
        assert (await verify_snapshot(company.hr, forged.id)).valid
    for taken in (first, forged):
        report = await verified(company, taken, storage)
        assert (report.valid, report.fault, report.link) == (False, "ANCHOR", 2)


async def test_a_tail_cut_off_is_found_by_its_anchor(
    company: CompanyFixture, storage: Storage, superuser: asyncpg.Connection
) -> None:
    first, second = await anchored(company, storage), await anchored(company, storage)
    for table, column in (("snapshot_anchor", "snapshot_id"), ("snapshot_row", "snapshot_id"), ("snapshot", "id")):
        await superuser.execute(f"delete from {table} where {column} = $1", second.id)
    async with tenant_transaction(company.hr):
        assert (await verify_snapshot(company.hr, first.id)).valid
    report = await verified(company, first, storage)
    assert (report.fault, report.link) == ("ANCHOR", 2)


async def test_an_audit_chain_written_anew_is_found_by_the_anchor_of_a_snapshot(
    company: CompanyFixture, storage: Storage, superuser: asyncpg.Connection
) -> None:
    taken = await anchored(company, storage)
    await superuser.execute(
        "update audit_entry set hash = repeat('0', 64) where tenant_id = $1 and action = 'snapshot.take'", company.tenant_id
    )
    report = await verified(company, taken, storage)
    assert (report.fault, report.link) == ("ANCHOR", 1)


async def test_an_anchor_that_was_changed_or_signed_by_another_is_found(
    company: CompanyFixture, storage: Storage, tmp_path: Path
) -> None:
    taken = await anchored(company, storage)
    other = await make_company("另一家公司")
    elsewhere = open_storage("", home=tmp_path / "other")
    await anchored(other, elsewhere)
    path, file = await file_of(company, tmp_path)
    good = path.read_bytes()
    for change in (
        {"said": file["said"] | {"signed_at": "2026-01-01T00:00:00.000000Z"}},
        {"signature": file["signature"][:-8] + "AAAAAAA="},
        {"root": (await file_of(other, tmp_path / "other"))[1]["root"]},
        {"certificate": ""},
    ):
        with pytest.raises(AnchorBroken):
            read_anchor(json.dumps(file | change).encode())
    path.write_bytes(good[:-1])
    report = await verified(company, taken, storage)
    assert (report.fault, report.link) == ("ANCHOR", 0)
    # A good anchor of another company, laid beside: its root is none of this company's.
    path.write_bytes(good)
    strange, _ = await file_of(other, tmp_path / "other")
    (path.parent / strange.name).write_bytes(strange.read_bytes())
    assert (await verified(company, taken, storage)).link == 0


async def test_anchors_of_a_retired_key_stay_good(company: CompanyFixture, storage: Storage) -> None:
    taken = await anchored(company, storage)
    async with tenant_transaction(company.system):
        await add_signing_key(company.system, company_name=company.name, vault=VAULT)
    await anchored(company, storage)
    assert (await verified(company, taken, storage)).valid


async def test_an_anchor_carries_the_time_stamp_that_the_rules_ask_for_and_goes_without_while_it_is_away(
    company: CompanyFixture, storage: Storage
) -> None:
    async with tenant_transaction(company.hr):
        body = {"timestamp_server": "default"}
        rules = await create_definition(company.hr, kind="snapshot", key="default", name="快照规则", body=body)
        await publish_version(company.hr, rules.id, version=1)
    with stamp_server(made_at=now()) as tsa:
        for mood, is_stamped in (("well", True), ("away", False), ("lies", False)):
            tsa.mood = mood
            async with tenant_transaction(company.hr):
                taken = await take_snapshot(company.hr)
            async with tenant_transaction(company.system):
                made = await anchor_snapshot(company.system, taken.id, storage=storage, vault=VAULT, timestamps=tsa.servers)
            assert made.is_timestamped is is_stamped
            file = json.loads(await storage.get(made.file_key))
            assert (file["timestamp"] is not None) is is_stamped
            if is_stamped:
                token = cms.ContentInfo.load(b64decode(file["timestamp"]))["content"]["encap_content_info"]["content"].parsed
                digest = hashlib.sha256(b64decode(file["signature"])).digest()
                assert token["message_imprint"]["hashed_message"].native == digest
            assert (await verified(company, taken, storage)).valid
