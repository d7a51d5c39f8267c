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


async def add_up(url: str, own: str, counts: Mapping[str, int], *, seconds: int) -> list[int]:
    """Say what one process has counted under some names, and return what all have; raises OSError.

    What is said replaces what the process said before, so that it may be said again; a name is kept for so long.
    """
    saying = [
        (["HSET", name, own, str(count)], ["EXPIRE", name, str(seconds)], ["HVALS", name]) for name, count in counts.items()
    ]
    answers = await _said(url, [command for commands in saying for command in commands])
    return [sum(map(int, each)) for each in answers[2::3]]


async def _said(url: str, commands: list[list[str]]) -> list[list[bytes]]:
    """Return the words of each command's answer; raises RedisSilent when one is an error."""
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


async def _answer(reader: asyncio.StreamReader) -> list[bytes]:
    """Return the words of one answer: one, or those of a list of words (RESP2)."""
    line = await reader.readline()
    kind, said = line[:1], line[1:].strip()
    if kind in (b"+", b":"):
        return [said]
    if kind == b"$" and said.isdigit():
        return [(await reader.readexactly(int(said) + 2))[:-2]]
    if kind == b"*" and said.isdigit():
        return [word for _ in range(int(said)) for word in await _answer(reader)]
    raise RedisSilent(line.decode(errors="replace").strip())


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
