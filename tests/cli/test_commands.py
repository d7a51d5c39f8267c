"""`plumb --help` and `plumb migrate`: what an operator sees first, and what may be run again and again."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings
from support.servers import empty_database

Plumb = Callable[..., Awaitable[Any]]
MIGRATIONS = Path(__file__).parents[2] / "tenants" / "plumb_tenants" / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))


async def tables_of(settings: Settings) -> int:
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        count = "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        return int(await connection.fetchval(count))
    finally:
        await connection.close()


async def test_an_incomplete_command_is_refused_with_the_usage(plumb: Plumb) -> None:
    ended = await plumb("company", "create")
    assert (ended.code, ended.output, "Usage: " in ended.errors, "--password" in ended.errors) == (2, "", True, False)


async def test_help_names_every_command_in_both_languages(plumb: Plumb) -> None:
    ended = await plumb("--help")
    assert (ended.code, ended.errors) == (0, "")
    for command, zh, en in (
        ("up", "启动全部服务", "Serve API and worker"),
        ("api", "只启动 API", "Serve the API alone"),
        ("worker", "运行后台任务", "Run jobs"),
        ("relay", "转发任务", "Send jobs to the workers"),
        ("migrate", "升级数据库结构", "Bring the database up to date"),
        ("doctor", "检查环境", "Name each missing part"),
        ("verify", "离线核验责任书", "Verify letters"),
        ("demo", "端到端演示主流程", "Run the main job end to end"),
        ("company", "公司", "Companies"),
        ("account", "账号", "Accounts"),
    ):
        (line,) = [line for line in ended.output.splitlines() if f"│ {command} " in line]
        assert (zh in line, en in line) == (True, True), line


async def test_migrating_an_empty_database_applies_all_and_again_nothing(plumb: Plumb, settings: Settings) -> None:
    async with empty_database(settings, "cli") as own:
        first = await plumb("migrate", database=own)
        tables = await tables_of(own)
        again = await plumb("migrate", database=own)
        assert await tables_of(own) == tables
    applied = f"已应用 {len(NAMES)} 个迁移 / applied {len(NAMES)} migrations: {', '.join(NAMES)}\n"
    assert (first.code, first.output) == (0, applied)
    assert (again.code, again.output) == (0, "已应用 0 个迁移 / applied 0 migrations: -\n")


@pytest.mark.parametrize("module", ["plumb_server.cli", "plumb_verify.command"])
def test_what_every_command_loads_reaches_no_database(module: str) -> None:
    loaded = f"import sys, {module}; print(sorted({{'tortoise', 'asyncpg', 'weasyprint', 'strawberry'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
