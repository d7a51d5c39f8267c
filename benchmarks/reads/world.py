"""The companies that all variants read: founded by the product itself, filled by SQL, with a session and goals for each."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.reads.rows import MESSAGES, company_rows
from plumb_platform.database import Database
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import migrate
from plumb_platform.identity.service import open_session
from plumb_platform.settings import Settings, with_database
from plumb_server.cookies import SessionCookies
from plumb_server.founding import found_company
from plumb_tenants.tables import MIGRATIONS, MODELS

EMAIL, PASSWORD = "reads@example.test", "Bench-reads-2026-plumb"
PAGE = 100
MEMBERSHIP = "select tenant_id, id as membership_id, account_id, person_id, roles from membership where tenant_id = $1"
JOIN_PERSON = (
    "update membership m set person_id = (select p.id from person p where p.tenant_id = m.tenant_id order by p.number limit 1) "
    "where m.tenant_id = $1"
)


@dataclass(frozen=True, slots=True)
class Company:
    """One company, its administrator's session, and its goals in the order in which lists show them."""

    tenant_id: UUID
    session: str
    csrf: str
    goals: tuple[UUID, ...]
    """Goals of people; the key results follow them in every list, and the goals of units come last."""
    key_results: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class World:
    """One database and its companies."""

    settings: Settings
    companies: tuple[Company, ...]


def make_world(base: Settings, name: str, *, companies: int) -> World:
    """Create a database beside the others of the server, migrate it and fill it."""
    settings = base.model_copy(update={"database_url": with_database(base.database_url, name)})
    asyncio.run(statement(base, f'create database "{name}"'))
    asyncio.run(migrate(settings, models=MODELS, migrations=MIGRATIONS))
    return World(settings, asyncio.run(_companies(settings, companies)))


async def connect(settings: Settings) -> asyncpg.Connection:
    """Connect as the role that owns the server, for what no product role may do."""
    return await asyncpg.connect(**url_credentials(settings.database_url))


async def statement(settings: Settings, sql: str) -> str:
    """Run one statement as the owner of the server and return its status."""
    connection = await connect(settings)
    try:
        status: str = await connection.execute(sql)
    finally:
        await connection.close()
    return status


async def _companies(settings: Settings, count: int) -> tuple[Company, ...]:
    connection = await connect(settings)
    try:
        async with Database(settings, models=MODELS):
            made = [await _company(settings, connection, number) for number in range(count)]
        # What autovacuum would gather within a minute; it is off from here on, lest it take part in a measurement.
        await connection.execute("vacuum (freeze, analyze)")
        await connection.execute("alter system set autovacuum = off")
        await connection.execute("select pg_reload_conf()")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    return tuple(made)


async def _company(settings: Settings, connection: asyncpg.Connection, number: int) -> Company:
    tenant_id = await found_company(
        settings, key=f"reads-{number:02}", name=f"读取基准公司 {number}", admin_email=EMAIL, admin_password=PASSWORD
    )
    # The triggers that count changes ask whose they are.
    await connection.execute("select set_config('app.tenant', $1, false)", str(tenant_id))
    await company_rows(connection, tenant_id)
    await connection.execute(JOIN_PERSON, tenant_id)
    await connection.execute(MESSAGES, tenant_id)
    membership = await connection.fetchrow(MEMBERSHIP, tenant_id)
    opened = await open_session(membership, hours=12, address="127.0.0.1", agent="bench", request_id="bench")
    of_people = "select id from goal where tenant_id = $1 and owner_id is not null and {} order by id"
    goals = await connection.fetch(of_people.format("metric = '销售额'"), tenant_id)
    key_results = await connection.fetch(of_people.format("metric = '关键结果'"), tenant_id)
    return Company(
        tenant_id=tenant_id,
        session=opened.credential,
        csrf=SessionCookies(settings).csrf_of(opened.credential),
        goals=tuple(row["id"] for row in goals),
        key_results=tuple(row["id"] for row in key_results),
    )


def home_settings(folder: Path, database_url: str, redis_url: str) -> Settings:
    """Return settings of an installation that has nothing but these servers."""
    return Settings(home=folder, database_url=database_url, redis_url=redis_url)
