"""The command `plumb` as an operator runs it: a process of its own on the test's database."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
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
Started = Callable[[tuple[str, ...], dict[str, str], BinaryIO, BinaryIO], int]
"""Runs a command in an environment, its output and errors to files, and returns its exit code."""


@pytest.fixture(scope="session")
def nursery() -> Iterator[socket.socket]:
    """Return what commands are asked for; each is a process of its own that finds other people's libraries loaded."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = (sys.executable, "-m", "support.command_nursery", str(theirs.fileno()))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with closing(ours), subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()]) as running:
        theirs.close()
        yield ours
        ours.close()
        assert running.wait() == 0


@pytest.fixture
def plumb(settings: Settings, nursery: socket.socket) -> Plumb:
    """Return a function that runs `plumb` with the given words; keywords are further environment variables."""

    def warm(words: tuple[str, ...], environment: dict[str, str], output: BinaryIO, errors: BinaryIO) -> int:
        ended, telling = os.pipe()
        with os.fdopen(ended, "rb") as code:
            try:
                asked = json.dumps({"words": words, "environment": environment}).encode()
                socket.send_fds(nursery, [asked], [output.fileno(), errors.fileno(), telling])
            finally:
                os.close(telling)
            return int(code.read())

    return _plumb(settings, warm)


@pytest.fixture
def cold_plumb(settings: Settings) -> Plumb:
    """Return the same of commands for which nothing is loaded yet."""

    def cold(words: tuple[str, ...], environment: dict[str, str], output: BinaryIO, errors: BinaryIO) -> int:
        command = (sys.executable, "-m", "plumb_server.cli", *words)
        ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, check=False)
        return ended.returncode

    return _plumb(settings, cold)


def _plumb(settings: Settings, started: Started) -> Plumb:
    async def run(*words: str, database: Settings | None = None, **extra: str) -> Ended:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLUMB_")}
        # Wide, so that no sentence is broken; no terminal, so that nothing is asked.
        environment |= child_environment(database or settings) | {"COLUMNS": "400", "NO_COLOR": "1"} | extra
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            files = cast(BinaryIO, output), cast(BinaryIO, errors)
            code = await asyncio.to_thread(started, words, environment, *files)
            for each in files:
                each.seek(0)
            return Ended(code, *(each.read().decode() for each in files))

    return run


@pytest.fixture
def key() -> str:
    return f"cli-{uuid4().hex[:10]}"


@pytest.fixture
async def company(database: Database, key: str) -> CompanyFixture:
    return await make_company("华康医疗器械有限公司", key=key)
