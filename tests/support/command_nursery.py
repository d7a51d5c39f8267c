"""Runs commands of `plumb` in processes that are warm: `python -m support.command_nursery DESCRIPTOR` forks one for each.

What others wrote is loaded before; the product is loaded by each command itself, as far as it needs it, as in a process that
starts cold. A question over the socket is JSON, words and environment, with three descriptors: stdout, stderr, and where the
exit code is written once the command has ended.
"""

import json
import os
import runpy
import signal
import socket
import sys
import time
from importlib import import_module
from typing import Any

LIBRARIES = (
    *("argon2", "asyncpg", "casbin", "cryptography.x509", "iso8601", "orjson", "prometheus_client", "pydantic_settings"),
    *("rich.console", "structlog", "tortoise.backends.asyncpg", "tortoise.migrations.executor", "typer.main"),
)
LARGEST = 1 << 20


def main() -> None:
    """Do what is asked for until nobody can ask any more."""
    for name in LIBRARIES:
        import_module(name)
    # Whoever waits for a command has ended when its code was told.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    asked = socket.socket(fileno=int(sys.argv[1]))
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, LARGEST, 3)
        if not message:
            return
        if os.fork() == 0:
            asked.close()
            wait_for_command(json.loads(message), *descriptors)
            return
        for each in descriptors:
            os.close(each)


def wait_for_command(asked: dict[str, Any], output: int, errors: int, code: int) -> None:
    """Fork the command, become it in the child, and tell its exit code in the parent."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(code, str(ended).encode())
        os._exit(0)
    os.close(code)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, output, errors)):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.argv = ["plumb", *asked["words"]]
    runpy.run_module("plumb_server.cli", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
