"""Embedded Valkey 9: start it on a socket, tell whether it answers, stop it."""

import signal
import socket
from pathlib import Path

from plumb_platform.embedded.account import ServerAccount
from plumb_platform.embedded.places import Places, valkey_binary
from plumb_platform.embedded.processes import ServerFailed, pid_in, runs, stop_process, wait_until

NAME = "Valkey"
START_SECONDS = 20


def ensure_valkey(places: Places, account: ServerAccount, *, durable: bool) -> None:
    """Start Valkey on the home's folder unless it already runs there; return when it answers."""
    if runs(pid_in(_pid_file(places)), str(places.valkey_socket)):
        if wait_until(lambda: _answers(places.valkey_socket), START_SECONDS):
            return
        raise ServerFailed(NAME, places.valkey_log, "it runs but does not answer")
    _pid_file(places).unlink(missing_ok=True)
    started = account.run(valkey_binary(), *_options(places, durable=durable))
    if started.returncode:
        raise ServerFailed(NAME, places.valkey_log, started.stdout)
    wait_until(lambda: _answers(places.valkey_socket) or _has_ended(places), START_SECONDS)
    if not _answers(places.valkey_socket):
        raise ServerFailed(NAME, places.valkey_log, started.stdout)


def stop_valkey(places: Places) -> None:
    """Stop Valkey; its append-only file is synced on the way out."""
    pid = pid_in(_pid_file(places))
    if pid is not None and runs(pid, str(places.valkey_socket)):
        stop_process(NAME, pid, places.valkey_log, [(signal.SIGTERM, 20), (signal.SIGKILL, 5)])


def _has_ended(places: Places) -> bool:
    """Tell whether the server wrote its process id and runs no more, as when it cannot read its own file."""
    pid = pid_in(_pid_file(places))
    return pid is not None and not runs(pid, "")


def _pid_file(places: Places) -> Path:
    return places.valkey_data / "valkey.pid"


def _options(places: Places, *, durable: bool) -> list[str]:
    options = {
        "daemonize": "yes",
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey_data),
        "pidfile": str(_pid_file(places)),
        "logfile": str(places.valkey_log),
        "appendonly": "yes" if durable else "no",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
