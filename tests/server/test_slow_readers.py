"""Who asks for much and reads it slowly, or not at all, is cut off; who reads on is not."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from plumb_platform.settings import Settings
from plumb_server import slow_readers
from support.serving import served

PART, PARTS = 1_000_000, 40
FLOOD, DROPS, DROP = 8_000_000, 200, 20_000


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
async def port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Serve it with little patience."""
    monkeypatch.setattr(slow_readers, "SEND_SECONDS", 0.3)
    async with served(settings, lambda _: much) as address:
        found = urlsplit(address).port
        assert found is not None
        yield found


@pytest.fixture
def reader() -> Iterator[socket.socket]:
    """Return a socket that keeps little for whoever reads from it."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.setblocking(False)
        yield made


async def asked(reader: socket.socket, port: int, path: str, *headers: str) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_connect(reader, ("127.0.0.1", port))
    await loop.sock_sendall(reader, "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())


async def read_all(
    reader: socket.socket, *, pause: float = 0.0, part: int = 1_000_000, whole: int = PART * PARTS
) -> tuple[int, bool]:
    """Return how much came until the end, and whether the connection was cut off."""
    loop, came = asyncio.get_running_loop(), 0
    try:
        async with asyncio.timeout(30):
            while came < whole and (data := await loop.sock_recv(reader, part)):
                came += len(data)
                await asyncio.sleep(pause)
    except ConnectionError:
        return came, True
    return came, came < whole


@pytest.mark.parametrize("path", ["/parts", "/whole"])
@pytest.mark.parametrize("headers", [(), ("Connection: close",)])
async def test_who_reads_nothing_is_cut_off(port: int, reader: socket.socket, path: str, headers: tuple[str, ...]) -> None:
    await asked(reader, port, path, *headers)
    await asyncio.sleep(1.5)
    came, is_cut = await read_all(reader)
    assert is_cut
    assert came < PART * PARTS


@pytest.mark.parametrize("path", ["/parts", "/whole"])
async def test_who_reads_too_slowly_is_cut_off(port: int, reader: socket.socket, path: str) -> None:
    await asked(reader, port, path)
    for _ in range(50):
        await asyncio.get_running_loop().sock_recv(reader, 1000)
        await asyncio.sleep(0.03)
    # What the sockets hold between the two still comes.
    came, is_cut = await read_all(reader)
    assert is_cut
    assert came < PART * PARTS / 2


@pytest.mark.parametrize("path", ["/parts", "/whole"])
async def test_who_reads_on_is_waited_for(port: int, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_readers, "SEND_SECONDS", 1)
    with socket.socket() as steady:
        steady.setblocking(False)
        await asked(steady, port, path)
        came, is_cut = await read_all(steady, pause=0.02, part=400_000)
    assert (came >= PART * PARTS, is_cut) == (True, False)


async def test_who_reads_as_fast_as_it_is_written_is_not_cut_off(port: int) -> None:
    """What waits for them is no less after a while than it was before; they have read all the same."""
    with socket.socket() as steady:
        steady.setblocking(False)
        await asked(steady, port, "/drops")
        came, is_cut = await read_all(steady, whole=FLOOD // 2)
        assert not is_cut
        more, is_cut = await read_all(steady, pause=0.01, part=DROP - 1000, whole=FLOOD + DROPS * DROP - came)
    assert (came + more >= FLOOD + DROPS * DROP, is_cut) == (True, False)
