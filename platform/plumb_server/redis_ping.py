"""Asking Redis whether it answers, without a client: redis-py takes 17 MB of every API worker, which asks nothing else."""

import asyncio
import ssl
from urllib.parse import parse_qs, unquote, urlsplit

PLAIN_PORT = 6379


class RedisSilent(ConnectionError):
    """Redis answered something else than it should."""


async def ping(url: str) -> None:
    """Return when the server of a redis://, rediss:// or unix:// URL answers PING; raises OSError when it does not."""
    reader, writer = await _open(url)
    try:
        for command in (*_credentials(url), ["PING"]):
            parts = [word.encode() for word in command]
            writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))
            answer = await reader.readline()
            if answer not in (b"+OK\r\n", b"+PONG\r\n"):
                raise RedisSilent(answer.decode(errors="replace").strip())
    finally:
        writer.close()


async def _open(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return await asyncio.open_unix_connection(unquote(parts.path))
    tls = ssl.create_default_context() if parts.scheme == "rediss" else None
    return await asyncio.open_connection(parts.hostname or "localhost", parts.port or PLAIN_PORT, ssl=tls)


def _credentials(url: str) -> list[list[str]]:
    parts = urlsplit(url)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    user = unquote(parts.username or given.get("username", ""))
    password = unquote(parts.password or given.get("password", ""))
    return [["AUTH", *([user] if user else []), password]] if password else []
