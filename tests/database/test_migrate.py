"""Migrating: two migrators at once, a second run, and what a fresh database lacks."""

import asyncio
from pathlib import Path

import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import migrate, pending
from plumb_platform.settings import Settings
from plumb_tenants import migrations
from plumb_tenants.tables import MIGRATIONS, MODELS
from support.servers import empty_database

NAMES = sorted(file.stem for file in Path(str(migrations.__file__)).parent.glob("0*.py"))


async def test_two_migrators_at_once_apply_each_migration_once(settings: Settings) -> None:
    async with empty_database(settings, "empty") as empty:
        done = await asyncio.gather(*(migrate(empty, models=MODELS, migrations=MIGRATIONS) for _ in range(3)))
        assert sorted(len(names) for names in done) == [0, 0, len(NAMES)]
        assert sorted(name for names in done for name in names) == NAMES
        assert await pending(empty, models=MODELS, migrations=MIGRATIONS) == []


async def test_the_product_role_cannot_bypass_row_security(settings: Settings) -> None:
    import asyncpg

    connection = await asyncpg.connect(**url_credentials(settings.role_url("plumb_app")))
    try:
        for sql in ("select count(*) from company", "select count(*) from audit_entry"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no tenant"):
                await connection.fetch(sql)
        for sql in ("select 1 from account", "select 1 from login_throttle", "truncate company", "create table x (a int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("set role plumb_owner")
    finally:
        await connection.close()


async def test_the_platform_role_sees_no_business_table(settings: Settings) -> None:
    import asyncpg

    connection = await asyncpg.connect(**url_credentials(settings.role_url("plumb_platform")))
    try:
        for table in (
            "goal",
            "person",
            "letter_goal",
            "snapshot_row",
            "plan",
            "audit_entry",
            "definition_version",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select 1 from {table}")
        for sql in (
            "select payload from outbox",
            "select content from letter",
            "select seal_key from signing_key",
            "select root_key from signing_key",
            "update outbox set done_at = now()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()
