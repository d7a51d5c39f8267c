"""What benchmarks of the database have in common: servers of their own, figures for the planner, the time of a transaction."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor
from plumb_platform.database import Database, tenant_transaction
from plumb_platform.database.connect import url_credentials
from plumb_platform.database.migrate import migrate
from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.embedded import embedded_servers
from plumb_platform.settings import Settings
from plumb_tenants.company.founding import create_company
from plumb_tenants.tables import MIGRATIONS, MODELS


def run(measure: Callable[[Settings], Awaitable[None]]) -> None:
    """Run a measurement with the database open, on servers of its own, in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder, embedded_servers(Path(folder), durable=False) as servers:
        settings = Settings(home=Path(folder), database_url=servers.database_url, redis_url=servers.redis_url)
        asyncio.run(migrate(settings, models=MODELS, migrations=MIGRATIONS))
        asyncio.run(_opened(settings, measure))


async def analyze(settings: Settings, *, without: tuple[str, Sequence[UUID]] | None = None) -> None:
    """Take rows away by a statement over ids, pages and all, and give the planner the figures that autovacuum would gather."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(**url_credentials(settings.database_url))
    try:
        if without is not None:
            await connection.execute(*without)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def found(actor: Actor, *, key: str = "bench") -> None:
    """Found the company that a measurement is made in."""
    place = {"time_zone": "Asia/Shanghai", "locale": "zh-CN", "currency": "CNY"}
    await create_company(actor, key=key, name="基准公司", vault=KeyVault(b"k" * 32), **place)


async def milliseconds(actor: Actor, work: Callable[[], Awaitable[object]]) -> float:
    """Time one transaction, its commit included."""
    start = time.perf_counter()
    async with tenant_transaction(actor):
        await work()
    return (time.perf_counter() - start) * 1000


async def _opened(settings: Settings, measure: Callable[[Settings], Awaitable[None]]) -> None:
    async with Database(settings, models=MODELS):
        await measure(settings)
