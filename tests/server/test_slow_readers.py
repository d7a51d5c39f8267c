"""Who asks for much and reads it slowly, or not at all, is cut off; who reads on is not."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from plumb_platform.settings import Settings
from plumb_server import slow_readers
from plumb_server.slow_readers import WatchedSending
from support.serving import served

PART, PARTS = 1_000_000, 40
FLOOD, DROPS, DROP = 8_000_000, 200, 20_000
KEPT, LOOK = 100_000, 1_000_000
"""What the sockets at either end keep is less than half a LOOK: of so much that was read, most was written meanwhile."""


class Watch:
    """The connection at the server's end: when it ended, and its patience, which a test may end."""

    def __init__(self) -> None:
        self.sending: WatchedSending | None = None
        self.ended = asyncio.Event()
        self.keeps_little = True
        self.looks = self._read = 0
        self._since: asyncio.TimerHandle | None = None

    def read(self, size: int) -> None:
        """Note how much was read; after each LOOK let the time be over of a watch that was begun before it."""
        assert self.sending is not None
        self._read += size
        if self._read < LOOK:
            return
        self._read = 0
        if self._since is not None and self._since is self.sending._watching:
            self.sending._look()
            self.looks += 1
        self._since = self.sending._watching


async def much(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 40 MB, at once or part by part, or little of it, as the path says."""
    if scope["type"] == "lifespan":
        for ended in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{ended}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/drops":
        await send({"type": "http.response.body", "body": b"a" * FLOOD, "more_body": True})
        for _ in range(DROPS):
            await send({"type": "http.response.body", "body": b"a" * DROP, "more_body": True})
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b""})
    elif scope["path"] == "/parts":
        for _ in range(PARTS):
            await send({"type": "http.response.body", "body": b"a" * PART, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": b"a" * PART * PARTS})


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found, made, lost = Watch(), WatchedSending.connection_made, WatchedSending.connection_lost

    def begin(self: WatchedSending, transport: Any) -> None:
        found.sending = self
        if found.keeps_little:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KEPT)
        made(self, transport)

    def end(self: WatchedSending, exc: Exception | None) -> None:
        lost(self, exc)
        found.ended.set()

    monkeypatch.setattr(WatchedSending, "connection_made", begin)
    monkeypatch.setattr(WatchedSending, "connection_lost", end)
    return found


@pytest.fixture
async def port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Serve it with little patience."""
    monkeypatch.setattr(slow_readers, "SEND_SECONDS", 0.3)
    async with served(settings, lambda _: much) as address:
        found = urlsplit(address).port
        assert found is not None
        yield found


@pytest.fixture
def patient(port: int, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> int:
    """Serve with a patience that ends only when the test looks."""
    monkeypatch.setattr(slow_readers, "SEND_SECONDS", 3600)
    return port


@pytest.fixture
def reader() -> Iterator[socket.socket]:
    """Return a socket that keeps little for whoever reads from it."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.setblocking(False)
        yield made


@pytest.fixture
def steady() -> Iterator[socket.socket]:
    """Return a socket of somebody who reads on; it keeps little, as the server's end does."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KEPT)
        made.setblocking(False)
        yield made


async def asked(reader: socket.socket, port: int, path: str, *headers: str) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_connect(reader, ("127.0.0.1", port))
    await loop.sock_sendall(reader, "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())


async def read_all(reader: socket.socket, watch: Watch | None = None, *, part: int = LOOK, whole: int = PART * PARTS) -> int:
    """Return how much came until the end or the cut; with a watch, its patience is over each LOOK bytes."""
    loop, came = asyncio.get_running_loop(), 0
    try:
        async with asyncio.timeout(120):
            while came < whole and (data := await loop.sock_recv(reader, part)):
                came += len(data)
                # The server writes what there is room for now.
                await asyncio.sleep(0)
                if watch is not None:
                    watch.read(len(data))
    except ConnectionError:
        pass
    return came


async def until_ended(watch: Watch) -> None:
    async with asyncio.timeout(60):
        await watch.ended.wait()


@pytest.mark.parametrize("path", ["/parts", "/whole"])
@pytest.mark.parametrize("headers", [(), ("Connection: close",)])
async def test_who_reads_nothing_is_cut_off(
    port: int, watch: Watch, reader: socket.socket, path: str, headers: tuple[str, ...]
) -> None:
    await asked(reader, port, path, *headers)
    await until_ended(watch)
    assert await read_all(reader) < PART * PARTS


@pytest.mark.parametrize("path", ["/parts", "/whole"])
async def test_who_reads_too_slowly_is_cut_off(port: int, watch: Watch, reader: socket.socket, path: str) -> None:
    await asked(reader, port, path)
    async with asyncio.timeout(60):
        while not watch.ended.is_set():
            await asyncio.get_running_loop().sock_recv(reader, 1000)
            await asyncio.sleep(0.03)
    # What the sockets hold between the two still comes.
    assert await read_all(reader) < PART * PARTS / 2


@pytest.mark.parametrize("path", ["/parts", "/whole"])
async def test_who_reads_on_is_waited_for(patient: int, watch: Watch, steady: socket.socket, path: str) -> None:
    await asked(steady, patient, path)
    assert await read_all(steady, watch) >= PART * PARTS
    # Of parts, each is waited for anew.
    assert watch.looks > 10 if path == "/whole" else watch.looks == 0


async def test_who_reads_as_fast_as_it_is_written_is_not_cut_off(port: int, watch: Watch) -> None:
    """What waits for them is no less after a while than it was before; they have read all the same."""
    watch.keeps_little = False
    with socket.socket() as plain:
        plain.setblocking(False)
        await asked(plain, port, "/drops")
        came = await read_all(plain, whole=FLOOD // 2)
        while came < FLOOD + DROPS * DROP and (data := await asyncio.get_running_loop().sock_recv(plain, DROP - 1000)):
            came += len(data)
            await asyncio.sleep(0.01)
    assert came >= FLOOD + DROPS * DROP
