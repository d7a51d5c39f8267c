"""Start both servers for one home, share them between processes, and stop them when the last one leaves."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from plumb_platform.embedded.account import server_account
from plumb_platform.embedded.places import Places, places_of, postgres_binaries, valkey_binary
from plumb_platform.embedded.postgres import SUPERUSER, ensure_postgres, stop_postgres
from plumb_platform.embedded.valkey import ensure_valkey, stop_valkey


@dataclass(slots=True)
class Servers:
    """Two running servers and the lease on them; `database_url` is the superuser's."""

    database_url: str
    redis_url: str
    places: Places
    _lease: int | None = field(default=None, repr=False)

    def stop(self) -> bool:
        """Give up the lease, stop the servers if nobody else holds one, and return whether they were stopped."""
        if self._lease is None:
            return False
        lease, self._lease = self._lease, None
        try:
            with _alone(self.places.home):
                last = _is_last(lease)
                if last:
                    stop_valkey(self.places)
                    stop_postgres(self.places)
                    _forget_short_folder(self.places)
                return last
        finally:
            os.close(lease)


def start_servers(home: Path, *, durable: bool = True) -> Servers:
    """Return the running servers of `home`, starting what does not run yet; safe when several processes call it.

    With `durable=False` PostgreSQL neither syncs nor keeps full pages and Valkey keeps no file: for tests only.
    Raises ServerFailed, whose message names the log.
    """
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    account = server_account(home, postgres_binaries(), valkey_binary())
    with _alone(home):
        places = places_of(home, account)
        lease = os.open(home / "servers.users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lease, fcntl.LOCK_SH)
            ensure_postgres(places, account, durable=durable)
            ensure_valkey(places, account, durable=durable)
        except BaseException:
            os.close(lease)
            raise
    return Servers(_database_url(places), _redis_url(places), places, lease)


@contextmanager
def embedded_servers(home: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Run the servers of `home` for the length of a `with` block."""
    servers = start_servers(home, durable=durable)
    try:
        yield servers
    finally:
        servers.stop()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    # One process at a time starts or stops; the kernel frees the lock of one that was killed.
    descriptor = os.open(home / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_last(lease: int) -> bool:
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_short_folder(places: Places) -> None:
    if places.sockets.parent != places.home:
        with suppress(OSError):  # something else lies in it: not ours to remove
            places.sockets.rmdir()


def _database_url(places: Places) -> str:
    return f"postgresql://{SUPERUSER}@/postgres?host={quote(str(places.sockets))}"


def _redis_url(places: Places) -> str:
    return f"unix://{quote(str(places.valkey_socket))}"
