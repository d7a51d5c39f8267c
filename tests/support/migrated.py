"""The statements of a migration, run anew by the owner on what a test has made older than it is."""

from importlib import import_module

import asyncpg

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings


async def migrate_again(settings: Settings, name: str = "0035_as_of") -> None:
    """Run what a migration brings older rows up to date with: by default shares, owners of versions, and placements."""
    migration = import_module(f"plumb_tenants.migrations.{name}")
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        async with connection.transaction():
            for sql in migration.BACKFILL:
                await connection.execute(sql)
    finally:
        await connection.close()
