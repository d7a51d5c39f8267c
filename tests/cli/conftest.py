"""The command `plumb` as an operator runs it: a process of its own on the test's database."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest

from plumb_platform.database import Database
from plumb_platform.settings import Settings
from plumb_server.resources import child_environment
from support.companies import CompanyFixture, make_company


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    output: str
    errors: str


Plumb = Callable[..., Awaitable[Ended]]


@pytest.fixture
def plumb(settings: Settings) -> Plumb:
    """Return a function that runs `plumb` with the given words; keywords are further environment variables."""

    async def run(*words: str, database: Settings | None = None, **extra: str) -> Ended:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMB_")}
        # Wide, so that no sentence is broken; no terminal, so that nothing is asked.
        environment |= child_environment(database or settings) | {"COLUMNS": "400", "NO_COLOR": "1"} | extra
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "plumb_server.cli",
            *words,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, output.decode(), errors.decode())

    return run


@pytest.fixture
def key() -> str:
    return f"cli-{uuid4().hex[:10]}"


@pytest.fixture
async def company(database: Database, key: str) -> CompanyFixture:
    return await make_company("华康医疗器械有限公司", key=key)
