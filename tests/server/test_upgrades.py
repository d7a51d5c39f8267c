"""Shapes of requests that lead servers and what stands before them apart: none is answered as two, none loses its body."""

import asyncio
from urllib.parse import urlsplit

import pytest

BODY = b'{"query": "{ __typename }"}'
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = POST + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
TYPENAME = b'{"data":{"__typename":"Query"}}'
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
SOCKET = b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)


async def answered(server_url: str, *parts: bytes) -> tuple[list[bytes], bytes]:
    """Send parts and end; return the status of each answer, and all that came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server_url).port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.05)
    came = b""
    async with asyncio.timeout(120):
        while b"HTTP/1.1 404" not in came and (part := await reader.read(65536)):
            came += part
    writer.close()
    return [each[:3] for each in came.split(b"HTTP/1.1 ")[1:]], came


END = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
"""Asked last, for its answer says that nothing more will come."""


@pytest.mark.parametrize("offer", [H2C, SOCKET])
@pytest.mark.parametrize("rest", [LENGTH + BODY, CHUNKED])
async def test_an_offer_of_another_protocol_is_ignored_and_the_request_answered(
    server_url: str, offer: bytes, rest: bytes
) -> None:
    request = POST + offer + rest
    for parts in ((request,), (request[:90], request[90:]), (request[:-5], request[-5:])):
        statuses, came = await answered(server_url, *parts, WHOLE, END)
        assert statuses == [b"200", b"200", b"404"]
        assert came.count(TYPENAME) == 2


async def test_what_stands_in_the_body_of_an_offer_is_no_request_of_its_own(server_url: str) -> None:
    hidden = POST + SOCKET + b"Content-Length: %d\r\n\r\n" % len(WHOLE)
    statuses, came = await answered(server_url, hidden, WHOLE, END)
    assert (statuses, TYPENAME in came) == ([b"400", b"404"], False)


async def test_a_tunnel_is_refused_and_what_follows_is_not_read(server_url: str) -> None:
    statuses, came = await answered(server_url, b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n" + WHOLE)
    assert (statuses, TYPENAME in came) == ([b"400"], False)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 27\r\n\r\n",
        b"Content-Length: 27, 27\r\n\r\n",
        b"Content-Length: +27\r\n\r\n",
        b"Content-Length: 0x1b\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"X: a\rContent-Length: 27\r\n\r\n",
        b"X: a\r\n Content-Length: 27\r\n\r\n",
        b"X: a\0b\r\nContent-Length: 27\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 18 + b"\r\n",
    ],
)
async def test_a_body_whose_length_is_told_in_two_ways_is_none(server_url: str, head: bytes) -> None:
    statuses, came = await answered(server_url, POST + head + WHOLE)
    assert (statuses, TYPENAME in came) == ([b"400"], False)
