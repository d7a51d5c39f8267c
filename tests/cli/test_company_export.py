"""`plumb company export`: all of a company in one file, which proves itself and holds nothing that lets anybody act for it."""

import hashlib
import json
import tarfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import TransactionManagementError

from plumb_platform.database import Database, execute, fetch, fetch_value, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.tenant_tables import TABLES
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.company_keys import CompanyUnknown
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_server.company_export import SECRETS, ExportExists, export_company
from plumb_tenants.letters.service import SealTools, seal_letter
from plumb_verify.command import der_of
from plumb_verify.files import Options, verify
from support.companies import VAULT
from support.filled_company import FilledCompany, fill_company, fingerprint, new_session

Plumb = Callable[..., Awaitable[Any]]
MEANWHILE = "insert into counter (tenant_id, id, name, value) values ($1, gen_random_uuid(), 'meanwhile', 1)"
PUBLIC_BYTES = {
    "letter_signature": {"image"},
    "signing_key": {"root_certificate", "seal_certificate"},
    "snapshot_bundle": {"hashes", "packed", "digest"},
}
"""Columns of bytes that are no secrets; a new one is either here or among SECRETS."""


@dataclass(frozen=True)
class Filled:
    """Two companies with rows in every table, and the key of the one that is exported."""

    made: FilledCompany
    other: FilledCompany
    key: str


@pytest.fixture(scope="module")
async def filled(database: Database, renderer: Renderer, settings: Settings) -> Filled:
    made, other = [await fill_company(name) for name in ("导出医疗器械有限公司", "旁观医疗器械有限公司")]
    storage = open_storage(settings.storage_url, home=settings.home)
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    async with tenant_transaction(made.company.system):
        await seal_letter(made.company.system, made.letter.id, tools)
        key = await fetch_value("select key from company")
    return Filled(made, other, key)


def members_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {each.name: content.read() for each in tar if (content := tar.extractfile(each))}


def files_of(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def manifest_of(members: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    head, *lines = map(json.loads, members["manifest.jsonl"].splitlines())
    return head, {line["path"]: line for line in lines}


async def test_it_holds_every_row_of_every_table_and_nothing_of_another_company(
    plumb: Plumb, filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    file, before = tmp_path / "company.tar", await fingerprint(filled.made.company)
    ended = await plumb("company", "export", filled.key, "--to", str(file), "--by", "王运营")
    members = members_of(file)
    head, told = manifest_of(members)
    assert (head["schema"], head["key"]) == ("plumb.company/1", filled.key)
    assert f"sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}" in ended.output
    # The owner of the database counts, past what the export itself asks.
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        tables = await connection.fetch(TABLES)
        for table in tables:
            counted = await connection.fetchval(
                f'select count(*) from "{table["name"]}" where tenant_id = $1', filled.made.company.tenant_id
            )
            lines = members[f"tables/{table['name']}.jsonl"].splitlines()
            assert len(lines) == counted > 0, table["name"]
            kept = set(table["columns"]) - SECRETS.get(table["name"], frozenset())
            assert set(json.loads(lines[0])) == kept, table["name"]
            assert set(told[f"tables/{table['name']}.jsonl"]["left_out"]) == set(table["columns"]) - kept
    finally:
        await connection.close()
    for path, content in members.items():
        if path != "manifest.jsonl":
            assert (told[path]["size"], told[path]["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    whole = file.read_bytes()
    foreign = filled.other
    for canary in (str(foreign.company.tenant_id), "旁观医疗器械", *map(str, foreign.ids.values())):
        assert canary.encode() not in whole
    assert await fingerprint(filled.made.company) == before
    (act,) = [line.split("\t") for line in (await plumb("company", "acts", filled.key)).output.splitlines()]
    assert act[1:5] == ["王运营", "company.export", filled.key, str(filled.made.company.tenant_id)]
    assert json.loads(act[5])["sha256"] == hashlib.sha256(whole).hexdigest()


async def test_no_secret_is_in_it(filled: Filled, settings: Settings, tmp_path: Path) -> None:
    credential = await new_session(filled.made.caller)
    async with tenant_transaction(filled.made.company.system):
        rows = [
            each
            for table, columns in SECRETS.items()
            for each in await fetch(f"select {', '.join(f'{column}::text as {column}' for column in columns)} from {table}")
        ]
        tables = await fetch(TABLES)
    secrets = [value.removeprefix("\\x") for row in rows for value in row.values() if value not in (None, "{}")]
    assert len(secrets) >= 5
    storage = open_storage(settings.storage_url, home=settings.home)
    await export_company(filled.key, to=tmp_path / "a.tar", storage=storage, operator="t")
    whole = (tmp_path / "a.tar").read_bytes()
    assert [secret for secret in (*secrets, credential) if secret.encode() in whole] == []
    assert b"password" not in members_of(tmp_path / "a.tar")["accounts.jsonl"]
    for table in tables:
        known = SECRETS.get(table["name"], frozenset()) | PUBLIC_BYTES.get(table["name"], set())
        assert set(table["bytes"]) <= known, f"{table['name']}: is it a secret?"


async def test_what_it_holds_is_accepted_by_the_offline_verifier(filled: Filled, settings: Settings, tmp_path: Path) -> None:
    storage = open_storage(settings.storage_url, home=settings.home)
    await export_company(filled.key, to=tmp_path / "a.tar", storage=storage, operator="t")
    members = members_of(tmp_path / "a.tar")
    _, told = manifest_of(members)
    chain = verify(members["audit/chain.jsonl"], Options())
    assert (chain["company"], chain["entries"]) == (filled.key, len(members["tables/audit_entry.jsonl"].splitlines()))
    (tmp_path / "root.pem").write_bytes(members["roots/1.pem"])
    roots = [der_of(tmp_path / "root.pem")]
    letters = [content for path, content in members.items() if path.startswith("files/letters/")]
    said = [verify(letter, Options(roots)) for letter in letters]
    assert [each["number"] for each in said] == [filled.made.letter.number]
    assert said[0]["root_given"] is True
    snapshots = [path for path in members if path.startswith("snapshots/")]
    assert len(snapshots) >= 1
    for path in snapshots:
        options = Options(previous=told[path]["previous"], chain=told[path]["chain"])
        assert verify(members[path], options)["chain_hash"] == told[path]["chain"]


async def test_a_second_run_is_the_same_file_byte_for_byte_and_a_changed_row_is_not(
    filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    storage = open_storage(settings.storage_url, home=settings.home)
    digests = [
        (await export_company(filled.key, to=tmp_path / f"{place}.tar", storage=storage, operator="t")).sha256 for place in "ab"
    ]
    assert digests[0] == digests[1]
    async with tenant_transaction(filled.made.company.system):
        await execute("update goal set title = title || '（改）' where id = $1", filled.made.ids["Goal.draft"])
    changed = await export_company(filled.key, to=tmp_path / "c.tar", storage=storage, operator="t")
    assert changed.sha256 != digests[0]
    with pytest.raises(ExportExists):
        await export_company(filled.key, to=tmp_path / "a.tar", storage=storage, operator="t")
    with pytest.raises(CompanyUnknown):
        await export_company("no-such-company", to=tmp_path / "d.tar", storage=storage, operator="t")
    assert {path.name for path in files_of(tmp_path)} == {"a.tar", "b.tar", "c.tar"}


async def test_all_rows_are_of_one_moment_though_others_write_meanwhile(
    filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    """What commits between two tables is in neither: an entry of the chain never stands beside a head that lacks it."""
    storage, company = open_storage(settings.storage_url, home=settings.home), filled.made.company
    with pytest.raises(TransactionManagementError, match="read-only"):
        async with tenant_transaction(company.system, is_still=True):
            await execute("update company set name = 'x'")
    async with tenant_transaction(company.system, is_still=True):
        before = await fetch_value("select count(*) from counter")
        connection = await asyncpg.connect(**url_credentials(settings.database_url))
        try:
            await connection.execute(
                "insert into counter (tenant_id, id, name, value) values ($1, gen_random_uuid(), 'meanwhile', 1)",
                company.tenant_id,
            )
        finally:
            await connection.close()
        assert await fetch_value("select count(*) from counter") == before
    exported = await export_company(filled.key, to=tmp_path / "a.tar", storage=storage, operator="t")
    assert exported.rows["counter"] == before + 1


async def test_a_file_that_a_row_names_and_the_store_lacks_is_told(
    plumb: Plumb, filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    async with tenant_transaction(filled.made.company.system):
        key = await fetch_value("select file_key from letter where file_key is not null")
    stored = settings.home / "files" / key
    content = stored.read_bytes()
    for damage, code in ((None, "FILE_MISSING"), (b"%PDF- altered", "FILE_CHANGED")):
        stored.unlink(missing_ok=True)
        if damage:
            stored.write_bytes(damage)
        file = tmp_path / f"{code}.tar"
        ended = await plumb("company", "export", filled.key, "--to", str(file))
        path = f"files/{key.partition('/')[2]}"
        assert ended.code == 1
        assert f"缺失 / missing: {path} {code}\n" in ended.output
        _, told = manifest_of(members_of(file))
        assert told[path] == {"path": path, "fault": code}
    stored.write_bytes(content)


async def test_neither_a_text_that_names_a_file_nor_one_that_was_destroyed_for_a_virus_is_missing(
    filled: Filled, settings: Settings, tmp_path: Path
) -> None:
    storage, company = open_storage(settings.storage_url, home=settings.home), filled.made.company
    before = await export_company(filled.key, to=tmp_path / "a.tar", storage=storage, operator="t")
    key = await storage.put(company.tenant_id, "attachments", b"EICAR", suffix="txt")
    written = f'"file_key":"{company.tenant_id}/letters/{"0" * 64}.pdf"'
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("update goal set title = $2 where id = $1", filled.made.ids["Goal.draft"], written)
        await connection.execute("update attachment set file_key = $2 where tenant_id = $1", company.tenant_id, key)
        await connection.execute(
            "update file_scan set file_key = $2, removed_at = now() where (tenant_id, id) = "
            "(select tenant_id, id from file_scan where tenant_id = $1 order by id limit 1)",
            company.tenant_id,
            key,
        )
    finally:
        await connection.close()
    kept = await export_company(filled.key, to=tmp_path / "b.tar", storage=storage, operator="t")
    await storage.delete(key)
    after = await export_company(filled.key, to=tmp_path / "c.tar", storage=storage, operator="t")
    assert set(kept.faults) <= set(before.faults)
    assert (after.faults, after.files) == (kept.faults, kept.files - 1)
