"""The test worker's own PostgreSQL, stopped and started again under all that is connected to it."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import pytest

from plumb_platform.database.connect import url_credentials
from plumb_platform.embedded import start_servers
from plumb_platform.embedded.account import server_account
from plumb_platform.embedded.places import postgres_binaries, valkey_binary
from plumb_platform.embedded.postgres import ensure_postgres
from plumb_platform.embedded.processes import pid_in, runs, wait_until
from plumb_platform.settings import Settings
from support.servers import VAR

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
"""How PostgreSQL names them: the first ends its sessions and writes all it has, the second leaves that to its recovery."""


@asynccontextmanager
async def commits_kept(settings: Settings) -> AsyncIterator[None]:
    """Let a commit be told once it is written, as outside of tests: without that, a crash takes the last ones that were told.

    New connections to the test's database have it, until the block ends.
    """
    connection = await asyncpg.connect(**url_credentials(settings.database_url))
    name = await connection.fetchval("select quote_ident(current_database())")
    await connection.execute(f"alter database {name} set synchronous_commit = on")
    await connection.close()
    try:
        yield
    finally:
        connection = await asyncpg.connect(**url_credentials(settings.database_url))
        await connection.execute(f"alter database {name} reset synchronous_commit")
        await connection.close()


@contextmanager
def postgres_stopped(worker: str, how: signal.Signals) -> Iterator[None]:
    """Stop the server for the length of a block, behind which it accepts connections again; skips where it is not ours."""
    if os.environ.get("PLUMB_DATABASE_URL"):
        pytest.skip("the server that PLUMB_DATABASE_URL names is not ours to stop")
    home = VAR / "test" / worker
    held = start_servers(home, durable=False)
    try:
        data = held.places.postgres_data
        pid = pid_in(data / "postmaster.pid")
        assert pid is not None
        os.kill(pid, how)
        assert wait_until(lambda: not runs(pid, str(data)), 120)
        try:
            yield
        finally:
            ensure_postgres(held.places, server_account(home, postgres_binaries(), valkey_binary()), durable=False)
    finally:
        held.stop()


def restart_postgres(worker: str, how: signal.Signals) -> None:
    """Stop the server and return when it accepts connections again."""
    with postgres_stopped(worker, how):
        pass
