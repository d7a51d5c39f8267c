"""The servers that tests run on: embedded ones, or those that PLUMB_DATABASE_URL and PLUMB_REDIS_URL name."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import migrate
from plumb_platform.embedded import start_servers
from plumb_platform.settings import Settings, with_database
from plumb_tenants.tables import MIGRATIONS, MODELS

VAR = Path(__file__).parents[2] / "var"


@contextmanager
def test_servers(worker: str) -> Iterator[tuple[str, str]]:
    """Yield the URLs of PostgreSQL (a role that may create databases) and of Redis."""
    database_url, redis_url = os.environ.get("PLUMB_DATABASE_URL", ""), os.environ.get("PLUMB_REDIS_URL", "")
    with ExitStack() as stack:
        if not (database_url and redis_url):
            servers = start_servers(VAR / "test" / worker, durable=False)
            stack.callback(servers.stop)
            database_url, redis_url = database_url or servers.database_url, redis_url or servers.redis_url
        yield database_url, redis_url


@asynccontextmanager
async def empty_database(settings: Settings, name: str) -> AsyncIterator[Settings]:
    """Create an empty database beside the test's own, yield settings for it, and drop it in the end."""
    # Named after the worker's own database, because workers may share one server.
    name = f"{url_credentials(settings.database_url)['database']}_{name}"
    await _statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await _statement(settings.database_url, f'CREATE DATABASE "{name}"')
    try:
        yield settings.model_copy(update={"database_url": with_database(settings.database_url, name)})
    finally:
        await _statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def migrated(settings: Settings) -> None:
    """Bring a database to the newest migration."""
    await migrate(settings, models=MODELS, migrations=MIGRATIONS)


@contextmanager
def fresh_database(settings: Settings, name: str) -> Iterator[Settings]:
    """Create an empty database, migrate it, yield settings for it, and drop it in the end."""
    asyncio.run(_statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    asyncio.run(_statement(settings.database_url, f'CREATE DATABASE "{name}"'))
    own = settings.model_copy(update={"database_url": with_database(settings.database_url, name)})
    asyncio.run(migrated(own))
    try:
        yield own
    finally:
        asyncio.run(_statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _statement(url: str, sql: str) -> None:
    connection = await asyncpg.connect(**url_credentials(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
