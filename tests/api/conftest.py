"""The product as it is served: its own schema, routes and resources over HTTP, and a company founded as an operator does."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2
import pytest

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import Database, platform_transaction
from plumb_platform.scanning import Scanner, scanner_at
from plumb_platform.settings import Settings
from plumb_platform.storage import Storage, open_storage
from plumb_server.app import make_app
from plumb_server.assembly import product_resources, product_routes
from plumb_server.cookies import SessionCookies
from plumb_server.founding import found_company
from support.clamd import Clamd, clamd_on
from support.filled_company import new_session
from support.serving import Caller, browser, served

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Founded:
    """A company as `plumb company create` leaves it, and its admin's way in."""

    tenant_id: UUID
    key: str
    email: str

    @property
    def system(self) -> Actor:
        """Return the actor that may look at everything of the company."""
        return system_actor(self.tenant_id)


@pytest.fixture(scope="session")
async def clamd(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clamd]:
    """Run the scanner that every file is scanned by."""
    async with clamd_on(tmp_path_factory.mktemp("clamd")) as running:
        yield running


@pytest.fixture(scope="session")
async def address(settings: Settings, database: Database, clamd: Clamd) -> AsyncIterator[str]:
    """Serve the product for the session; yield its address."""
    limited = settings.model_copy(update={"body_limit": 1_000_000, "scan_url": clamd.urls[0]})
    async with served(limited, lambda own: make_app(own, product_resources, product_routes(own))) as url:
        yield url


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client with a cookie jar of its own and nobody signed in."""
    async with browser(address) as client:
        yield client


@pytest.fixture
def nobody(http: httpx2.AsyncClient) -> Caller:
    """Return a caller who has not signed in."""
    return Caller(http)


@pytest.fixture
async def company(settings: Settings, database: Database) -> Founded:
    """Found a company of this test's own, with no failed sign-in of this address remembered."""
    async with platform_transaction() as connection:
        await connection.execute("delete from login_throttle where key = 'address:127.0.0.1'")
    return await found(settings)


@pytest.fixture
async def admin(nobody: Caller, company: Founded) -> Caller:
    """Return the company's admin, signed in."""
    await nobody.sign_in(company.email, PASSWORD)
    return nobody


@pytest.fixture
async def someone(address: str) -> AsyncIterator[Callable[[], Awaitable[Caller]]]:
    """Yield a function that makes further callers, each with cookies of their own."""
    clients: list[httpx2.AsyncClient] = []

    async def made() -> Caller:
        clients.append(browser(address))
        return Caller(clients[-1])

    yield made
    for client in clients:
        await client.aclose()


async def found(settings: Settings, *, email: str = "", name: str = "测试医疗器械有限公司") -> Founded:
    key, email = f"c-{uuid4().hex[:12]}", email or f"{uuid4().hex[:12]}@example.test"
    tenant_id = await found_company(settings, key=key, name=name, admin_email=email, admin_password=PASSWORD)
    return Founded(tenant_id, key, email)


@pytest.fixture
async def signed_in(address: str, settings: Settings) -> AsyncIterator[Callable[[Actor], Awaitable[Caller]]]:
    """Yield a function that gives a member a session of their own and returns them as a caller."""
    clients: list[httpx2.AsyncClient] = []

    async def made(actor: Actor) -> Caller:
        cookies, credential = SessionCookies(settings), await new_session(actor)
        clients.append(browser(address, cookie=f"{cookies.name}={credential}"))
        return Caller(clients[-1], csrf=cookies.csrf_of(credential))

    yield made
    for client in clients:
        await client.aclose()


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings.storage_url, home=settings.home)


@pytest.fixture
def scanner(clamd: Clamd) -> Iterator[Scanner]:
    """Return the scanner, which has learnt today that what BAD carries is malware."""
    was = clamd.knows, clamd.version
    clamd.knows, clamd.version = (b"/JavaScript", "Pdf.Trojan-1"), "ClamAV 1.4.6/27801/Fri Nov 27 09:00:00 2026"
    yield scanner_at(clamd.urls[0])
    clamd.knows, clamd.version = was
    clamd.odd, clamd.stream_max_length = None, 1_000_000
