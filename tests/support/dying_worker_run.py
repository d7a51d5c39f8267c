"""Running the dying worker in a process that is started once, and how each of its children ended."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from plumb_platform.settings import Settings


@dataclass(frozen=True)
class DyingWorker:
    """A process whose imports are done; each piece of work gets a child of its own, which dies."""

    process: Process

    async def run(self, settings: Settings, tenant: str, work: list[str]) -> list[str]:
        """Do work in this order and return how each child ended."""
        environment = {
            "PLUMB_HOME": str(settings.home),
            "PLUMB_DATABASE_URL": settings.database_url,
            "PLUMB_REDIS_URL": settings.redis_url,
            "PLUMB_SECRET_KEY": settings.secret_key.get_secret_value(),
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"environment": environment, "tenant": tenant, "work": work}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        return [(await self.process.stdout.readline()).decode().rstrip("\n") for _ in work]


@asynccontextmanager
async def dying_worker() -> AsyncIterator[DyingWorker]:
    """Start the process; it ends by itself when nothing more can be asked."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = (sys.executable, "-m", "support.dying_worker")
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    yield DyingWorker(process)
    process.stdin.close()
    await process.communicate()
    assert process.returncode == 0
