"""The limit: starlette and asyncpg hand PostgreSQL's JSON on, in a transaction that names the tenant or in one round trip."""

import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.reads.credentials import from_environment
from benchmarks.reads.raw_sql import as_bytes, in_one_trip, page_sql, small_sql

POOL = 10
FIRST = UUID(int=0)
Read = Callable[[asyncpg.Pool, str, UUID], Coroutine[Any, Any, bytes]]


def in_transaction(sql: str) -> Read:
    """Return a reader that begins, names the tenant, reads and commits: four round trips and the pool's reset."""
    statement = as_bytes(sql)

    async def read(pool: asyncpg.Pool, tenant: str, key: UUID) -> bytes:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select set_config('app.tenant', $1, true)", tenant)
            found: bytes = await connection.fetchval(statement, key)
        return found

    return read


def in_statement(sql: str) -> Read:
    """Return a reader that does all of it in one statement."""
    statement = in_one_trip(sql)

    async def read(pool: asyncpg.Pool, tenant: str, key: UUID) -> bytes:
        async with pool.acquire() as connection:
            found: bytes = await connection.fetchval(statement, key, tenant)
        return found

    return read


def make_app(make_reader: Callable[[str], Read]) -> Starlette:
    """Return the application with its two reads."""
    page, small = make_reader(page_sql()), make_reader(small_sql())

    async def goals(request: Request) -> Response:
        after = orjson.loads(await request.body())["after"]
        found = await page(request.state.pool, request.headers["x-tenant"], UUID(after) if after else FIRST)
        return Response(b'{"data":{"goals":' + found + b"}}", media_type="application/json")

    async def goal(request: Request) -> Response:
        wanted = UUID(orjson.loads(await request.body())["id"])
        found = await small(request.state.pool, request.headers["x-tenant"], wanted)
        return Response(b'{"data":{"goal":' + found + b"}}", media_type="application/json")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with asyncpg.create_pool(**from_environment(), min_size=POOL, max_size=POOL, reset=reset) as pool:
            yield {"pool": pool}

    reset = _nothing if make_reader is in_statement else None
    return Starlette(routes=[Route("/page", goals, methods=["POST"]), Route("/small", goal, methods=["POST"])], lifespan=lifespan)


async def _nothing(_: asyncpg.Connection) -> None:
    """Stand in for RESET ALL: what is set in one statement ends with it."""


def main() -> None:
    """Serve one of the two forms on a port of loopback."""
    form, port = sys.argv[1:]
    app = make_app({"transaction": in_transaction, "statement": in_statement}[form])
    uvicorn.run(app, port=int(port), loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
