"""Bringing a database to the newest migration: one migrator at a time, as the owner role."""

from collections.abc import Callable, Sequence

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.graph import MigrationKey

from plumb_platform.database.bounds import bound_passed
from plumb_platform.database.connect import APP_LABEL, STOCK_ENGINE, role_credentials, tortoise_config, url_credentials
from plumb_platform.database.planned_state import PlannedExecutor
from plumb_platform.database.role_password import logged_in
from plumb_platform.database.roles import ensure_roles
from plumb_platform.database.transaction import CONNECTION
from plumb_platform.errors import Refused, Unavailable
from plumb_platform.outages import causes, is_away, state_of
from plumb_platform.settings import OWNER_ROLE, PLATFORM_ROLE, Settings

LOCK_SECONDS, STATEMENT_MINUTES = 10, 15
# Whoever is not of pg_monitor sees of others' sessions who they are, and no times; the locks of all are seen by everybody.
_LONGEST = """
select l.pid, coalesce(a.usename, '-') as who,
  coalesce(extract(epoch from clock_timestamp() - a.xact_start)::int::text, '?') as seconds
from (select distinct pid from pg_locks where locktype = 'relation' and granted and pid <> pg_backend_pid()
  and database = (select oid from pg_database where datname = current_database())) l
left join pg_stat_activity a on a.pid = l.pid order by a.xact_start limit 3
"""
LOCK = 0x706C756D62  # "plumb": the advisory lock that a migrator holds


class MigrationHindered(Unavailable):
    """A migration did not get its locks, or took too long; it was undone, and what came before it stays."""

    code = "MIGRATION_HINDERED"
    zh = (
        "迁移 {name} 未完成并已撤销：{seconds} 秒内未取得锁，或耗时超过 {minutes} 分钟。"
        "正在进行的最长事务：{longest}。请待其结束后重新运行 plumb migrate。"
    )
    en = (
        "The migration {name} was undone: it did not get its locks within {seconds} seconds, or took more than {minutes} "
        "minutes. Longest transactions under way: {longest}. Run plumb migrate again when they have ended."
    )


class MigrationFailed(Refused):
    """The database refused a migration, as where rows are not as every version of ours left them; it was undone."""

    code = "MIGRATION_FAILED"
    zh = "数据库拒绝了迁移 {name}（{reason}）：已撤销，此前的保留，重新运行也会失败。请恢复备份、使用原版本，并附上本行报告。"
    en = (
        "The database refused the migration {name} ({reason}). It was undone, those before it stay; run again it will fail too. "
        "Restore the backup, stay with the version of before, and report this line."
    )


class DatabaseTooOld(Refused):
    """Some early migrations can only be made while nobody has used the product; nothing was changed."""

    code = "DATABASE_TOO_OLD"
    zh = (
        "数据库停在迁移 {last}，早于 {oldest}，且已有账号：此后有几步迁移只适用于空库，无法升级，也未作任何更改。"
        "请继续使用原版本，或另建空库后运行 plumb migrate。"
    )
    en = (
        "The database stands at migration {last}, before {oldest}, and has accounts: some of the next migrations fit empty "
        "databases alone. Nothing was changed. Stay with the version of before, or run plumb migrate on a new database."
    )


async def migrate(
    settings: Settings,
    *,
    models: Sequence[str],
    migrations: str,
    oldest: str = "",
    report: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Apply what is missing and return its names; a second migrator waits and then finds nothing to do.

    A migration that waits for a lock keeps all who come behind it waiting: it gives up after LOCK_SECONDS, and may be run
    again. A database that somebody uses is upgraded from the migration `oldest` on. Raises MigrationHindered, MigrationFailed,
    DatabaseTooOld.
    """
    connection = await asyncpg.connect(**url_credentials(settings.database_url), server_settings={"lock_timeout": "0"})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await _refuse_too_old(connection, oldest)
        await ensure_roles(connection, settings)
        begun: list[str] = []
        try:
            return await _apply(settings, models, migrations, report, begun)
        except Exception as error:
            if bound_passed(error) is not None:
                raise await _hindered(connection, begun) from error
            refused = next((each for each in causes(error) if state_of(each)), None)
            if not begun or refused is None or is_away(error):
                raise
            raise MigrationFailed(name=begun[-1], reason=str(refused).partition("\n")[0]) from error
    finally:
        await connection.close()


async def make_roles(settings: Settings) -> None:
    """Make the roles that a backup speaks of and give them the passwords of these settings; no table is touched."""
    connection = await asyncpg.connect(**url_credentials(settings.database_url), server_settings={"lock_timeout": "0"})
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await ensure_roles(connection, settings)
    finally:
        await connection.close()


async def _refuse_too_old(connection: asyncpg.Connection, oldest: str) -> None:
    if await connection.fetchval("select to_regclass('tortoise_migrations') is null or to_regclass('account') is null"):
        return
    last = await connection.fetchval("select max(name) from tortoise_migrations")
    if last is not None and last < oldest and await connection.fetchval("select exists (select from account)"):
        raise DatabaseTooOld(last=last, oldest=oldest)


async def _hindered(connection: asyncpg.Connection, begun: Sequence[str]) -> MigrationHindered:
    rows = await connection.fetch(_LONGEST)
    longest = ", ".join(f"{row['who']} {row['seconds']} s (pid {row['pid']})" for row in rows) or "-"
    return MigrationHindered(name=begun[-1] if begun else "-", seconds=LOCK_SECONDS, minutes=STATEMENT_MINUTES, longest=longest)


async def _apply(
    settings: Settings, models: Sequence[str], migrations: str, report: Callable[[str], None], begun: list[str]
) -> list[str]:
    limits = {"role": OWNER_ROLE, "lock_timeout": f"{LOCK_SECONDS}s", "statement_timeout": f"{STATEMENT_MINUTES}min"}
    place = url_credentials(settings.database_url)
    config = tortoise_config(place, models, STOCK_ENGINE, minsize=1, maxsize=2, server_settings=limits)
    config["apps"][APP_LABEL]["migrations"] = migrations
    done: list[str] = []

    def progress(event: str, _app: str, name: str) -> None:
        if event == "apply_start":
            begun.append(name)
        if event == "apply_done":
            done.append(name)
        report(f"{event} {name}")

    async with TortoiseContext() as context:
        await context.init(config=config)
        client = context.db(CONNECTION)
        await PlannedExecutor(client, config["apps"]).migrate(direction="forward", progress=progress)
        await client.execute_script(f"GRANT SELECT ON tortoise_migrations TO {PLATFORM_ROLE}")
    return done


async def pending(settings: Settings, *, models: Sequence[str], migrations: str) -> list[str]:
    """Return the names of migrations that the database still lacks, asking as the platform role."""
    return (await compared(settings, models=models, migrations=migrations))[0]


async def compared(settings: Settings, *, models: Sequence[str], migrations: str) -> tuple[list[str], list[str]]:
    """Return the names of migrations that the database lacks, and of those that it has and this version does not know."""
    place = role_credentials(settings, PLATFORM_ROLE)
    # What Tortoise connects by itself with tries one password only: it is found out before.
    await (await logged_in(asyncpg.connect, **place)).close()
    config = tortoise_config(place, models, STOCK_ENGINE, minsize=1, maxsize=1)
    config["apps"][APP_LABEL]["migrations"] = migrations
    async with TortoiseContext() as context:
        await context.init(config=config)
        executor = PlannedExecutor(context.db(CONNECTION), config["apps"])
        lacking = [MigrationKey(s.migration.app_label, s.migration.name).name for s in await executor.plan()]
        applied = await executor.recorder.applied_migrations()
        return lacking, sorted(key.name for key in applied if key not in executor.loader.graph.nodes)
