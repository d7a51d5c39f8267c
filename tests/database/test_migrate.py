"""Migrating: two migrators at once, a second run, and what a fresh database lacks."""

import asyncio
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey

from plumb_platform.database.connect import APP_LABEL, STOCK_ENGINE, tortoise_config, url_credentials
from plumb_platform.database.migrate import migrate, pending
from plumb_platform.database.planned_state import PlannedExecutor
from plumb_platform.database.transaction import CONNECTION
from plumb_platform.settings import Settings
from plumb_tenants import migrations
from plumb_tenants.tables import MIGRATIONS, MODELS
from support.servers import empty_database

PLANNED = 6
"""So many migrations are planned by both: Tortoise's own way takes longer with each."""
NAMES = sorted(file.stem for file in Path(str(migrations.__file__)).parent.glob("0*.py"))


async def test_two_migrators_at_once_apply_each_migration_once(settings: Settings) -> None:
    async with empty_database(settings, "empty") as empty:
        done = await asyncio.gather(*(migrate(empty, models=MODELS, migrations=MIGRATIONS) for _ in range(3)))
        assert sorted(len(names) for names in done) == [0, 0, len(NAMES)]
        assert sorted(name for names in done for name in names) == NAMES
        assert await pending(empty, models=MODELS, migrations=MIGRATIONS) == []


async def test_planning_leads_to_the_models_that_tortoise_plans_itself(settings: Settings) -> None:
    async with empty_database(settings, "planned") as empty, TortoiseContext() as context:
        config = tortoise_config(empty.database_url, MODELS, STOCK_ENGINE, minsize=1, maxsize=1)
        config["apps"][APP_LABEL]["migrations"] = MIGRATIONS
        await context.init(config=config)
        described = []
        for make in (MigrationExecutor, PlannedExecutor):
            executor = make(context.db(CONNECTION), config["apps"])
            keys = [MigrationKey(step.migration.app_label, step.migration.name) for step in await executor.plan()]
            state = await executor._project_state(set(keys[:PLANNED]))  # what both hand to Tortoise's own plan
            described.append({name: model.describe() for name, model in state.apps.apps[APP_LABEL].items()})
    assert len(described[0]) > 20
    assert described[0] == described[1]


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
            "snapshot_bundle",
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
