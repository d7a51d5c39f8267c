"""One HTTP request to GraphQL as it stands in the ASGI scope: its headers by name, its query, its address, its id."""

import os
import secrets
from collections.abc import Mapping
from itertools import count
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from plumb_server.incoming import request_id_of

_NUMBERS = count(1)
_process = secrets.token_hex(6)


class Asked:
    """What the door reads of a request; made for every one, so it does no more than it is asked for."""

    __slots__ = ("headers", "receive", "request_id", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1")
            # Only cookies may come in several lines (RFC 9113 section 8.2.3).
            text = value.decode("latin-1")
            headers[key] = f"{headers[key]}; {text}" if key == "cookie" and key in headers else text
        self.scope, self.receive, self.headers = scope, receive, headers
        self.request_id = scope["request_id"] = request_id_of(headers) or new_request_id()

    @property
    def query(self) -> Mapping[str, str]:
        """Return the parameters of the URL."""
        return dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    @property
    def address(self) -> str:
        """Return the address that the request came from."""
        client = self.scope.get("client")
        return client[0] if client else ""

    async def next_part(self) -> tuple[bytes, bool]:
        """Return the next part of the body and whether more follow; raises ClientDisconnect."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)


def new_request_id() -> str:
    """Return a word that no other request has: the process's own and a number."""
    return f"{_process}-{next(_NUMBERS):x}"


def _rename() -> None:
    global _process  # noqa: PLW0603 - one process, one word
    _process = secrets.token_hex(6)


os.register_at_fork(after_in_child=_rename)
