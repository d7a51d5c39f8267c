"""Heads of requests from whoever connects: what never ends is cut off, and what is long, split or pipelined is answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from plumb_server import request_heads

BODY = b'{"query": "{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
PART = 100_000
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Connection]]


def request(*headers: bytes, body: bytes = BODY) -> bytes:
    return HEAD + b"".join(headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
async def connect(server_url: str) -> AsyncIterator[Connect]:
    """Yield a function that opens a connection to the server."""
    writers: list[asyncio.StreamWriter] = []

    async def opened() -> Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server_url).port)
        writers.append(writer)
        return reader, writer

    yield opened
    for writer in writers:
        writer.close()


async def answer(connect: Connect, *parts: bytes) -> bytes:
    """Return the head and body of the first answer to parts that are sent one after the other."""
    reader, writer = await connect()
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.02)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


async def taken(connect: Connect, begin: bytes, part: bytes) -> int:
    """Return how many parts that never end are taken before the connection is closed, 400 at most."""
    _, writer = await connect()
    writer.write(begin)
    for count in range(400):
        try:
            writer.write(part)
            async with asyncio.timeout(60):
                await writer.drain()
            await asyncio.sleep(0.001)
        except ConnectionError:
            return count
    return 400


@pytest.mark.parametrize("begin", [HEAD + b"X-A: ", HEAD, CHUNKED + b"X-A: ", CHUNKED])
async def test_what_never_ends_before_or_behind_a_body_is_cut_off(connect: Connect, begin: bytes) -> None:
    part = b"a" * PART if begin.endswith(b"X-A: ") else b"X-A: a\r\n" * (PART // 8)
    # What the sockets hold between the two is not taken.
    assert await taken(connect, begin, part) < 300


async def test_a_long_head_is_refused_with_the_reason_in_both_languages(connect: Connect) -> None:
    for head in (request(b"X-A: %b\r\n" % (b"a" * 66_000)), HEAD + b"X-A: " + b"a" * 66_000):
        refused = await answer(connect, head)
        assert refused.startswith(b"HTTP/1.1 431 ")
        assert b'"HEAD_TOO_LARGE"' in refused
        assert "合计最多 64 KB、200 个请求头。".encode() in refused
        assert b"at most 64 KB and 200 headers." in refused


async def test_a_request_names_its_host_once_unless_it_is_older_than_that(connect: Connect) -> None:
    for hosts in (b"", b"Host: x\r\nHost: x\r\n", b"Host: x\r\nhost: y\r\n"):
        refused = await answer(connect, request().replace(b"Host: x\r\n", hosts))
        assert refused.startswith(b"HTTP/1.1 400 ")
        assert b'"HOST_INVALID"' in refused
    older = request().replace(b"Host: x\r\n", b"").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert (await answer(connect, older)).startswith(b"HTTP/1.1 200 ")


async def test_headers_are_counted(connect: Connect) -> None:
    others = HEAD.count(b"\r\n")
    assert (await answer(connect, request(*[b"X-A: a\r\n"] * (200 - others)))).startswith(b"HTTP/1.1 200 ")
    assert (await answer(connect, request(*[b"X-A: a\r\n"] * (201 - others)))).startswith(b"HTTP/1.1 431 ")


async def test_a_head_that_does_not_come_is_waited_for_a_while(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 0.05)
    for begun in (b"", HEAD, request() + b"POST"):
        reader, writer = await connect()
        writer.write(begun)
        async with asyncio.timeout(60):
            assert (await reader.read()).rpartition(b"HTTP/1.1 ")[2].startswith(b"408 ")


@pytest.mark.parametrize("begun", [request(), HEAD.replace(b"application/json", b"text/plain") + b"Content-Length: 1000\r\n\r\n"])
async def test_what_comes_behind_an_answer_and_is_no_request_is_waited_for_a_while(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    reader, writer = await connect()
    writer.write(begun)
    await reader.readuntil(b"\r\n\r\n")
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 0.05)
    writer.write(b"\r\n")
    async with asyncio.timeout(60):
        assert (await reader.read()).rpartition(b"HTTP/1.1 ")[2].startswith(b"408 ")


async def test_heads_in_parts_before_long_bodies_and_behind_each_other_are_answered(connect: Connect) -> None:
    long = request(body=b'{"query": "{ __typename }", "variables": {"a": "%b"}}' % (b"a" * 900_000))
    assert b"200 OK" in await answer(connect, long[:50], long[50:])
    reader, writer = await connect()
    writer.write(long + request() * 20)
    for _ in range(21):
        assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 200 ")
    # The connection stays for the next one, and waits for it longer than for a head that has begun.
    writer.write(CHUNKED + b"X-A: a\r\n\r\n")
    assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 200 ")
