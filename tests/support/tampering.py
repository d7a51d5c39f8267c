"""The database as a superuser sees it who wants to change what never changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings


@asynccontextmanager
async def tampering(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Open the database as a superuser who switched all triggers off."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        await connection.execute("set session_replication_role = replica")
        yield connection
    finally:
        await connection.close()
