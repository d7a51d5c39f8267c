"""Bringing a database to the newest migration: one migrator at a time, as the owner role."""

from collections.abc import Callable, Sequence

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.graph import MigrationKey

from plumb_platform.database.connect import APP_LABEL, STOCK_ENGINE, tortoise_config, url_credentials
from plumb_platform.database.planned_state import PlannedExecutor
from plumb_platform.database.roles import ensure_roles
from plumb_platform.database.transaction import CONNECTION
from plumb_platform.settings import OWNER_ROLE, PLATFORM_ROLE, Settings

LOCK = 0x706C756D62  # "plumb": the advisory lock that a migrator holds


async def migrate(
    settings: Settings, *, models: Sequence[str], migrations: str, report: Callable[[str], None] = lambda _: None
) -> list[str]:
    """Apply what is missing and return its names; a second migrator waits and then finds nothing to do."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url), server_settings={"lock_timeout": "0"})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await ensure_roles(connection, settings)
        return await _apply(settings, models, migrations, report)
    finally:
        await connection.close()


async def _apply(settings: Settings, models: Sequence[str], migrations: str, report: Callable[[str], None]) -> list[str]:
    limits = {"role": OWNER_ROLE, "lock_timeout": "10s", "statement_timeout": "15min"}
    config = tortoise_config(settings.database_url, models, STOCK_ENGINE, minsize=1, maxsize=2, server_settings=limits)
    config["apps"][APP_LABEL]["migrations"] = migrations
    done: list[str] = []

    def progress(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            done.append(name)
        report(f"{event} {name}")

    async with TortoiseContext() as context:
        await context.init(config=config)
        client = context.db(CONNECTION)
        await PlannedExecutor(client, config["apps"]).migrate(direction="forward", progress=progress)
        await client.execute_script(f"GRANT SELECT ON tortoise_migrations TO {PLATFORM_ROLE}")
    return done


async def pending(settings: Settings, *, models: Sequence[str], migrations: str) -> list[str]:
    """Return the names of migrations that the database still lacks, asking as the platform role."""
    config = tortoise_config(settings.role_url(PLATFORM_ROLE), models, STOCK_ENGINE, minsize=1, maxsize=1)
    config["apps"][APP_LABEL]["migrations"] = migrations
    async with TortoiseContext() as context:
        await context.init(config=config)
        executor = PlannedExecutor(context.db(CONNECTION), config["apps"])
        steps = await executor.plan()
        return [MigrationKey(s.migration.app_label, s.migration.name).name for s in steps]
