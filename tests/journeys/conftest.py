"""One set of running servers for all journeys, and an empty company on them for each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.settings import Settings
from plumb_server import processes
from plumb_server.demo.run import free_port, ready
from support.journeys import Journey, founded
from support.servers import migrated_database

RUNNING = ExitStack()
"""The servers of the journeys of this process."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Stop the servers with the last journey: idle ones look for work many times a second until the last test of all."""
    yield
    if nextitem is None or nextitem.path.parent != item.path.parent:
        RUNNING.close()


@pytest.fixture(scope="session")
async def house(settings: Settings, tmp_path_factory: pytest.TempPathFactory, font_cache: Path) -> AsyncIterator[processes.House]:
    """Run API, relay and worker on a database of their own."""
    folder = tmp_path_factory.mktemp("journey")
    (folder / "fonts").symlink_to(font_cache)
    name = f"{url_credentials(settings.database_url)['database']}_journey"
    async with migrated_database(settings, name) as database:
        port = free_port()
        own = database.model_copy(update={"home": folder, "public_url": f"http://127.0.0.1:{port}"})
        site = RUNNING.enter_context(processes.house(own, port=port, logs=folder))
        await ready(own.public_url)
        yield site
        RUNNING.close()


@pytest.fixture
async def found(house: processes.House) -> AsyncIterator[Callable[[str], Awaitable[Journey]]]:
    """Return a function that founds an empty company by its name; its people's browsers are closed afterwards."""
    async with AsyncExitStack() as stack:

        async def make(name: str) -> Journey:
            return await founded(house.settings, stack, name)

        yield make
