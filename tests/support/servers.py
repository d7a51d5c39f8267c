"""The servers that tests run on: embedded ones, or those that PLUMB_DATABASE_URL and PLUMB_REDIS_URL name."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

import asyncpg

from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import migrate
from plumb_platform.database.roles import ensure_roles
from plumb_platform.embedded import start_servers
from plumb_platform.settings import Settings, with_database
from plumb_tenants.tables import MIGRATIONS, MODELS

ROOT = Path(__file__).parents[2]
VAR = ROOT / "var"
GROUND, LOCK = "plumb_ground_", 0x67726F756E64
"""What databases that are copied are called, and the advisory lock of whoever makes one: workers may share a server."""


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


@asynccontextmanager
async def migrated_database(settings: Settings, name: str) -> AsyncIterator[Settings]:
    """Create a database as the newest migration leaves it, yield settings for it, and drop it in the end."""
    own = settings.model_copy(update={"database_url": with_database(settings.database_url, name)})
    await copy_ground(own, settings.database_url, name)
    try:
        yield own
    finally:
        await _statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def fresh_database(settings: Settings, name: str) -> Iterator[Settings]:
    """Do the same for whoever has no loop yet."""
    own = settings.model_copy(update={"database_url": with_database(settings.database_url, name)})
    asyncio.run(copy_ground(own, settings.database_url, name))
    try:
        yield own
    finally:
        asyncio.run(_statement(settings.database_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def copy_ground(own: Settings, server: str, name: str) -> None:
    """Make a database as a copy of the server's ground: one that was migrated once by the code as it is, and stays there."""
    ground = f"{GROUND}{product_digest()}"
    connection = await asyncpg.connect(**url_credentials(server))
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        if not await connection.fetchval("select true from pg_database where datname = $1 and datistemplate", ground):
            await _make_ground(connection, own, ground)
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{ground}"')
    finally:
        await connection.close()
    # What roles may do with a database as a whole is not copied.
    connection = await asyncpg.connect(**url_credentials(own.database_url))
    try:
        await ensure_roles(connection, own)
    finally:
        await connection.close()


async def _make_ground(connection: asyncpg.Connection, own: Settings, ground: str) -> None:
    """Migrate a new ground; grounds of older code, and one that was left half made, go."""
    for row in await connection.fetch("select datname from pg_database where starts_with(datname, $1)", GROUND):
        await connection.execute(f'ALTER DATABASE "{row["datname"]}" IS_TEMPLATE false')
        await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{ground}"')
    settings = own.model_copy(update={"database_url": with_database(own.database_url, ground)})
    await migrate(settings, models=MODELS, migrations=MIGRATIONS)
    await connection.execute(f'ALTER DATABASE "{ground}" IS_TEMPLATE true')


@cache
def product_digest() -> str:
    """Return a digest of all code that a migration could be made by, so that a ground of other code is never copied."""
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    for folder in ("platform/plumb_platform", "tenants/plumb_tenants"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


async def _statement(url: str, sql: str) -> None:
    connection = await asyncpg.connect(**url_credentials(url))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
