"""Connections of a test's own in place of the product's, for what must not befall those that other tests go on with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.connection import get_connections

from plumb_platform.database.transaction import CONNECTION


@asynccontextmanager
async def own_pool(credentials: dict[str, Any], *, name: str = "plumb") -> AsyncIterator[None]:
    """Have transactions lent one connection, made by these credentials under a name for PostgreSQL, until the block ends."""
    client: Any = get_connections().get(CONNECTION)
    before = client._pool
    client._pool = await client.create_pool(**credentials, max_size=1, server_settings={"application_name": name})
    try:
        yield
    finally:
        own, client._pool = client._pool, before
        own.terminate()
