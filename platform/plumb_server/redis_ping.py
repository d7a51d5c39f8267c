"""Asking Redis whether it answers, and adding up counts there, without a client: redis-py takes 17 MB of every API worker."""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

PLAIN_PORT = 6379


class RedisSilent(ConnectionError):
    """Redis answered something else than it should."""


async def ping(url: str) -> None:
    """Return when the server of a redis://, rediss:// or unix:// URL answers PING; raises OSError when it does not."""
    await _said(url, [["PING"]])


async def add_up(url: str, counts: Mapping[str, int], *, seconds: int) -> list[int]:
    """Add numbers to those that stand under some names, which are kept for so long, and return the sums; raises OSError."""
    adding = [["INCRBY", name, str(count)] for name, count in counts.items()]
    answers = await _said(url, [*adding, *(["EXPIRE", name, str(seconds)] for name in counts)])
    return [int(each[1:]) for each in answers[: len(counts)]]


async def _said(url: str, commands: list[list[str]]) -> list[bytes]:
    """Return the answer of each command; raises RedisSilent when one is neither a word nor a number."""
    reader, writer = await _open(url)
    ahead = _credentials(url)
    try:
        for command in (*ahead, *commands):
            parts = [word.encode() for word in command]
            writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts))
        answers = [await _answer(reader) for _ in (*ahead, *commands)]
    finally:
        writer.close()
    return answers[len(ahead) :]


async def _answer(reader: asyncio.StreamReader) -> bytes:
    answer = await reader.readline()
    if answer[:1] not in (b"+", b":"):
        raise RedisSilent(answer.decode(errors="replace").strip())
    return answer.strip()


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
