"""Relocking a company's keys beside a renewal and a deletion: nothing stays under the former secret key, nothing is left."""

import asyncio
from collections.abc import Awaitable

import asyncpg

from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.encrypted import Relocked
from plumb_platform.settings import Settings
from plumb_tenants.company.models import SigningKey
from plumb_tenants.company.service import active_signing_key, renew_signing_key
from plumb_tenants.company.signing_keys import relock_company
from support.companies import CompanyFixture, make_company

FORMER, PRESENT = b"k" * 32, b"p" * 32
AWHILE = 3
"""Seconds in which whoever does not wait for the other would have ended."""


async def relocked(company: CompanyFixture) -> Relocked:
    async with tenant_transaction(company.system):
        return await relock_company(company.system, KeyVault(PRESENT, FORMER), "k")


async def beside(other: Awaitable[Relocked], begun: asyncio.Event, let_end: asyncio.Event) -> Relocked:
    """Do the other as soon as this has begun; this ends once the other had time to end or waits."""
    await begun.wait()
    task = asyncio.ensure_future(other)
    await asyncio.wait({task}, timeout=AWHILE)
    let_end.set()
    return await task


async def test_a_key_that_is_renewed_meanwhile_is_under_the_present_secret_too(database: Database) -> None:
    company = await make_company()
    begun, let_end = asyncio.Event(), asyncio.Event()

    async def renewal() -> None:
        async with tenant_transaction(company.admin):
            present = await active_signing_key(company.admin)
            assert present is not None
            # As a process of the second step does it: what is new is under the present secret, what is handed on as it was.
            await renew_signing_key(company.admin, serial=present.serial, vault=KeyVault(PRESENT, FORMER))
            begun.set()
            await let_end.wait()

    _, done = await asyncio.gather(renewal(), beside(relocked(company), begun, let_end))
    assert done == Relocked(anew=2)
    vault = KeyVault(PRESENT)
    async with tenant_transaction(company.system):
        keys = await SigningKey.all()
    assert len(keys) == 2
    for key in keys:
        for stored in (key.root_key, key.seal_key):
            vault.open(stored, str(company.tenant_id))


async def test_a_company_that_is_deleted_meanwhile_leaves_nothing_to_relock(database: Database, settings: Settings) -> None:
    company = await make_company()
    begun, let_end = asyncio.Event(), asyncio.Event()

    async def deletion() -> None:
        connection = await asyncpg.connect(**url_credentials(settings.database_url))
        try:
            async with connection.transaction():
                # As `plumb company delete` begins and ends; the other tables are in no relock's way.
                await connection.execute("select active from company where tenant_id = $1 for update", company.tenant_id)
                await connection.execute("set local session_replication_role = replica")
                for table in ("signing_key", "audit_entry", "audit_head", "company"):
                    await connection.execute(f'delete from "{table}" where tenant_id = $1', company.tenant_id)
                begun.set()
                await let_end.wait()
        finally:
            await connection.close()

    _, done = await asyncio.gather(deletion(), beside(relocked(company), begun, let_end))
    assert done == Relocked()
    async with tenant_transaction(company.system):
        assert await fetch("select 1 from audit_entry") == []
