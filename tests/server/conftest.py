"""The small API behind the real application and a real HTTP server on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from support.companies import CompanyFixture, make_company
from support.small_api import small_resources

from plumb_platform.database import Database
from plumb_platform.identity.service import open_session
from plumb_platform.settings import Settings
from plumb_server.app import make_app


@pytest.fixture(scope="session")
async def server_url(settings: Settings, database: Database) -> AsyncIterator[str]:
    """Serve the application for the session; yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        own = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}", "body_limit": 1_000_000})
        config = uvicorn.Config(make_app(own, small_resources), log_level="critical", lifespan="on", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
            await asyncio.sleep(0.01)
        yield own.public_url
        server.should_exit = True
        await serving


@pytest.fixture
async def http(server_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of the server, with nobody signed in."""
    async with httpx2.AsyncClient(base_url=server_url, headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    """Make a company of this test's own."""
    return await make_company()


@pytest.fixture
async def session(company: CompanyFixture) -> str:
    """Return the credential of a session of the company's HR."""
    actor = company.hr
    row = {
        "tenant_id": actor.tenant_id,
        "membership_id": actor.membership_id,
        "account_id": actor.account_id,
        "person_id": None,
        "roles": '["hr"]',
    }
    opened = await open_session(row, hours=1, address="127.0.0.1", agent="tests", request_id="test-request")
    return opened.credential
