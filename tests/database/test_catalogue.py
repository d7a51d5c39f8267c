"""The catalogue of the migrated database: no table breaks tenancy."""

import asyncpg

from plumb_platform.database import Database
from plumb_platform.database.catalogue import faults
from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings


async def test_no_table_breaks_tenancy(settings: Settings, database: Database) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        assert await faults(connection) == []
    finally:
        await connection.close()
