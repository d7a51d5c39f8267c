"""A virus scanner of our own that speaks clamd's protocol on a free port and on a Unix socket; it can be full, slow, or odd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner knows, in two parts so that none takes this module for it."""
VERSION = "ClamAV 1.4.6/27800/Thu Nov 26 09:00:00 2026"


@dataclass
class Clamd:
    """A running scanner; `odd` is what it answers instead, raw; it says nothing before `released`."""

    port: int = 0
    path: str = ""
    knows: tuple[bytes, str] = (EICAR, "Eicar-Signature")
    stream_max_length: int = 1_000_000
    version: str = VERSION
    odd: bytes | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    scanned: list[int] = field(default_factory=list)
    """How many bytes came in each chunk of the stream that ended last."""
    _heard: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    @property
    def urls(self) -> tuple[str, str]:
        """Return where it is, as the operator would say it."""
        return f"tcp://127.0.0.1:{self.port}", f"unix://{self.path}"

    async def heard(self, commands: int) -> None:
        """Return when it has heard so many more commands to their end."""
        for _ in range(commands):
            await self._heard.acquire()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one command of one connection, then close it, as clamd does outside of sessions."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            command = await reader.readuntil(b"\0")
            answer = await self._answer(command[:-1], reader)
            self._heard.release()
            await self.released.wait()
            writer.write(answer.encode() + b"\0" if self.odd is None else self.odd)
            await writer.drain()
        writer.close()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> str:
        if command == b"zINSTREAM":
            return await self._scan(reader)
        return {b"zPING": "PONG", b"zVERSION": self.version}.get(command, "UNKNOWN COMMAND")

    async def _scan(self, reader: asyncio.StreamReader) -> str:
        content, chunks = b"", []
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            if len(content) + length > self.stream_max_length:
                return "INSTREAM size limit exceeded. ERROR"
            content += await reader.readexactly(length)
            chunks.append(length)
        self.scanned = chunks
        return f"stream: {self.knows[1]} FOUND" if self.knows[0] in content else "stream: OK"


@asynccontextmanager
async def clamd_on(folder: Path) -> AsyncIterator[Clamd]:
    """Run a scanner until the block ends."""
    made = Clamd(path=str(folder / "clamd.ctl"))
    made.released.set()
    over_tcp = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    over_unix = await asyncio.start_unix_server(made.serve, made.path)
    made.port = over_tcp.sockets[0].getsockname()[1]
    async with over_tcp, over_unix:
        yield made
