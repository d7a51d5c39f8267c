"""What `plumb doctor` says of the servers: PostgreSQL with its tables and keys, and Valkey."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import redis

from plumb_platform.database.bounds import TRANSACTIONS_ARE_BOUND
from plumb_platform.database.connect import role_credentials, url_credentials
from plumb_platform.database.migrate import compared
from plumb_platform.database.poolers import SessionsShared, own_session
from plumb_platform.embedded import ServerAccountUnusable, ServerFailed
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, Settings
from plumb_server.command_problems import REFUSED
from plumb_server.findings import APT, CONNECT_SECONDS, Finding, State
from plumb_server.resources import child_environment, with_servers
from plumb_tenants.company.service import KeyCounts, counted_key_alarms
from plumb_tenants.tables import MIGRATIONS, MODELS

OLDEST_POSTGRESQL = 15
TOLD = 10
"""How many keys that do not open are named."""
ACCEPT = """PLUMB_ACCEPTED_SECRET_KEYS='["…"]'"""


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
    hindrance = _hindrance(settings)
    if hindrance is not None:
        yield hindrance
        return
    migrated = _migrations(settings, embedded=bool(embedded))
    yield migrated
    if not migrated.command:
        yield _signing_keys(settings)
        yield _stored_keys(settings)


def version_finding(version: int, embedded: str) -> Finding:
    """Say which PostgreSQL it is; one that bounds no transaction by its age serves, with a warning."""
    said = f"{embedded}{version}"
    if version < TRANSACTIONS_ARE_BOUND:
        zh = f"{said}，可用；{TRANSACTIONS_ARE_BOUND} 起才限制整个事务的时长"
        en = f"{said} serves; only {TRANSACTIONS_ARE_BOUND} and later bound the time of a whole transaction (docs/limits.md)"
        return Finding("PostgreSQL", "warning", zh, en)
    return Finding("PostgreSQL", "ok", said, said)


def _hindrance(settings: Settings) -> Finding | None:
    """Return what keeps our roles out: a pooler that shares sessions, or a password that is not theirs; None of a new server."""

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
    except asyncpg.InvalidPasswordError as refused:
        zh = f"拒绝登录（{refused}）。密码由 PLUMB_SECRET_KEY 派生：请用站点原来的密钥；尚未迁移或确要更换时运行 plumb migrate"
        en = (
            f"login refused ({refused}). The password is derived from PLUMB_SECRET_KEY: use the site's own key; "
            "run plumb migrate where nothing was migrated yet, or the key is meant to change"
        )
        return Finding("数据库角色 / roles", "missing", zh, en)
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
        lacking, unknown = asyncio.run(compared(settings, models=MODELS, migrations=MIGRATIONS))
    except Exception:  # noqa: BLE001 - an empty database has neither our roles nor our tables: each driver says so in its way
        return Finding(part, state, "尚未建立", "not made yet", command)
    if lacking:
        return Finding(part, state, f"缺 {len(lacking)} 个迁移", f"{len(lacking)} migrations behind", command)
    if unknown:
        zh = f"数据库由更新的版本建立，比此版本多 {len(unknown)} 个迁移（至 {unknown[-1]}）；请升级此版本"
        en = f"of a newer version: it has {len(unknown)} migrations (to {unknown[-1]}) that this one lacks; upgrade this one"
        return Finding(part, "warning", zh, en)
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


def _stored_keys(settings: Settings) -> Finding:
    """Try to open whatever is encrypted under the secret key: what does not open is lost where nobody has the key any more."""
    part = "密钥能否打开 / stored keys"
    # A process of its own opens the companies' database as the product does, which a process does once.
    asked = subprocess.run(
        [sys.executable, "-m", "plumb_server.cli", "secret", "check"],
        env=os.environ | child_environment(settings),
        check=False,
        capture_output=True,
        text=True,
    )
    if asked.returncode not in (0, REFUSED):
        said = asked.stderr.strip().rpartition("\n")[2]
        return Finding(part, "missing", said, said, "plumb secret check")
    if asked.returncode == 0:
        return Finding(part, "ok", "均能打开", "all open")
    unopened = asked.stdout.splitlines()
    named = ", ".join(unopened[:TOLD]) + (" …" if len(unopened) > TOLD else "")
    zh = f"{len(unopened)} 个打不开：{named}。请把加密时的主密钥列入 PLUMB_ACCEPTED_SECRET_KEYS，再重新加密"
    en = f"{len(unopened)} do not open: {named}. Accept the secret key of then in PLUMB_ACCEPTED_SECRET_KEYS, and relock"
    return Finding(part, "missing", zh, en, f"{ACCEPT} plumb secret relock")


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
