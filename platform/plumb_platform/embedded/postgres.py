"""Embedded PostgreSQL 18: make its data folder, start it, tell whether it answers, stop it."""

import shlex
import shutil
import signal
import time
from pathlib import Path

from plumb_platform.embedded.account import ServerAccount
from plumb_platform.embedded.places import Places, postgres_binaries
from plumb_platform.embedded.processes import ServerFailed, pid_in, runs, stop_process, wait_until

NAME = "PostgreSQL"
START_SECONDS = 60
SUPERUSER = "postgres"
IMPOSSIBLE_PID = 2**31 - 1
OLD_BACKENDS = "pre-existing shared memory block"
OLD_BACKENDS_SECONDS = 15
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests only: a power cut may ruin the data."""


def ensure_postgres(places: Places, account: ServerAccount, *, durable: bool) -> None:
    """Start PostgreSQL on the home's data folder unless it already runs there; return when it accepts connections."""
    pid_file = places.postgres_data / "postmaster.pid"
    if runs(pid_in(pid_file), str(places.postgres_data)):
        if wait_until(lambda: _answers(places, account), START_SECONDS):
            return
        raise ServerFailed(NAME, places.postgres_log, "it runs but does not answer")
    for lock in (pid_file, places.sockets / ".s.PGSQL.5432.lock"):
        _disown(lock)
    if not (places.postgres_data / "PG_VERSION").exists():
        _make_data_folder(places, account, durable=durable)
    _start(places, account, durable=durable)


def stop_postgres(places: Places) -> None:
    """Stop PostgreSQL: first by fast shutdown, after that without waiting for its checkpoint."""
    pid = pid_in(places.postgres_data / "postmaster.pid")
    if pid is not None and runs(pid, str(places.postgres_data)):
        stop_process(NAME, pid, places.postgres_log, [(signal.SIGINT, 30), (signal.SIGQUIT, 10)])


def _disown(lock: Path) -> None:
    # The pid in a dead server's lock may be another program now, and PostgreSQL would refuse to start. The file's
    # other lines must stay: by them it finds out whether old backends still hang on to the shared memory.
    if lock.exists():
        rest = lock.read_text(encoding="utf-8").partition("\n")[2]
        lock.write_text(f"{IMPOSSIBLE_PID}\n{rest}", encoding="utf-8")


def _answers(places: Places, account: ServerAccount) -> bool:
    asked = account.run(postgres_binaries() / "pg_isready", "-q", "-h", places.sockets, "-U", SUPERUSER)
    return asked.returncode == 0


def _make_data_folder(places: Places, account: ServerAccount, *, durable: bool) -> None:
    # A killed initdb leaves a folder that looks complete, so the real name is given only to a finished one.
    making = places.home / "postgres.making"
    shutil.rmtree(making, ignore_errors=True)
    account.own_folder(making)
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-E", "UTF8")
    # Trust is safe because nobody else can open the socket: its folder is 0700, and there is no TCP.
    access = ("-U", SUPERUSER, "-A", "trust", *([] if durable else ["--no-sync"]))
    made = account.run(postgres_binaries() / "initdb", "-D", making, *locale, *access)
    if made.returncode:
        raise ServerFailed(NAME, places.postgres_log, made.stdout)
    making.rename(places.postgres_data)


def _start(places: Places, account: ServerAccount, *, durable: bool) -> None:
    settings = SETTINGS | {"unix_socket_directories": str(places.sockets)} | ({} if durable else NOT_DURABLE)
    options = shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
    where = ("-D", places.postgres_data, "-l", places.postgres_log)
    deadline = time.monotonic() + OLD_BACKENDS_SECONDS
    while True:
        written = _size(places.postgres_log)
        command = ("-o", options, "-w", "-t", str(START_SECONDS), "start")
        started = account.run(postgres_binaries() / "pg_ctl", *where, *command)
        if started.returncode == 0:
            return
        # Backends of a killed server end by themselves in a moment.
        if OLD_BACKENDS not in _since(places.postgres_log, written) or time.monotonic() > deadline:
            raise ServerFailed(NAME, places.postgres_log, started.stdout)
        time.sleep(0.2)


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _since(log: Path, position: int) -> str:
    return log.read_bytes()[position:].decode(errors="replace") if log.exists() else ""
