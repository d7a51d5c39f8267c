"""A relay before PostgreSQL that counts round trips: it answers once its client has been silent, and counts how often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SILENT = 0.05
"""Seconds without a word from the client, which then waits for an answer: nothing that goes together has a pause within."""


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
        asks = asyncio.create_task(_ask(reader, behind[1]))
        try:
            await _answer(behind[0], writer, asks, turns)
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


_spoke = asyncio.Event()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65536):
        writer.write(said)
        _spoke.set()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asks: asyncio.Task[None], turns: Turns) -> None:
    while not asks.done():
        first = await reader.read(65536)
        if not first:
            return
        held = [first]
        while True:
            _spoke.clear()
            try:
                async with asyncio.timeout(SILENT):
                    while True:
                        more = await reader.read(65536)
                        if not more:
                            return
                        held.append(more)
            except TimeoutError:
                if not _spoke.is_set():
                    break
        turns.count += 1
        writer.write(b"".join(held))
