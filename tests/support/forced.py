"""What only an intruder or an earlier version of the product could have written: statements past every trigger."""

import asyncpg

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings


async def by_force(settings: Settings, sql: str, *values: object) -> None:
    """Run a statement as a superuser with the triggers off."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(sql, *values)
    finally:
        await connection.close()
