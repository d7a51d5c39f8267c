"""A relay before PostgreSQL that counts round trips: it gives nothing back before all that was asked is answered."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDS = {"Q": "Z", "S": "Z", "H": "TnE"}
"""What ends PostgreSQL's answer to a Query, to a Sync, and to a Flush behind a Describe (protocol 3, message formats)."""


@dataclass
class Turns:
    """How often the client waited for an answer."""

    count: int = 0


@asynccontextmanager
async def counted_turns(credentials: dict[str, Any], folder: Path) -> AsyncIterator[tuple[dict[str, Any], Turns]]:
    """Give credentials that lead through the relay, by a socket in a folder, and its count."""
    turns, serving = Turns(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        host, port = str(credentials["host"]), credentials["port"]
        behind = (
            await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else await asyncio.open_connection(host, port)
        )
        owed = deque[str]()
        asks = asyncio.create_task(_ask(reader, behind[1], owed))
        try:
            await _answer(behind[0], writer, owed, turns)
        finally:
            asks.cancel()
            writer.close()
            behind[1].close()

    server = await asyncio.start_unix_server(serve, folder / f".s.PGSQL.{credentials['port']}")
    try:
        yield credentials | {"host": str(folder)}, turns
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Return the next message whole: a letter, and the length of what follows with its own four bytes."""
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, owed: deque[str]) -> None:
    """Hand on what the client says, and note how each answer that it asks for will end."""
    length = await reader.readexactly(4)  # the first message has no letter
    writer.write(length + await reader.readexactly(int.from_bytes(length) - 4))
    owed.append("Z")
    with suppress(asyncio.IncompleteReadError):
        while True:
            said = await _message(reader)
            if (letter := chr(said[0])) in ENDS:
                owed.append(ENDS[letter])
            writer.write(said)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, owed: deque[str], turns: Turns) -> None:
    """Give back nothing before everything that was asked is answered."""
    held = list[bytes]()
    with suppress(asyncio.IncompleteReadError):
        while True:
            held.append(await _message(reader))
            letter = chr(held[-1][0])
            is_end = bool(owed) and letter in owed[0]
            if is_end:
                owed.popleft()
            if not owed or letter == "R":  # a password is asked for within an answer
                turns.count += is_end
                writer.write(b"".join(held))
                held.clear()
