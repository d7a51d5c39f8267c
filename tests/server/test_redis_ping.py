"""The ping of Redis: it knows a server that answers, one that refuses, and none at all."""

import asyncio

import pytest

from plumb_platform.settings import Settings
from plumb_server.redis_ping import RedisSilent, ping


async def asked(answers: bytes, url: str) -> bytes:
    """Ping a server that says `answers`, whatever it is told, and return what it was told."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1000))
        writer.write(answers)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        await ping(url.format(port=server.sockets[0].getsockname()[1]))
    return bytes(heard)


async def test_a_server_of_ours_answers(settings: Settings) -> None:
    await ping(settings.redis_url)


async def test_a_password_goes_before_the_question() -> None:
    heard = await asked(b"+OK\r\n+PONG\r\n", "redis://plumb:p%40ss@127.0.0.1:{port}/3")
    assert heard.startswith(b"*3\r\n$4\r\nAUTH\r\n$5\r\nplumb\r\n$4\r\np@ss\r\n")


@pytest.mark.parametrize("answer", [b"-NOAUTH Authentication required.\r\n", b""])
async def test_a_server_that_refuses_is_not_ready(answer: bytes) -> None:
    with pytest.raises(RedisSilent):
        await asked(answer + b"\r\n", "redis://127.0.0.1:{port}")


async def test_no_server_is_not_ready() -> None:
    with pytest.raises(OSError, match="onnect"):
        await ping("redis://127.0.0.1:1/0")
