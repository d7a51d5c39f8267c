"""The heads of requests: bounded in bytes, in number of headers and in time, none of which uvicorn bounds."""

import asyncio

import orjson
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from plumb_platform.errors import DomainError
from plumb_server.problems import STATUS, HeadTooLarge, HeadTooSlow, HostInvalid
from plumb_server.slow_readers import WatchedSending
from plumb_server.upgrades import WithoutUpgrade

HEAD_BYTES = 64 * 1024
HEADERS = 200
HEAD_SECONDS = 20
"""So long a connection may take until it has said what it wants."""
_REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class GuardedHttp(WatchedSending, WithoutUpgrade):
    """A connection that is closed when what is no body goes on too long, before the head or, as trailers, behind the body.

    The parser copies what it holds of a header with every part that comes: one of 40 MB kept the loop busy for seconds.
    """

    _is_in_head = True
    _has_moved = False
    """Whether the part at hand ended a head or held some of a body."""
    _apart = 0
    """How much has come since something did, in whole parts of at most 256 KB."""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Wait for the first head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a part."""
        self._has_moved = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._apart = 0 if self._has_moved else self._apart + len(data)
        if self._apart > HEAD_BYTES:
            self._refuse(HeadTooLarge(kilobytes=HEAD_BYTES // 1024, headers=HEADERS))
        elif self._late is None and (self._is_in_head or self._is_answered):
            self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Begin the request, unless its head is too long."""
        self._is_in_head, self._has_moved = False, True
        self._stop_waiting()
        length = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if length > HEAD_BYTES or len(self.headers) > HEADERS:
            self._refuse(HeadTooLarge(kilobytes=HEAD_BYTES // 1024, headers=HEADERS))
        elif self.parser.get_http_version() == "1.1" and [name for name, _ in self.headers].count(b"host") != 1:
            self._refuse(HostInvalid())
        elif not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body."""
        self._has_moved = True
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if not self.transport.is_closing():
            super().on_message_complete()

    @property
    def _is_answered(self) -> bool:
        """Whether nothing is under way: what comes now stopped uvicorn's own clock, be it an empty line or rest of a body."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete

    def _give_up(self) -> None:
        self._late = None
        if self._is_in_head or self._is_answered:
            self._refuse(HeadTooSlow(seconds=HEAD_SECONDS))

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, error: DomainError) -> None:
        """Answer in both languages, for no header said which, and close; an answer under way is cut off."""
        if self.transport.is_closing():
            return
        status = STATUS.get(type(error), 400)
        message = f"{error.text('zh-CN')} / {error.text('en')}"
        body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": error.code}}]})
        head = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        under_way: RequestResponseCycle | None = self.cycle
        if under_way is None or under_way.response_complete:
            self.transport.write(head % (status, _REASONS[status], len(body)) + body)
        self.transport.close()
