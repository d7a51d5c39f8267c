"""The server of the peers: starlette, strawberry with its parser and validation caches, one tenant transaction a request."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from benchmarks.reads import peer_loaders, peer_prefetch
from benchmarks.reads.credentials import from_environment

STOCK_ENGINE, POOL = "tortoise.backends.asyncpg", 10
PEERS: dict[str, ModuleType] = {"prefetch": peer_prefetch, "loaders": peer_loaders}


class TenantTransaction(SchemaExtension):
    """Runs an operation in one transaction that names the tenant."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Open the transaction around the execution."""
        tenant = self.execution_context.context["request"].headers["x-tenant"]
        async with in_transaction("default") as transaction:
            await transaction.execute_query("select set_config('app.tenant', $1, true)", [tenant])
            yield


class Endpoint(GraphQL[Any, Any]):
    """Strawberry's own ASGI application, with new loaders for each request."""

    loaders: type | None = None

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        """Return the context of one request."""
        return {"request": request, "response": response, "loaders": self.loaders() if self.loaders else None}


def make_app(peer: ModuleType) -> Starlette:
    """Return the application of one peer."""
    query, mutation = peer.SCHEMA
    extensions: list[Any] = [lambda: ParserCache(), lambda: ValidationCache(), TenantTransaction]  # noqa: PLW0108 - as documented
    endpoint = Endpoint(strawberry.Schema(query, mutation, extensions=extensions))
    endpoint.loaders = peer.LOADERS
    credentials = from_environment() | {"minsize": POOL, "maxsize": POOL}
    config = {
        "connections": {"default": {"engine": STOCK_ENGINE, "credentials": credentials}},
        "apps": {"peer": {"models": ["benchmarks.reads.peer_models"], "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        context = TortoiseContext()
        with context:
            await context.init(config=config, _enable_global_fallback=True)
        yield
        await context.close_connections()

    return Starlette(routes=[Route("/graphql", endpoint)], lifespan=lifespan)


def main() -> None:
    """Serve one of the peers on a port of loopback."""
    peer, port = sys.argv[1:]
    app = make_app(PEERS[peer])
    uvicorn.run(app, port=int(port), loop="uvloop", http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
