"""A relay before PostgreSQL, by TCP, that loses a connection at a message of choice, or hands all on in pieces."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

Side = Literal["asked", "answered", "half asked", "half answered"]
"""Whose message is counted, and whether half of the one behind the last still passes."""
_CANCEL = 80877102
_HEAD = 5


async def _nothing() -> None:
    """Do nothing but cut the line."""


@dataclass
class Cutter:
    """What becomes of the line: so many messages of one side pass from now on, then something is done, and it may be cut."""

    side: Side = "asked"
    left: int | None = None
    """None for a line that holds."""
    act: Callable[[], Awaitable[object]] = _nothing
    is_cut: bool = True
    piece: int = 65536
    """How many bytes pass at a time."""

    def cut(self, side: Side, behind: int) -> None:
        """Cut the line behind so many messages of a side."""
        self.side, self.left, self.act, self.is_cut = side, behind, _nothing, True

    def do(self, side: Side, behind: int, act: Callable[[], Awaitable[object]]) -> None:
        """Do something once so many messages of a side have passed and another has come, which then passes too."""
        self.side, self.left, self.act, self.is_cut = side, behind, act, False

    def hold(self) -> bool:
        """Let everything pass; return whether what was to be done has been."""
        is_done, self.left = self.left is None, None
        return is_done

    async def is_last(self, side: str) -> bool:
        """Count a message that is about to pass, and return whether the line is cut in its place."""
        if self.left is None or not self.side.endswith(side):
            return False
        if self.left:
            self.left -= 1
            return False
        self.left = None
        await self.act()
        return self.is_cut


@asynccontextmanager
async def cutting(credentials: dict[str, Any]) -> AsyncIterator[tuple[dict[str, Any], Cutter]]:
    """Give credentials that lead through the relay, on loopback, and what cuts it."""
    cutter, serving = Cutter(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        task.add_done_callback(serving.discard)
        host, port = str(credentials["host"]), credentials["port"]
        try:
            behind = (
                await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
                if host.startswith("/")
                else await asyncio.open_connection(host, port)
            )
        except OSError:
            writer.transport.abort()
            return
        try:
            await _connected(cutter, (reader, writer), behind)
        finally:
            for link in (writer, behind[1]):
                link.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield credentials | {"host": "127.0.0.1", "port": server.sockets[0].getsockname()[1], "ssl": False}, cutter
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connected(cutter: Cutter, client: Link, server: Link) -> None:
    start = await _start(client[0])
    server[1].write(start)
    if struct.unpack("!I", start[4:8])[0] == _CANCEL:
        # PostgreSQL closes it once the signal is on its way, and the client waits for that.
        await server[0].read()
        return
    ways = [
        asyncio.create_task(_pass_on(cutter, "asked", client[0], server[1])),
        asyncio.create_task(_pass_on(cutter, "answered", server[0], client[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _start(reader: asyncio.StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length, "big") - 4)


async def _pass_on(cutter: Cutter, side: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readexactly(_HEAD)
            message = head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
            if await cutter.is_last(side):
                if cutter.side.startswith("half"):
                    writer.write(message[: len(message) // 2])
                return
            for at in range(0, len(message), cutter.piece):
                writer.write(message[at : at + cutter.piece])
                await writer.drain()
                if cutter.piece < len(message):
                    await asyncio.sleep(0)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
