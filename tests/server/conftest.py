"""The small API behind the real application and a real HTTP server on loopback."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_server.app import make_app
from support.companies import CompanyFixture, make_company
from support.filled_company import new_session
from support.serving import browser, served
from support.small_api import small_resources


@pytest.fixture(scope="session")
async def server_url(settings: Settings, database: Database) -> AsyncIterator[str]:
    """Serve the application for the session; yield its address."""
    limited = settings.model_copy(update={"body_limit": 1_000_000})
    async with served(limited, lambda own: make_app(own, small_resources)) as address:
        yield address


@pytest.fixture
async def http(server_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the server, with nobody signed in."""
    async with browser(server_url) as client:
        yield client


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    """Make a company of this test's own."""
    return await make_company()


@pytest.fixture
async def session(company: CompanyFixture) -> str:
    """Return the credential of a session of the company's HR."""
    return await new_session(company.hr)
