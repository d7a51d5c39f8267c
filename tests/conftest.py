"""Fixtures of the whole suite: real PostgreSQL and Valkey, a migrated database per worker, companies made fresh per test."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "scripts")]

from support.servers import fresh_database, test_servers

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_tenants.tables import MODELS


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Settings]:
    """Return settings of a freshly migrated database of this worker, and of its own Redis database number."""
    os.environ.setdefault("TZ", "UTC")
    name = os.environ.get("PLUMB_TEST_NAME", "") + worker_id
    with test_servers(name) as (database_url, redis_url):
        settings = Settings(
            home=tmp_path_factory.mktemp("home"),
            database_url=database_url,
            redis_url=redis_url,
            secret_key="a secret of the test suite, 32+ characters",  # type: ignore[arg-type]  # pydantic wraps it
            pool_size=10,
        )
        with fresh_database(settings, f"plumb_test_{name}") as migrated:
            yield migrated


@pytest.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database as the product's own roles for the length of the session."""
    async with Database(settings, models=MODELS) as opened:
        yield opened
