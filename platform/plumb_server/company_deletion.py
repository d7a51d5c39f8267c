"""A whole company destroyed: every row of every table of it, its files, and the accounts that belong to nobody else.

It takes two steps that only an operator takes: the company is suspended, and WAIT days later deleted, or at once by who types
its key again. What stays is the operator's acts: who, when, how many rows and files, and where the audit chain ended.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from plumb_platform.actor import system_actor
from plumb_platform.audit.operator_acts import tell_act, told_acts
from plumb_platform.clock import now
from plumb_platform.database import fetch_one, platform_transaction, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.tenant_tables import TABLES
from plumb_platform.errors import Refused
from plumb_platform.identity.company_keys import CompanyUnknown, company_of_key
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage

WAIT = timedelta(days=30)
DELETED, FILES_GONE = "company.delete", "company.delete_files"
LOOK_SECONDS = 0.1
"""How often it is looked whether those who wrote during a deletion have ended."""
_HAVE_ENDED = "select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8"
_STANDING = """
select c.active, (select max(e.at) from audit_entry e where e.action = 'company.suspend') as suspended_at,
  h.number as chain_entries, h.hash as chain_head,
  (select count(*) from retention_hold where lifted_at is null) as holds,
  (select count(*) from letter l where l.shredded_at is null and not sec.may_shred_letter(l) and (l.file_sha256 is not null
    or exists (select from letter_signature s where s.tenant_id = l.tenant_id and s.letter_id = l.id))) as letters
from company c join audit_head h on h.tenant_id = c.tenant_id
"""
_ACCOUNTS = """
select a.id from account a where exists (select from membership m where m.account_id = a.id and m.tenant_id = $1)
  and not exists (select from membership m where m.account_id = a.id and m.tenant_id <> $1) for update of a
"""


class CompanyActive(Refused):
    """A company that works is suspended first, and so learns of it."""

    code = "COMPANY_ACTIVE"
    zh = "公司“{key}”仍在使用，请先执行 plumb company suspend。"
    en = "The company {key} is active; run plumb company suspend first."


class DeletionTooSoon(Refused):
    """Between the two steps lies time in which somebody may object."""

    code = "DELETION_TOO_SOON"
    zh = "公司“{key}”须暂停满 {days} 天，{when} UTC 之后方可删除；如须立即删除，请以 --now {key} 再次输入代号。"
    en = "The company {key} has to be suspended for {days} days, until {when} UTC; --now {key} deletes it at once."


class DeletionNotConfirmed(Refused):
    """The key that was typed again is another one."""

    code = "DELETION_NOT_CONFIRMED"
    zh = "再次输入的代号“{given}”与“{key}”不符，未作任何更改。"
    en = "The key that was typed again, {given}, is not {key}; nothing was changed."


class RetentionStands(Refused):
    """Law, or somebody who placed a hold, keeps what would be destroyed."""

    code = "RETENTION_STANDS"
    zh = (
        "法定保存期未满的已签责任书 {letters} 份，保全 {holds} 项，不能删除。"
        "如已另行保存并有依据，请以 --despite-retention 写明理由。"
    )
    en = (
        "{letters} signed letters are within the term that law keeps them for, and {holds} holds stand. Say why it may be done "
        "nevertheless with --despite-retention."
    )


class DeletionNotPermitted(Refused):
    """No role of the product may delete what is signed: only the superuser who owns the database passes its guards."""

    code = "DELETION_NOT_PERMITTED"
    zh = "删除公司须以数据库超级用户执行，请在 PLUMB_DATABASE_URL 中给出；产品的角色无权删除已签署的内容。"
    en = "Deleting a company takes a superuser of the database in PLUMB_DATABASE_URL: no role of the product can do it."


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator said: which company, who they are, the key typed again, and why retention does not stand against it."""

    key: str
    operator: str
    typed_again: str = ""
    despite_retention: str = ""


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was destroyed."""

    rows: int
    accounts: int
    files: int


async def delete_company(order: Order, *, settings: Settings, storage: Storage) -> Deleted:
    """Destroy a company: all rows go, or none, and then the files.

    What an earlier run left of a company of this key is destroyed first, even where the key has another company by now. Raises
    CompanyUnknown and the refusals above before anything of the company itself is destroyed.
    """
    if order.typed_again and order.typed_again != order.key:
        raise DeletionNotConfirmed(given=order.typed_again, key=order.key)
    begun = await _begun(order.key)
    files = sum([await _destroy_rest(order, each, settings, storage) for each in begun])
    try:
        tenant_id = await company_of_key(order.key)
    except CompanyUnknown:
        if not begun:
            raise
        return Deleted(0, 0, files)
    standing = await _refuse(order, tenant_id)
    rows, accounts = await _destroy_rows(order, tenant_id, standing, settings)
    return Deleted(rows, accounts, files + await _destroy_rest(order, tenant_id, settings, storage))


async def _refuse(order: Order, tenant_id: UUID) -> dict[str, Any]:
    async with tenant_transaction(system_actor(tenant_id, channel="cli")):
        standing = await fetch_one(_STANDING)
    if standing is None:
        raise CompanyUnknown(field="key", key=order.key)
    if standing["active"] or standing["suspended_at"] is None:
        raise CompanyActive(key=order.key)
    due = standing["suspended_at"] + WAIT
    if not order.typed_again and now() < due:
        raise DeletionTooSoon(key=order.key, days=WAIT.days, when=f"{due.astimezone(UTC):%Y-%m-%d %H:%M}")
    if (standing["letters"] or standing["holds"]) and not order.despite_retention.strip():
        raise RetentionStands(letters=standing["letters"], holds=standing["holds"])
    return standing


async def _destroy_rows(order: Order, tenant_id: UUID, standing: dict[str, Any], settings: Settings) -> tuple[int, int]:
    """Delete by the catalogue and not by a list; the guards of rows, and the keys between them, are passed as a restore does.

    No key leads from one company to another (`catalogue.py`), so that nothing is left dangling.
    """
    async with _superuser(settings) as connection, connection.transaction():
        # Whoever resumes it, or deletes it too, waits and then finds nothing.
        active = await connection.fetchval("select active from company where tenant_id = $1 for update", tenant_id)
        if active is None:
            raise CompanyUnknown(field="key", key=order.key)
        if active:
            raise CompanyActive(key=order.key)
        accounts = [row["id"] for row in await connection.fetch(_ACCOUNTS, tenant_id)]
        counts = await _delete(connection, tenant_id)
        await connection.execute("delete from second_factor where account_id = any($1::uuid[])", accounts)
        await connection.execute("delete from account where id = any($1::uuid[])", accounts)
        said = {name: standing[name] for name in ("chain_entries", "chain_head", "letters", "holds")}
        said |= {"tables": counts, "accounts": len(accounts), "despite_retention": order.despite_retention.strip()}
        said["suspended_at"] = standing["suspended_at"].isoformat()
        company = (tenant_id, order.key)
        await tell_act(connection, operator=order.operator, action=DELETED, company=company, **said)
    return sum(counts.values()), len(accounts)


@asynccontextmanager
async def _superuser(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            raise DeletionNotPermitted
        yield connection
    finally:
        await connection.close()


async def _delete(connection: asyncpg.Connection, tenant_id: UUID) -> dict[str, int]:
    """Delete the company's rows and return how many went, of the tables that had any; guards hold again for what follows."""
    await connection.execute("set local session_replication_role = replica")
    counts: dict[str, int] = {}
    for table in await connection.fetch(TABLES):
        status = await connection.execute(f'delete from "{table["name"]}" where tenant_id = $1', tenant_id)
        counts[table["name"]] = int(status.rpartition(" ")[2])
    await connection.execute("set local session_replication_role = origin")
    return {name: count for name, count in counts.items() if count}


async def _begun(key: str) -> list[UUID]:
    """Return the companies of this key whose rows are gone and whose files may not be; never one that is there."""
    last = {act.company_id: act.action for act in await told_acts(key) if act.action in (DELETED, FILES_GONE)}
    begun = [company for company, action in last.items() if action == DELETED]
    async with platform_transaction() as connection:
        there = await connection.fetch("select tenant_id from company where tenant_id = any($1::uuid[])", begun)
    return [company for company in begun if company not in {row["tenant_id"] for row in there}]


async def _destroy_rest(order: Order, tenant_id: UUID, settings: Settings, storage: Storage) -> int:
    """Destroy what is left of a company whose rows are gone, and return how many files that were."""
    async with _superuser(settings) as connection:
        await _wait_for_writers(connection)
        async with connection.transaction():
            await _delete(connection, tenant_id)
    gone: Sequence[str] = await storage.destroy_all(tenant_id)
    # The name of a file is the digest of what was in it.
    said = {"files": len(gone), "keys_sha256": sha256_hex("\n".join(gone).encode())}
    async with platform_transaction() as platform:
        await tell_act(platform, operator=order.operator, action=FILES_GONE, company=(tenant_id, order.key), **said)
    return len(gone)


async def _wait_for_writers(connection: asyncpg.Connection) -> None:
    """Wait until every transaction that wrote before now has ended, as the bounds of the doors make them.

    Rows that one of them had not committed yet were not there to be deleted.
    """
    mark = await connection.fetchval("select pg_current_xact_id()::text")
    while not await connection.fetchval(_HAVE_ENDED, mark):  # noqa: ASYNC110 - the database tells of it when it is asked
        await asyncio.sleep(LOOK_SECONDS)
