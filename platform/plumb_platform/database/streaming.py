"""Rows of one statement, taken piece by piece while it runs: all are of the moment at which it began."""

from collections.abc import Sequence
from typing import Any

from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections

from plumb_platform.database.transaction import CONNECTION


class Rows:
    """A statement that goes on as rows are asked for, and ends with its transaction; other statements may run in between."""

    def __init__(self, client: Any, cursor: Any) -> None:
        self._client = client
        self._cursor = cursor

    async def take(self, count: int) -> Sequence[tuple[Any, ...]]:
        """Return the next rows, each with its columns in order, fewer than `count` when there are no more."""
        rows: Sequence[tuple[Any, ...]] = await _taken(self._client, self._cursor, count)
        return rows


async def open_rows(sql: str, *values: Any) -> Rows:
    """Begin a `select` inside the open tenant transaction; `$1` and on are bound values."""
    client = get_connections().get(CONNECTION)
    return Rows(client, await _opened(client, sql, values))


@translate_exceptions
async def _opened(client: Any, sql: str, values: Sequence[Any]) -> Any:
    await client.open()
    async with client.acquire_connection() as connection:
        return await connection.cursor(sql, *values)


@translate_exceptions
async def _taken(client: Any, cursor: Any, count: int) -> Any:
    async with client.acquire_connection():
        return await cursor.fetch(count)
