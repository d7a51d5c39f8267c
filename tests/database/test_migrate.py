"""Migrating: two migrators at once, a second run, and what a fresh database lacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey

from plumb_platform.database import migrate as migrate_module
from plumb_platform.database.connect import APP_LABEL, STOCK_ENGINE, tortoise_config, url_credentials
from plumb_platform.database.migrate import DatabaseTooOld, MigrationFailed, MigrationHindered, migrate, pending
from plumb_platform.database.planned_state import PlannedExecutor
from plumb_platform.database.transaction import CONNECTION
from plumb_platform.settings import APP_ROLE, OWNER_ROLE, PLATFORM_ROLE, Settings
from plumb_tenants import migrations
from plumb_tenants.tables import MIGRATIONS, MODELS, OLDEST_UPGRADED
from support.servers import empty_database, migrated_database

PLANNED = 6
"""So many migrations are planned by both: Tortoise's own way takes longer with each."""
END_STATE = """
select c.relname, x.conname, pg_get_constraintdef(x.oid), x.convalidated
from pg_constraint x join pg_class c on c.oid = x.conrelid
where x.connamespace = 'public'::regnamespace
union all
select c.relname, 'row security', c.relforcerowsecurity::text, c.relrowsecurity from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
union all
select p.proname, 'function', pg_get_functiondef(p.oid), true from pg_proc p where p.pronamespace = 'sec'::regnamespace
order by 1, 2, 3
"""
NAMES = sorted(file.stem for file in Path(str(migrations.__file__)).parent.glob("0*.py"))


@asynccontextmanager
async def fresh_copy(settings: Settings) -> AsyncIterator[Settings]:
    """Yield settings of a migrated database that the test may change as it likes."""
    async with migrated_database(settings, "copy") as copy:
        yield copy


async def test_two_migrators_at_once_apply_each_migration_once(settings: Settings) -> None:
    async with empty_database(settings, "empty") as empty:
        done = await asyncio.gather(*(migrate(empty, models=MODELS, migrations=MIGRATIONS) for _ in range(3)))
        assert sorted(len(names) for names in done) == [0, 0, len(NAMES)]
        assert sorted(name for names in done for name in names) == NAMES
        assert await pending(empty, models=MODELS, migrations=MIGRATIONS) == []


async def test_planning_leads_to_the_models_that_tortoise_plans_itself(settings: Settings) -> None:
    async with empty_database(settings, "planned") as empty, TortoiseContext() as context:
        config = tortoise_config(url_credentials(empty.database_url), MODELS, STOCK_ENGINE, minsize=1, maxsize=1)
        config["apps"][APP_LABEL]["migrations"] = MIGRATIONS
        await context.init(config=config)
        described = []
        for make in (MigrationExecutor, PlannedExecutor):
            executor = make(context.db(CONNECTION), config["apps"])
            keys = [MigrationKey(step.migration.app_label, step.migration.name) for step in await executor.plan()]
            state = await executor._project_state(set(keys[:PLANNED]))  # what both hand to Tortoise's own plan
            described.append({name: model.describe() for name, model in state.apps.apps[APP_LABEL].items()})
    assert len(described[0]) > 20
    assert described[0] == described[1]


async def test_the_product_role_cannot_bypass_row_security(settings: Settings) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.role_url("plumb_app")))
    try:
        for sql in ("select count(*) from company", "select count(*) from audit_entry"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no tenant"):
                await connection.fetch(sql)
        for sql in ("select 1 from account", "select 1 from login_throttle", "truncate company", "create table x (a int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("set role plumb_owner")
    finally:
        await connection.close()


async def test_the_platform_role_sees_no_business_table(settings: Settings) -> None:
    connection = await asyncpg.connect(**url_credentials(settings.role_url("plumb_platform")))
    try:
        for table in (
            "goal",
            "person",
            "letter_goal",
            "snapshot_bundle",
            "snapshot_row",
            "plan",
            "audit_entry",
            "definition_version",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select 1 from {table}")
        for sql in (
            "select payload from outbox",
            "select content from letter",
            "select seal_key from signing_key",
            "select root_key from signing_key",
            "update outbox set done_at = now()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_migration_that_does_not_get_its_lock_says_who_holds_it_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate_module, "LOCK_SECONDS", 0.3)
    late = NAMES[NAMES.index("0064_composed_texts") :]
    async with fresh_copy(settings) as copy:
        owner = await asyncpg.connect(**url_credentials(copy.database_url))
        await owner.execute("delete from tortoise_migrations where name = any($1)", late)
        async with owner.transaction():
            await owner.execute("lock table survey in access share mode")
            with pytest.raises(MigrationHindered) as hindered:
                await migrate(copy, models=MODELS, migrations=MIGRATIONS)
            told = hindered.value.text("en")
            assert told.startswith("The migration 0064_composed_texts was undone: it did not get its locks within 0.3 seconds")
            assert f"(pid {owner.get_server_pid()})" in told
        await owner.close()


async def test_a_migration_that_the_database_refuses_is_named_with_the_reason_and_undone(settings: Settings) -> None:
    async with fresh_copy(settings) as copy:
        owner = await asyncpg.connect(**url_credentials(copy.database_url))
        late = NAMES[NAMES.index("0073_goals_touched") :]
        await owner.execute("delete from tortoise_migrations where name = any($1)", late)
        with pytest.raises(MigrationFailed) as failed:
            await migrate(copy, models=MODELS, migrations=MIGRATIONS)
        said = 'The database refused the migration 0073_goals_touched (function "goals_touched" already exists with same argument'
        assert failed.value.text("en").startswith(said)
        assert not await owner.fetchval("select true from tortoise_migrations where name = '0073_goals_touched'")
        await owner.close()


async def test_a_database_of_before_the_oldest_that_is_upgraded_is_refused_once_somebody_uses_it(settings: Settings) -> None:
    before = NAMES[NAMES.index(OLDEST_UPGRADED) - 1]
    async with empty_database(settings, "early") as early:
        await migrate_module.make_roles(early)
        place, role = url_credentials(early.database_url), {"role": OWNER_ROLE}
        config = tortoise_config(place, MODELS, STOCK_ENGINE, minsize=1, maxsize=1, server_settings=role)
        config["apps"][APP_LABEL]["migrations"] = MIGRATIONS
        async with TortoiseContext() as context:
            await context.init(config=config)
            target = MigrationTarget(app_label=APP_LABEL, name=before)
            await PlannedExecutor(context.db(CONNECTION), config["apps"]).migrate(targets=[target], direction="forward")
        owner = await asyncpg.connect(**url_credentials(early.database_url))
        columns = "id, email, password_hash, locale, active, created_at"
        await owner.execute(f"insert into account ({columns}) values (gen_random_uuid(), 'a@b.cn', 'x', 'en', true, now())")
        with pytest.raises(DatabaseTooOld) as refused:
            await migrate(early, models=MODELS, migrations=MIGRATIONS, oldest=OLDEST_UPGRADED)
        said = f"The database stands at migration {before}, before {OLDEST_UPGRADED}, and has accounts"
        assert refused.value.text("en").startswith(said)
        assert await owner.fetchval("select max(name) from tortoise_migrations") == before
        await owner.execute("delete from account")
        later = NAMES[NAMES.index(before) + 1 :]
        assert await migrate(early, models=MODELS, migrations=MIGRATIONS, oldest=OLDEST_UPGRADED) == later
        await owner.close()


async def test_who_holds_a_migration_up_is_told_to_a_role_that_may_not_see_times(settings: Settings) -> None:
    async with fresh_copy(settings) as copy:
        holder = await asyncpg.connect(**url_credentials(copy.role_url(APP_ROLE)))
        asking = await asyncpg.connect(**url_credentials(copy.role_url(PLATFORM_ROLE)))
        async with holder.transaction():
            await holder.execute("lock table survey in access share mode")
            told = (await migrate_module._hindered(asking, ["0064_composed_texts"])).text("en")
            assert f"{APP_ROLE} ? s (pid {holder.get_server_pid()})" in told
        await holder.close()
        await asking.close()


async def test_released_migrations_keep_nobody_out_for_long_and_end_where_they_ended(settings: Settings) -> None:
    async with fresh_copy(settings) as copy:
        owner = await asyncpg.connect(**url_credentials(copy.database_url))
        before = [tuple(row) for row in await owner.fetch(END_STATE)]
        for name in ("0059_lighter_writes", "0064_composed_texts"):
            migration = import_module(f"plumb_tenants.migrations.{name}").Migration
            assert migration.atomic is False
            # As the migrator does, each by itself; and again, as after one that was cut off.
            for sql in 2 * migration.operations[0].sql:
                await owner.execute(sql)
        assert [tuple(row) for row in await owner.fetch(END_STATE)] == before
        checks = {name: (words, is_valid) for _, name, words, is_valid in before}
        kind = "CHECK (((kind)::text = ANY ('{OBJECTIVE,KEY_RESULT,KPI,QUOTA}'::text[])))"
        assert checks["goal_kind_check"] == (kind, True)
        await owner.close()
