"""A small HTTP client: asks once for checks, and keeps a server busy where wrk is not installed."""

import asyncio
import sys
import time
from pathlib import Path

import httptools
import orjson


class Answer:
    """What a parser has seen of one response."""

    def __init__(self) -> None:
        self.body: list[bytes] = []
        self.complete = False

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self.body.append(part)

    def on_message_complete(self) -> None:
        """Note the end."""
        self.complete = True


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes, int]:
    """Send one request and return status, body and the size of the whole response."""
    writer.write(request)
    answer, size = Answer(), 0
    parser = httptools.HttpResponseParser(answer)
    while not answer.complete:
        data = await reader.read(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        size += len(data)
        parser.feed_data(data)
    return parser.get_status_code(), b"".join(answer.body), size


async def ask(port: int, requests: list[bytes]) -> list[bytes]:
    """Send requests on one connection, one after the other, and return the bodies; any status but 200 raises."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        bodies = []
        for request in requests:
            status, body, _ = await exchange(reader, writer, request)
            if status != 200:
                raise ConnectionError(f"HTTP {status}: {body[:300].decode(errors='replace')}")
            bodies.append(body)
        return bodies
    finally:
        writer.close()


def write_requests(path: Path, requests: list[bytes]) -> None:
    """Write requests to a file as the load generators read them."""
    path.write_bytes(b"".join(b"%d\n%s" % (len(request), request) for request in requests))


def read_requests(path: Path) -> list[bytes]:
    """Read such a file back."""
    data, place, requests = path.read_bytes(), 0, []
    while place < len(data):
        end = data.index(b"\n", place)
        length = int(data[place:end])
        requests.append(data[end + 1 : end + 1 + length])
        place = end + 1 + length
    return requests


async def keep_busy(port: int, requests: list[bytes], connections: int, seconds: float) -> dict[str, float]:
    """Send requests on so many connections for so long and return what wrk would."""
    latencies: list[float] = []
    counts = {"bytes": 0, "failed": 0, "sent": 0}
    start = time.perf_counter()
    deadline = start + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < deadline:
            request = requests[counts["sent"] % len(requests)]
            counts["sent"] += 1
            status, _, size = await exchange(reader, writer, request)
            latencies.append((time.perf_counter() - began) * 1000)
            counts["bytes"] += size
            counts["failed"] += status != 200
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    latencies.sort()
    at = {name: latencies[int(len(latencies) * share)] for name, share in {"p50": 0.5, "p99": 0.99}.items()}
    spent = time.perf_counter() - start
    return {"requests": len(latencies), "seconds": spent, "bytes": counts["bytes"], "failed": counts["failed"], **at}


def main() -> None:
    """Read port, file, connections and seconds from the command line and print the result as one line of JSON."""
    import uvloop

    port, path, connections, seconds = sys.argv[1:]
    made = keep_busy(int(port), read_requests(Path(path)), int(connections), float(seconds))
    print(orjson.dumps(uvloop.run(made)).decode())


if __name__ == "__main__":
    main()
