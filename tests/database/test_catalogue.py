"""The catalogue of the migrated database: no table breaks tenancy (N8)."""

import asyncpg
import pytest

from plumb_platform.database import Database
from plumb_platform.database.catalogue import faults
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import APP_ROLE, Settings

KEYED = "tenant_id uuid not null, id uuid, primary key (tenant_id, id)"
GUARDED = "alter table broken enable row level security; alter table broken force row level security"
POLICY = "create policy open on broken using (true)"
BREAKS = [
    (f"create table broken ({KEYED})", "row security off or not forced", "broken"),
    (f"create table broken ({KEYED}); alter table broken enable row level security", "row security off or not forced", "broken"),
    (f"create table broken ({KEYED}); {GUARDED}; alter table broken owner to {APP_ROLE}", "role owns table", "broken"),
    (f"create table broken (id uuid); grant select on broken to {APP_ROLE}", "reachable table without tenant_id", "broken"),
    (f"create table broken (tenant_id uuid, id uuid); {GUARDED}", "tenant_id may be null", "broken"),
    (f"create table broken ({KEYED}); {GUARDED}; {POLICY}", "policy not on tenant", "broken.open"),
    (f"create table broken ({KEYED}, key text unique); {GUARDED}", "unique index without tenant_id", "broken_key_key"),
    (
        f"create table broken ({KEYED}, of uuid unique); alter table broken add constraint loose foreign key (of) "
        "references broken (of)",
        "foreign key without tenant_id",
        "loose",
    ),
    (f"create view broken as select 1; grant select on broken to {APP_ROLE}", "view without security_invoker", "broken"),
    (
        f"create table broken ({KEYED}); grant truncate on broken to {APP_ROLE}",
        "truncate, references or trigger granted",
        "broken",
    ),
    (f"alter role {APP_ROLE} bypassrls", "role can bypass row security", APP_ROLE),
]


async def test_no_table_breaks_tenancy(settings: Settings, database: Database) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        assert await faults(connection) == []
    finally:
        await connection.close()


@pytest.mark.parametrize(("sql", "fault", "name"), BREAKS)
async def test_whatever_breaks_tenancy_is_named(settings: Settings, database: Database, sql: str, fault: str, name: str) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(sql)
        assert (fault, name) in await faults(connection)
        await transaction.rollback()
        assert await faults(connection) == []
    finally:
        await connection.close()
