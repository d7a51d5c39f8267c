"""A server in the place of S3 that refuses whatever it is asked: with 503, or with a redirect to where all is said to be well."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
ELSEWHERE = "/elsewhere"


@asynccontextmanager
async def refusing(status: int) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve, and tell the address and the request lines that came."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(found[1]) if (found := LENGTH.search(head)) else 0)
                line = head.split(b"\r\n")[0].decode()
                asked.append(line)
                said = 200 if ELSEWHERE in line else status
                place = f"location: {ELSEWHERE}\r\n" if 300 <= said < 400 else ""
                first = f"HTTP/1.1 {said} {HTTPStatus(said).phrase}"
                writer.write(f'{first}\r\n{place}etag: "x"\r\ncontent-length: 0\r\n\r\n'.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
