"""A pooler as PgBouncer is one, on loopback: it gives every transaction, or every client, another session of PostgreSQL."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_NO_TLS, _TERMINATE, _READY, _IDLE, _KEY = 80877103, b"X", b"Z", b"I", b"K"
_ENDS = (b"Q", b"S")
"""What a client ends its turn with, by the protocol (PostgreSQL 18, 53.7): Query and Sync."""


@dataclass
class Pooler:
    """Sessions that are free, and which comes next: PgBouncer's last one, or its first one with `server_round_robin`."""

    folder: str
    mode: Literal["transaction", "session"]
    takes_turns: bool
    most: int
    """So many sessions it has; who comes when all are given away is greeted, and waits."""
    greeting: bytes = b""
    free: list[Link] = field(default_factory=list)
    all: list[Link] = field(default_factory=list)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it goes."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        link: Link | None = None
        try:
            start = await _packet(reader)
            while struct.unpack("!I", start[4:8])[0] == _NO_TLS:
                writer.write(b"N")
                start = await _packet(reader)
            if self.mode == "session" and len(self.all) >= self.most:
                writer.write(self.greeting)
                await reader.read(-1)
                return
            link = await self._begun(start, writer)
            if self.mode == "session":
                await asyncio.gather(_pump(reader, link[1]), _pump(link[0], writer))
                return
            self.free.insert(0, link)  # the session that was used last is used next, whoever came meanwhile
            while True:
                link = None
                turn = await _turn(reader)
                link = self.free.pop(0 if self.takes_turns else -1)
                while await self._pass(turn, link, writer) != _IDLE:
                    turn = await _turn(reader)
                self.free.append(link)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if link is not None:
                link[1].close()
            writer.close()

    async def _begun(self, start: bytes, writer: asyncio.StreamWriter) -> Link:
        reader, back = link = await asyncio.open_unix_connection(f"{self.folder}/.s.PGSQL.5432")
        self.all.append(link)
        back.write(start)
        self.greeting = b""
        while True:
            kind, body = await _message(reader)
            # The client is told a process of the pooler's own making.
            told = struct.pack("!I", 7) + body[4:] if kind == _KEY else body
            self.greeting += kind + struct.pack("!I", len(told) + 4) + told
            if kind == _READY:
                writer.write(self.greeting)
                return link

    async def _pass(self, turn: bytes, link: Link, writer: asyncio.StreamWriter) -> bytes:
        reader, back = link
        back.write(turn)
        while True:
            kind, body = await _message(reader)
            writer.write(kind + struct.pack("!I", len(body) + 4) + body)
            if kind == _READY:
                return body


@asynccontextmanager
async def pooler_before(
    url: str, mode: Literal["transaction", "session"], *, takes_turns: bool = False, most: int = 100
) -> AsyncIterator[str]:
    """Run a pooler before the server of a URL (a socket without a password); yield its own URL."""
    parts = urlsplit(url)
    pooler = Pooler(parse_qs(parts.query)["host"][0], mode, takes_turns, most)
    server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}", query="").geturl()
    finally:
        server.close()
        for _, writer in pooler.all:
            writer.close()
        if pooler.serving:
            await asyncio.wait(pooler.serving, timeout=10)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def _packet(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("!I", head)[0] - 4)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    return kind, (await _packet(reader))[4:]


async def _turn(reader: asyncio.StreamReader) -> bytes:
    """Return the messages of a client up to the one that wants an answer."""
    sent = b""
    while True:
        kind, body = await _message(reader)
        if kind == _TERMINATE:
            raise ConnectionResetError
        sent += kind + struct.pack("!I", len(body) + 4) + body
        if kind in _ENDS:
            return sent
