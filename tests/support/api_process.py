"""The API as an operator starts it, `plumb api`, as a process of its own on the test's database; tests may signal it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from plumb_platform.settings import Settings
from plumb_server.resources import child_environment


@dataclass(frozen=True)
class ApiProcess:
    """Where it answers, and what it is known to the system by."""

    address: str
    pid: int
    process: asyncio.subprocess.Process

    @property
    def port(self) -> int:
        """Return the port that it answers at."""
        return int(self.address.rpartition(":")[2])

    def resident(self) -> int:
        """Return how many bytes of memory it holds."""
        return int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def workers(self) -> list[int]:
        """Return the processes that were forked from it and run."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()]


@asynccontextmanager
async def api_process(settings: Settings, **extra: str) -> AsyncIterator[ApiProcess]:
    """Run the API with further environment variables until the block ends; yield it once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMB_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "plumb_server.cli", "api", "--port", str(port)),
        env=environment | child_environment(settings) | {"PLUMB_LOG_LEVEL": "ERROR"} | extra,
    )
    try:
        await _answers(address := f"http://127.0.0.1:{port}", process)
        yield ApiProcess(address, process.pid, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(180), httpx2.AsyncClient() as http:
        while process.returncode is None:
            try:
                await http.get(f"{address}/healthz")
                return
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError(f"the API ended with {process.returncode}")
