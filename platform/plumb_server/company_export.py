"""A whole company as one file: every row of every table of it, its audit chain and its snapshots, of one moment; and its files.

What is in it proves itself with `plumb verify`. What would let anybody act for the company or for its people is left out by
name (SECRETS); what each table leaves out stands in the manifest.
"""

import errno
import os
import re
import sqlite3
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.exporting import chain_export
from plumb_platform.audit.operator_acts import tell_act
from plumb_platform.database import fetch, fetch_value, open_rows, platform_transaction, tenant_transaction
from plumb_platform.database.tenant_tables import TABLES, TenantTable
from plumb_platform.errors import DomainError, Refused
from plumb_platform.identity.company_keys import company_of_key
from plumb_platform.storage import Storage
from plumb_server.bundle import Bundle, digest_of, written_whole
from plumb_tenants.company.service import Company, get_company, root_certificates
from plumb_tenants.snapshots.lines import readable_pages
from plumb_tenants.snapshots.service import Snapshot

SCHEMA = "plumb.company/1"
SECRETS: Mapping[str, frozenset[str]] = {
    "api_token": frozenset({"token_hash"}),
    # An answer that is kept to be repeated may hold what is shown once, such as a token.
    "idempotent_answer": frozenset({"answer"}),
    "invitation": frozenset({"token_hash"}),
    "session": frozenset({"token_hash"}),
    "signing_key": frozenset({"root_key", "seal_key"}),
}
"""Columns that no export holds. Passwords and authenticators belong to accounts, of which the e-mail alone is told."""
NAMES_DESTROYED = frozenset({"file_scan", "retention_item"})
"""Tables that name files which are gone on purpose."""
_REMOVED = "select file_key from file_scan where removed_at is not null"
"""What an administrator destroyed because of a virus: rows that it was attached to name it still."""
_OF_THE_TARGET = frozenset(
    {errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOSPC, errno.ENOTDIR}
    | {errno.ENOTSUP, errno.EPERM, errno.EROFS}
)
"""What the place that is written to refuses with; a database that is away is told as that."""
ROWS, LARGE_ROWS = 200, 4
"""Rows that are taken at once, of tables whose rows hold bytes a few."""
_ACCOUNTS = """
select row_to_json(a)::text from (
  select a.id, a.email, a.locale, a.active, a.created_at from account a where exists (
    select from membership m where m.tenant_id = $1 and m.account_id = a.id) order by a.id) a
"""


class ExportExists(Refused):
    """An export is never written over another one."""

    code = "EXPORT_EXISTS"
    zh = "文件 {file} 已存在，请换用其他文件名。"
    en = "The file {file} is there already; name another one."


class ExportUnwritable(Refused):
    """The place that was named takes no file, or not the whole of this one."""

    code = "EXPORT_UNWRITABLE"
    zh = "无法写入 {file}（{reason}），未留下任何文件。请检查文件夹、权限与可用空间后重试。"
    en = "{file} cannot be written ({reason}) and nothing was left of it; look at the folder, its permissions and its free space."


@dataclass(slots=True)
class Exported:
    """What was written: the bundle's digest, how many rows of which table, how many files, and what is missing."""

    sha256: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    faults: list[str] = field(default_factory=list)


async def export_company(key: str, *, to: Path, storage: Storage, operator: str) -> Exported:
    """Write the company's bundle; equal companies give equal bytes. Raises CompanyUnknown, ExportExists, ExportUnwritable.

    The operator's acts tell of it, with its digest; the company's chain does not, or no two exports would be alike.
    """
    tenant_id = await company_of_key(key)
    actor, made = system_actor(tenant_id, channel="cli"), Exported()
    try:
        head = {"schema": SCHEMA, "tenant_id": tenant_id, "key": key}
        with written_whole(to) as (file, folder), closing(Bundle(file, head, folder)) as bundle:
            await _write(actor, bundle, made, storage)
    except FileExistsError as there:
        raise ExportExists(field="to", file=str(to)) from there
    except OSError as refused:
        if refused.errno not in _OF_THE_TARGET:
            raise
        raise ExportUnwritable(field="to", file=str(to), reason=os.strerror(refused.errno)) from refused
    made.sha256 = digest_of(to)
    async with platform_transaction() as connection:
        counts = {"rows": sum(made.rows.values()), "files": made.files, "faults": len(made.faults), "sha256": made.sha256}
        await tell_act(connection, operator=operator, action="company.export", company=(tenant_id, key), **counts)
    return made


async def _write(actor: Actor, bundle: Bundle, made: Exported, storage: Storage) -> None:
    with tempfile.NamedTemporaryFile(dir=bundle.folder) as place, closing(sqlite3.connect(place.name)) as keys:
        keys.execute("create table key (key text primary key, stored int not null) without rowid")
        async with tenant_transaction(actor, is_still=True):
            await fetch("select set_config('timezone', 'UTC', true), set_config('bytea_output', 'hex', true)")
            for row in await fetch(TABLES):
                await _table(bundle, TenantTable(**row), made, keys, actor.tenant_id)
            await bundle.add("accounts.jsonl", _accounts(actor.tenant_id, await fetch_value("select pg_export_snapshot()")))
            await _proofs(actor, bundle, await get_company(actor))
            removed = [(row["file_key"],) for row in await fetch(_REMOVED)]
            keys.executemany("delete from key where key = ?", removed)
        await _files(actor.tenant_id, bundle, made, storage, keys)
    bundle.finish()


async def _table(bundle: Bundle, table: TenantTable, made: Exported, keys: sqlite3.Connection, tenant_id: UUID) -> None:
    left_out = SECRETS.get(table.name, frozenset())
    # The value of a column, and no text that somebody wrote: in one, every quotation mark is escaped.
    names = re.compile(rb'_key":"(%s/[a-z]{1,20}/[0-9a-f]{64}\.[a-z0-9]{1,8})"' % str(tenant_id).encode())
    count = 0

    async def lines() -> AsyncIterator[bytes]:
        nonlocal count
        rows = await open_rows(rows_of(table))
        while found := await rows.take(LARGE_ROWS if table.bytes else ROWS):
            count += len(found)
            piece = b"".join(row[0].encode() + b"\n" for row in found)
            if table.name not in NAMES_DESTROYED:
                named = [(key.decode(), 0) for key in names.findall(piece)]
                keys.executemany("insert or ignore into key values (?, ?)", named)
            yield piece

    await bundle.add(f"tables/{table.name}.jsonl", lines(), left_out=sorted(left_out))
    made.rows[table.name] = count


def rows_of(table: TenantTable) -> str:
    """Return the statement that gives a table's rows as JSON, in the order of their keys, without its secrets.

    Numbers are texts: many readers of JSON would round them.
    """
    left_out = SECRETS.get(table.name, frozenset())
    kept = [column for column in table.columns if column not in left_out]
    said = ", ".join(f'"{each}"::text as "{each}"' if each in table.numbers else f'"{each}"' for each in kept)
    order = ", ".join(f't."{each}"' for each in table.key) or "t::text"
    return f'select row_to_json(x)::text from "{table.name}" t cross join lateral (select {said}) x order by {order}'


async def _accounts(tenant_id: UUID, moment: str) -> AsyncIterator[bytes]:
    """Yield who the members are, as of the moment of the rows."""
    async with platform_transaction() as connection:
        await connection.execute("set transaction isolation level repeatable read")
        await connection.execute(f"set transaction snapshot '{moment}'")
        await connection.execute("set local timezone to 'UTC'")
        async for row in connection.cursor(_ACCOUNTS, tenant_id, prefetch=ROWS):
            yield _text(row)


def _text(row: asyncpg.Record) -> bytes:
    text: str = row[0]
    return text.encode() + b"\n"


async def _proofs(actor: Actor, bundle: Bundle, company: Company) -> None:
    """Add what verifies without us: the audit chain, the roots of the seals, and the snapshots with their hashes."""
    chain = await chain_export(actor, company_key=company.key)
    # The pages of the chain are read in the one transaction that all of this is read in.
    await bundle.add("audit/chain.jsonl", chain.lines(nullcontext))
    for place, root in enumerate(dict.fromkeys(await root_certificates(actor)), start=1):
        bundle.add_bytes(f"roots/{place}.pem", ssl.DER_cert_to_PEM_cert(root).encode())
    for number in [row["number"] for row in await fetch("select number from snapshot order by number")]:
        snapshot = await Snapshot.get(number=number)
        proof: dict[str, Any] = {"previous": snapshot.previous_hash, "chain": snapshot.chain_hash}
        await bundle.add(f"snapshots/{number}.jsonl", _snapshot(snapshot), **proof)


async def _snapshot(snapshot: Snapshot) -> AsyncIterator[bytes]:
    yield snapshot.header.encode() + b"\n"
    async for page in readable_pages(snapshot.id):
        yield "\n".join(page.contents).encode() + b"\n"


async def _files(tenant_id: UUID, bundle: Bundle, made: Exported, storage: Storage, keys: sqlite3.Connection) -> None:
    """Add every file that the store holds of the company, and tell those that a row names and that cannot be had."""
    async for page in storage.pages(tenant_id):
        keys.executemany("insert into key values (?, 1) on conflict do update set stored = 1", [(key,) for key in page])
    for (key,) in keys.execute("select key from key order by key"):
        path = f"files/{key.partition('/')[2]}"
        try:
            content = await storage.get(key)
        except DomainError as problem:
            made.faults.append(f"{path} {problem.code}")
            bundle.tell_fault(path, problem.code)
        else:
            bundle.add_bytes(path, content)
            made.files += 1
