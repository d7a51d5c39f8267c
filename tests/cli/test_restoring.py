"""The drill of docs/operating.md: a backup of a site is brought up on a server that has never seen Plumb (A58)."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plumb_platform.database import Database
from plumb_platform.database.catalogue import faults
from plumb_platform.database.connect import url_credentials
from plumb_platform.embedded import embedded_servers
from plumb_platform.embedded.places import postgres_binaries
from plumb_platform.settings import APP_ROLE, Settings, with_database
from support.filled_company import FilledCompany, fill_company

Plumb = Callable[..., Awaitable[Any]]
BACKUP_ROLE = "plumb_backup_test"
TABLES = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1"
ALL_OF = """select count(*), md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) from "{}" t"""
STRUCTURE = """
select 'constraint', x.conname || x.conrelid::regclass, pg_get_constraintdef(x.oid) || x.convalidated from pg_constraint x
where x.connamespace = 'public'::regnamespace
union all select 'policy', tablename || policyname, concat(roles, cmd, qual, with_check) from pg_policies
union all select 'table', relname, concat(relowner::regrole, relrowsecurity, relforcerowsecurity, relacl) from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'S', 'v', 'm')
union all select 'trigger', tgrelid::regclass || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all select 'function', proname, concat(proowner::regrole, proacl, pg_get_functiondef(oid)) from pg_proc
where pronamespace = 'sec'::regnamespace
union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
order by 1, 2, 3
"""
# What was written out and read again is told with other casts: `ARRAY['A'::varchar]::text[]` is `ARRAY[('A'::varchar)::text]`.
CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")


@pytest.fixture
async def filled(database: Database) -> FilledCompany:
    return await fill_company("备份医疗器械有限公司")


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Yield settings with the same secret for servers that hold nothing yet."""
    with embedded_servers(tmp_path / "other", durable=False) as servers:
        yield settings.model_copy(update={"database_url": servers.database_url, "redis_url": servers.redis_url})


async def ran(program: str, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(postgres_binaries() / program, *words, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")


async def done(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(**url_credentials(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def contents(url: str) -> tuple[dict[str, tuple[int, str]], list[tuple[str, ...]]]:
    """Return how many rows each table has with a digest of them, and all that guards them."""
    connection = await asyncpg.connect(**url_credentials(url), timeout=30)
    try:
        names = [row["relname"] for row in await connection.fetch(TABLES)]
        rows = {name: tuple(await connection.fetchrow(ALL_OF.format(name))) for name in names}
        return rows, [tuple(CASTS.sub("", text) for text in row) for row in await connection.fetch(STRUCTURE)]
    finally:
        await connection.close()


async def restored(plumb: Plumb, settings: Settings, elsewhere: Settings, file: Path) -> Settings:
    """Follow the guide: a role that may read all rows dumps; roles, then the dump, then what is newer, on the other side."""
    await done(
        settings.database_url,
        f"DROP ROLE IF EXISTS {BACKUP_ROLE}",
        f"CREATE ROLE {BACKUP_ROLE} NOLOGIN BYPASSRLS",
        f"GRANT pg_read_all_data TO {BACKUP_ROLE}",
    )
    try:
        await ran("pg_dump", "--format=custom", f"--role={BACKUP_ROLE}", f"--file={file}", settings.database_url)
    finally:
        await done(settings.database_url, f"DROP ROLE {BACKUP_ROLE}")
    await done(elsewhere.database_url, "CREATE DATABASE plumb")
    target = elsewhere.model_copy(update={"database_url": with_database(elsewhere.database_url, "plumb")})
    assert (await plumb("migrate", "--roles-only", database=target)).code == 0
    await ran("pg_restore", "--exit-on-error", f"--dbname={target.database_url}", str(file))
    ended = await plumb("migrate", database=target)
    assert (ended.code, ended.output) == (0, "已应用 0 个迁移 / applied 0 migrations: -\n")
    return target


async def test_a_backup_comes_up_on_another_server_with_every_row_and_every_guard(
    plumb: Plumb, settings: Settings, elsewhere: Settings, filled: FilledCompany, tmp_path: Path
) -> None:
    before = await contents(settings.database_url)
    target = await restored(plumb, settings, elsewhere, tmp_path / "plumb.dump")
    rows, guards = await contents(target.database_url)
    assert rows == before[0]
    assert guards == before[1]
    assert rows["letter"][0] >= 1
    assert rows["audit_entry"][0] > 100
    listed = (await plumb("company", "list", database=target)).output
    assert filled.company.name in listed
    # The product signs in with the password that the same secret gives it, and finds no way past row security.
    connection = await asyncpg.connect(**url_credentials(target.role_url(APP_ROLE)))
    try:
        assert await faults(connection) == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no tenant in this transaction"):
            await connection.fetchval("select count(*) from goal")
    finally:
        await connection.close()
