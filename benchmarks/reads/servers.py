"""Processes that this benchmark starts: one of each server on loopback, stopped by pid whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS, STOP_SECONDS = 40, 10
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port and its pid."""

    name: str
    port: int
    pid: int


class ServerDied(RuntimeError):
    """A server of this run did not start; the message ends with the end of its log."""


@contextmanager
def server(name: str, command: list[str], environment: Mapping[str, str], log: Path, *, port: int) -> Iterator[Server]:
    """Run a command that listens on a port of loopback for the length of a `with` block."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs with our own arguments
            command,
            env={**os.environ, **environment},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_listening(name, process, port, log)
        yield Server(name, port, process.pid)
    finally:
        _stop(process)


def python_module(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def cpu_seconds(pid: int) -> float:
    """Return the user and system time that a process has used, its ended children included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def family_cpu_seconds(pid: int) -> float:
    """Return the same for a process and its living children, as PostgreSQL's backends are."""
    total = cpu_seconds(pid)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        try:
            total += cpu_seconds(int(child))
        except FileNotFoundError:  # it has ended, so that its parent counts it from the next reading on
            continue
    return total


def resident_megabytes(pid: int) -> float:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def private_megabytes(pid: int) -> float:
    """Return the memory that a process shares with no other, its libraries' pages left out."""
    return rolled_up(pid, "Private_")


def rolled_up(pid: int, name: str) -> float:
    """Return the megabytes of all mappings of a process whose names begin so (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def end_on_sigterm() -> None:
    """Let SIGTERM end this program as Ctrl-C does, through every `finally`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _wait_until_listening(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as client:
            client.settimeout(1)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise ServerDied(f"{name} does not answer:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:]))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
