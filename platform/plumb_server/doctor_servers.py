"""What `plumb doctor` says of the servers: PostgreSQL with its tables and keys, and Valkey."""

import asyncio
from collections.abc import Iterator

import asyncpg
import redis

from plumb_platform.database.bounds import TRANSACTIONS_ARE_BOUND
from plumb_platform.database.connect import role_credentials, url_credentials
from plumb_platform.database.migrate import pending
from plumb_platform.database.poolers import SessionsShared, own_session
from plumb_platform.embedded import ServerAccountUnusable, ServerFailed
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, Settings
from plumb_server.findings import APT, CONNECT_SECONDS, Finding, State
from plumb_server.resources import with_servers
from plumb_tenants.company.service import KeyCounts, counted_key_alarms
from plumb_tenants.tables import MIGRATIONS, MODELS

OLDEST_POSTGRESQL = 15


def server_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the servers that the settings name, or at embedded ones that are started for the look."""
    try:
        with with_servers(settings) as running:
            embedded = "" if settings.database_url else "内置 / embedded, "
            yield from _database(running, embedded)
            yield _redis(running)
    except (ServerFailed, ServerAccountUnusable, OSError, ModuleNotFoundError) as error:
        command = "make setup" if isinstance(error, ModuleNotFoundError) else f"less {settings.home}/servers/logs/*.log"
        said = str(error).partition("\n")[0]
        yield Finding("内置服务 / embedded servers", "missing", said, said, command)


def _database(settings: Settings, embedded: str) -> Iterator[Finding]:
    # Outside the migration job a site may know only the roles of the product.
    url = settings.database_url or settings.app_database_url
    try:
        version = asyncio.run(_server_version(url))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        said = type(error).__name__
        yield Finding("PostgreSQL", "missing", f"无法连接（{said}）", f"cannot connect ({said})", "echo $PLUMB_DATABASE_URL")
        return
    if version < OLDEST_POSTGRESQL:
        yield Finding("PostgreSQL", "missing", f"{version}，需要 15 以上", f"{version}, 15 is needed", f"{APT}postgresql-15")
        return
    yield version_finding(version, embedded)
    pooler = _pooler(settings)
    if pooler is not None:
        yield pooler
        return
    migrated = _migrations(settings, embedded=bool(embedded))
    yield migrated
    if migrated.state == "ok":
        yield _signing_keys(settings)


def version_finding(version: int, embedded: str) -> Finding:
    """Say which PostgreSQL it is; one that bounds no transaction by its age serves, with a warning."""
    said = f"{embedded}{version}"
    if version < TRANSACTIONS_ARE_BOUND:
        zh = f"{said}，可用；{TRANSACTIONS_ARE_BOUND} 起才限制整个事务的时长"
        en = f"{said} serves; only {TRANSACTIONS_ARE_BOUND} and later bound the time of a whole transaction (docs/limits.md)"
        return Finding("PostgreSQL", "warning", zh, en)
    return Finding("PostgreSQL", "ok", said, said)


def _pooler(settings: Settings) -> Finding | None:
    """Return what to say of a pooler that shares sessions; None where there is none, or nobody may connect yet."""

    async def look(role: str) -> None:
        connection = await own_session(**role_credentials(settings, role), timeout=CONNECT_SECONDS)
        await connection.close()

    try:
        for role in (APP_ROLE, PLATFORM_ROLE):
            asyncio.run(look(role))
    except SessionsShared as shared:
        return Finding(
            "连接池 / pooler", "missing", shared.zh, shared.en, "echo $PLUMB_APP_DATABASE_URL $PLUMB_PLATFORM_DATABASE_URL"
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError):
        return None  # the roles are made by the first migration: the next finding says so
    return None


async def _server_version(url: str) -> int:
    connection = await asyncpg.connect(**url_credentials(url), timeout=CONNECT_SECONDS)
    try:
        return int(await connection.fetchval("select current_setting('server_version_num')::int / 10000"))
    finally:
        await connection.close()


def _migrations(settings: Settings, *, embedded: bool) -> Finding:
    part = "数据库结构 / tables"
    # Beside embedded servers nobody has to migrate: `plumb up` and `plumb demo` do it before they serve.
    state: State = "warning" if embedded else "missing"
    command = "make up" if embedded else "plumb migrate"
    try:
        lacking = asyncio.run(pending(settings, models=MODELS, migrations=MIGRATIONS))
    except Exception:  # noqa: BLE001 - an empty database has neither our roles nor our tables: each driver says so in its way
        return Finding(part, state, "尚未建立", "not made yet", command)
    if lacking:
        return Finding(part, state, f"缺 {len(lacking)} 个迁移", f"{len(lacking)} migrations behind", command)
    return Finding(part, "ok", "最新", "up to date")


def _signing_keys(settings: Settings) -> Finding:
    part = "签章密钥 / signing keys"
    counts = asyncio.run(_key_alarms(settings))
    if counts.missing:
        said = f"{counts.missing} 家公司没有有效密钥", f"{counts.missing} companies have no key that holds"
        return Finding(part, "missing", *said, "mutation { renewSigningKey }")
    if counts.ending:
        said = f"{counts.ending} 家公司的密钥将在 30 天内到期", f"{counts.ending} companies' keys end within 30 days"
        return Finding(part, "warning", *said, "mutation { renewSigningKey }")
    return Finding(part, "ok", "均有效", "all hold")


async def _key_alarms(settings: Settings) -> KeyCounts:
    connection = await own_session(**role_credentials(settings, PLATFORM_ROLE), timeout=CONNECT_SECONDS)
    try:
        return await counted_key_alarms(connection)
    finally:
        await connection.close()


def _redis(settings: Settings) -> Finding:
    client: redis.Redis = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=CONNECT_SECONDS)
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        said = type(error).__name__
        return Finding("Redis / Valkey", "missing", f"无法连接（{said}）", f"cannot connect ({said})", "echo $PLUMB_REDIS_URL")
    finally:
        client.close()
    return Finding("Redis / Valkey", "ok", "可连接", "answers")
