"""Fixtures of the whole suite: real PostgreSQL and Valkey, a migrated database per worker, companies made fresh per test."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from plumb_platform.database import Database, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.documents.timestamp_servers import TimestampServers
from plumb_platform.permissions import grants_of
from plumb_platform.scanning import scanner_at
from plumb_platform.settings import COPIES, LINKS, Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.context import Ground
from plumb_schema.ground.cursors import Cursors
from plumb_schema.ground.engine import Engine
from plumb_tenants.tables import MODELS
from support.asking import Ask
from support.companies import VAULT
from support.dying_worker_run import DyingWorker, dying_worker
from support.fonts_made import cut_fonts_into
from support.product_schema import product_schema
from support.servers import fresh_database, test_servers

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile("exact", deadline=None)
hypothesis_settings.load_profile("exact")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str, font_cache: Path) -> Iterator[Settings]:
    """Return settings of a freshly migrated database of this worker, and of its own Redis database number."""
    os.environ.setdefault("TZ", "UTC")
    name = os.environ.get("PLUMB_TEST_NAME", "") + worker_id
    home = tmp_path_factory.mktemp("home")
    (home / "fonts").symlink_to(font_cache)
    with test_servers(name) as (database_url, redis_url):
        settings = Settings(
            home=home,
            database_url=database_url,
            redis_url=redis_url,
            secret_key="a secret of the test suite, 32+ characters",  # type: ignore[arg-type]  # pydantic wraps it
            pool_size=10,
            # No statement of a test is ended because the machine is busy; what ends one is tested by limits of its own.
            read_seconds=300,
            change_seconds=300,
        )
        with fresh_database(settings, f"plumb_test_{name}") as migrated:
            yield migrated


@pytest.fixture(scope="session")
def product_engine() -> Engine:
    """Return the engine of the product's whole schema, as a process has one."""
    return Engine(product_schema())


@pytest.fixture(scope="session")
def ground(settings: Settings, database: Database) -> Ground:
    """Return what every request's context stands on."""
    return Ground(
        transaction=tenant_transaction,
        grants_of=grants_of,
        storage=open_storage(settings.storage_url, home=settings.home),
        scanner=scanner_at(""),
        vault=VAULT,
        link_keys=settings.derived_keys(LINKS),
        copy_keys=settings.derived_keys(COPIES),
        timestamps=TimestampServers(),
        session_hours=1,
        factor_keys=(b"f" * 32,),
        cursors=Cursors((b"k" * 32,)),
    )


@pytest.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database as the product's own roles for the length of the session."""
    async with Database(settings, models=MODELS) as opened:
        yield opened


@pytest.fixture(scope="session")
def font_cache(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder where the letters' font is cut, once for all workers: each cut takes five seconds of a processor."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "fonts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cut_fonts(font_cache: Path) -> Path:
    """Return that folder once the font is in it: a child has a minute to start, and may be one of many on a busy machine."""
    cut_fonts_into(font_cache)
    return font_cache


@pytest.fixture(scope="session")
async def renderer(cut_fonts: Path) -> AsyncIterator[Renderer]:
    """Return one renderer for all, whose children stay warm."""
    async with Renderer(font_cache=cut_fonts) as opened:
        yield opened


@pytest.fixture(scope="session")
async def dying() -> AsyncIterator[DyingWorker]:
    """Keep a process that forks workers which die at a step."""
    async with dying_worker() as running:
        yield running


@pytest.fixture
def ask(product_engine: Engine, ground: Ground) -> Ask:
    """Return what asks the product as somebody and gives the one root field's answer, or fails on any error."""
    return Ask(product_engine, ground)
