"""The test worker's own PostgreSQL, stopped and started again under all that is connected to it."""

import os
import signal

import pytest

from plumb_platform.embedded import start_servers
from plumb_platform.embedded.account import server_account
from plumb_platform.embedded.places import postgres_binaries, valkey_binary
from plumb_platform.embedded.postgres import ensure_postgres
from plumb_platform.embedded.processes import pid_in, runs, wait_until
from support.servers import VAR

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
"""How PostgreSQL names them: the first ends its sessions and writes all it has, the second leaves that to its recovery."""


def restart_postgres(worker: str, how: signal.Signals) -> None:
    """Stop the server and return when it accepts connections again; skips the test where the server is not ours."""
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
        ensure_postgres(held.places, server_account(home, postgres_binaries(), valkey_binary()), durable=False)
    finally:
        held.stop()
