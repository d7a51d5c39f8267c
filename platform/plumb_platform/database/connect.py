"""Opening the database once per process: the tenants' client and the platform role's pool."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext

from plumb_platform.database import client
from plumb_platform.database.at_hand import open_at_hand, open_transaction
from plumb_platform.database.bounds import Door, bounds_of
from plumb_platform.database.connections import LocalConnection
from plumb_platform.database.joined import check_driver
from plumb_platform.database.poolers import own_session
from plumb_platform.database.reading import ReadDoor, open_door
from plumb_platform.database.role_password import RolePassword
from plumb_platform.database.shares import Shares, share_of
from plumb_platform.database.transaction import ACQUIRE_SECONDS, CONNECTION
from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE, Settings

APP_LABEL = "plumb"
STOCK_ENGINE = "tortoise.backends.asyncpg"
_platform_pool: asyncpg.Pool | None = None
_read_door: ReadDoor | None = None


class Database:
    """The process's connections; an async context manager that makes them usable from every task.

    With `is_shared` no company gets them all, whatever it asks; a worker's jobs have turns of their own (A59). What is
    changed stands at the `door` that the process is for; what is read, at the reading one.
    """

    def __init__(self, settings: Settings, *, models: Sequence[str], is_shared: bool = False, door: Door = "change") -> None:
        self._settings = settings
        self._models = list(models)
        self._is_shared = is_shared
        self._bounds = bounds_of(settings, door)
        self._context = TortoiseContext()

    async def __aenter__(self) -> Self:
        global _platform_pool, _read_door  # noqa: PLW0603 - one process, one of each, opened and closed here
        check_driver()
        config = tortoise_config(
            role_credentials(self._settings, APP_ROLE),
            self._models,
            client.__name__,
            maxsize=self._settings.pool_size,
            minsize=0,
            application_name="plumb",
            server_settings=self._bounds.settings(),
        )
        # The context is left at once: tasks find it as the process's own, whatever task opened it.
        with self._context:
            await self._context.init(config=config, _enable_global_fallback=True)
        _platform_pool = await asyncpg.create_pool(
            min_size=0,
            max_size=max(2, self._settings.pool_size // 2),
            connection_class=LocalConnection,
            connect=_own_session,
            **role_credentials(self._settings, PLATFORM_ROLE),
            server_settings=self._bounds.settings(),
        )
        _read_door = open_door(
            role_credentials(self._settings, APP_ROLE),
            size=self._settings.pool_size,
            bounds=bounds_of(self._settings, "read"),
        )
        if self._is_shared:
            share_connections(share_of(self._settings.pool_size))
        return self

    async def __aexit__(self, *_: object) -> None:
        global _platform_pool, _read_door
        (pool, _platform_pool), (door, _read_door) = (_platform_pool, None), (_read_door, None)
        for opened in (pool, door):
            if opened is not None:
                await opened.close()
        await self._context.close_connections()


async def _own_session(_dsn: None, **how: Any) -> asyncpg.Connection:
    return await own_session(**how)


def share_connections(each: int | None) -> None:
    """Have one company get `each` connections to change by and as many to read by, at most; all of them with None."""
    lenders: tuple[Any, ...] = (get_connections().get(CONNECTION), read_door())
    for lender in lenders:
        lender.shares = Shares(each, seconds=ACQUIRE_SECONDS) if each else None


def tortoise_config(place: Mapping[str, Any], models: Sequence[str], engine: str, **credentials: Any) -> dict[str, Any]:
    """Return Tortoise's configuration for one connection and one app that holds all tables."""
    return {
        "connections": {CONNECTION: {"engine": engine, "credentials": {**place, **credentials}}},
        "apps": {APP_LABEL: {"models": list(models), "default_connection": CONNECTION}},
        "use_tz": True,
        "timezone": "UTC",
    }


def url_credentials(url: str) -> dict[str, Any]:
    """Return host, port, user, password and database of a postgresql:// URL; `?host=` may name a socket folder."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", None) or parts.hostname or "127.0.0.1"
    return {
        "host": host,
        "port": parts.port or int(query.pop("port", 5432)),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
    }


def role_credentials(settings: Settings, role: str) -> dict[str, Any]:
    """Return the same of one of our roles, whose password is that of its URL or one that the settings derive."""
    found = url_credentials(settings.role_url(role))
    return found | {"password": RolePassword(found["password"], *settings.role_passwords(role))}


def read_door() -> ReadDoor:
    """Return the door through which compiled reads go."""
    if _read_door is None:
        raise RuntimeError("the database is not open")
    return _read_door


@asynccontextmanager
async def platform_transaction() -> AsyncIterator[asyncpg.Connection]:
    """Open a transaction as the platform role, for work that belongs to no company: sign-in, relay, timers.

    The role has few column grants and sees no business table. Within a company's transaction that one begins first, so that
    nothing is done here for a caller who is not who they were.
    """
    await open_at_hand()
    async with _platform_connection() as connection, connection.transaction():
        yield connection


async def platform_transaction_behind() -> asyncpg.Connection:
    """Open one that ends as the company's transaction at hand does, right behind it.

    For what belongs to an account and is told in a company's audit chain: nothing is done without its entry. A process that
    dies between the two commits leaves an entry of what was not done.
    """
    return await open_transaction().carry(platform_transaction())


async def platform_row(statement: str, *values: Any) -> asyncpg.Record | None:
    """Return the first row of a single statement of the platform role, which is a `platform_transaction` by itself."""
    await open_at_hand()
    async with _platform_connection() as connection:
        return await connection.fetchrow(statement, *values)


def _platform_connection() -> AbstractAsyncContextManager[asyncpg.Connection]:
    if _platform_pool is None:
        raise RuntimeError("the database is not open")
    opened: AbstractAsyncContextManager[asyncpg.Connection] = _platform_pool.acquire(timeout=ACQUIRE_SECONDS)
    return opened
