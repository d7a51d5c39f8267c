"""One cell of the table: a server under a number of connections for some seconds, by wrk or by our own client."""

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.reads.client import write_requests
from benchmarks.reads.servers import ROOT, Server, cpu_seconds, family_cpu_seconds, python_module

SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE = 20
QUIET = 0.021
"""Seconds of CPU in a tenth of a second that an idle server may use."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a server did under load; times in milliseconds, CPU per request."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float
    requests: int
    failed: int
    size: float
    """Bytes of a response, its head included."""


def run_cell(server: Server, postgres: int, requests: list[bytes], folder: Path, *, connections: int, seconds: float) -> Cell:
    """Keep the server busy with the requests, over and over, and return what it took; `postgres` is the postmaster's pid."""
    path = folder / "requests"
    write_requests(path, requests)
    before, database = cpu_seconds(server.pid), family_cpu_seconds(postgres)
    ran = subprocess.run(  # noqa: S603 - wrk or our own client with our own arguments
        _command(server.port, path, connections, seconds),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=seconds + PATIENCE,
    )
    _settle(server)
    used, database = cpu_seconds(server.pid) - before, family_cpu_seconds(postgres) - database
    found = orjson.loads(ran.stdout.strip().splitlines()[-1])
    # What was under way at the end has been worked on as well.
    done, answered = found["requests"] + connections, max(found["requests"], 1)
    return Cell(
        rate=found["requests"] / found["seconds"],
        p50=found["p50"],
        p99=found["p99"],
        server_cpu=used / done * 1000,
        postgres_cpu=database / done * 1000,
        requests=found["requests"],
        failed=found["failed"],
        size=found["bytes"] / answered,
    )


def _settle(server: Server) -> None:
    """Wait until the server has ended what the last connections asked for, so that it does not take the next one's time."""
    deadline, used = time.monotonic() + PATIENCE, -1.0
    while (now := cpu_seconds(server.pid)) > used + QUIET and time.monotonic() < deadline:
        used = now
        time.sleep(0.1)


def generator() -> str:
    """Return the name of the load generator of this machine."""
    return "wrk" if shutil.which("wrk") else "benchmarks.reads.client"


def _command(port: int, path: Path, connections: int, seconds: float) -> list[str]:
    if shutil.which("wrk") is None:
        return python_module("benchmarks.reads.client", str(port), str(path), str(connections), str(seconds))
    how = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(SCRIPT)]
    return [*how, f"http://127.0.0.1:{port}", "--", str(path)]
