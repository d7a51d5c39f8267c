"""The edge of every response: request id, security headers, no caching unless a page says otherwise."""

import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plumb_platform.observability import traced
from plumb_server.asked import new_request_id
from plumb_server.incoming import request_id_of

CLOSED_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": CLOSED_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def usual_headers(*, secure: bool) -> Mapping[str, str]:
    """Return the headers that a response carries when it does not set them itself."""
    return _HEADERS | ({"strict-transport-security": "max-age=31536000"} if secure else {})


class Edge:
    """ASGI middleware: gives each request an id, and each response the headers that it did not set itself."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = usual_headers(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its id in `scope["request_id"]`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["request_id"] = request_id_of(Headers(scope=scope)) or new_request_id()

        began = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                _observe(scope, message["status"], time.perf_counter() - began)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        with traced(request_id=request_id):
            await self._app(scope, receive, send_with_headers)


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "none")
    scope["state"]["resources"].metrics.observe_request(route, status, seconds)
