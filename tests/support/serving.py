"""An application behind a real HTTP server on loopback, and clients that ask it as a browser or a program would."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp

from plumb_platform.settings import Settings
from plumb_server.web_server import WebServer

AUTHORITIES = httpx2.create_ssl_context()
"""What each client would read of its own, in 20 ms of a processor: they ask this machine without TLS."""
SIGN_IN = """mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on LoginSuccess { csrfToken expiresInSeconds }
  ... on Problem { code message field } ... on RateLimitedProblem { retryAfter } } }"""


@asynccontextmanager
async def served(settings: Settings, make: Callable[[Settings], ASGIApp], *, public_url: str = "") -> AsyncIterator[str]:
    """Serve what `make` makes of the settings and yield the address; people know it as `public_url`, or by the same address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        own = settings.model_copy(update={"public_url": public_url or address})
        server = WebServer(uvicorn.Config(make(own), log_level="critical", lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
            await asyncio.sleep(0.01)
        yield address
        server.should_exit = True
        await serving


def browser(address: str, **headers: str) -> httpx2.AsyncClient:
    """Return a client with a cookie jar of its own, whose person reads English; further headers go with each request."""
    own = {"accept-language": "en"} | headers
    return httpx2.AsyncClient(base_url=address, headers=own, timeout=60, verify=AUTHORITIES)


@dataclass
class Caller:
    """Somebody who asks over HTTP: with a session cookie and its CSRF word, with a token, or as nobody."""

    http: httpx2.AsyncClient
    csrf: str = ""
    token: str = ""

    async def post(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx2.Response:
        """Send one operation and return the response."""
        own = {"x-plumb-csrf": self.csrf} if self.csrf else {}
        own |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=own | (headers or {}))

    async def ask(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """Return the answer of the one root field, which must have no error."""
        body = (await self.post(query, headers, **variables)).json()
        assert "errors" not in body, body
        (found,) = body["data"].values()
        return found

    async def refusal(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> tuple[int, str]:
        """Return status and code of a request that is refused as a whole."""
        response = await self.post(query, headers, **variables)
        return response.status_code, response.json()["errors"][0]["extensions"]["code"]

    async def sign_in(self, email: str, password: str, company: str | None = None) -> Any:
        """Sign in as the page does: the client keeps the cookie, and the CSRF word goes with every later request."""
        answer = await self.ask(SIGN_IN, input={"email": email, "password": password, "company": company})
        self.csrf = answer.get("csrfToken", "")
        return answer
