"""Outages: which errors say that something we stand on is away or full, and not that anything was done wrong."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from socket import gaierror

from asyncpg import InternalClientError

from plumb_platform.errors import Unavailable

_STATES = frozenset({"25P03", "57P01", "57P02", "57P03", "57P05"})
"""SQLSTATE (PostgreSQL, appendix A) beside classes 08, the connection, and 53, out of disk, memory or connections: it was
ended for its silence, by an operator or with the server, or the server is only starting."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE})
_UNREACHED = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETUNREACH, errno.ENETDOWN, errno.ETIMEDOUT})
"""A machine that is gone refuses no connection: the network says so, or nobody knows its name any more (`gaierror`)."""
_LOST = (ConnectionError, InternalClientError)
"""The last is asyncpg's word for a connection that was asked between PostgreSQL's farewell and its end, and which it gives up."""
_AT_NO_ADDRESS = "Multiple exceptions: "
"""So begins what asyncio's `create_connection` says, without a number, of a name none of whose addresses answered."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What is away or full, by a code that stays the same, and what an operator does about it (docs/operating.md)."""

    code: str
    remedy: str

    def said(self, error: BaseException) -> dict[str, str]:
        """Return what a line of the log says of it beside its sentence."""
        return {"code": self.code, "remedy": self.remedy, "cause": type(error).__name__}


DATABASE_AWAY = Outage("DATABASE_AWAY", "PostgreSQL does not answer: look at it, at the network and at PLUMB_DATABASE_URL")
DATABASE_FULL = Outage("DATABASE_FULL", "PostgreSQL has no disk or memory left: make room on its machine")
DATABASE_CROWDED = Outage(
    "DATABASE_CROWDED", "PostgreSQL takes no more connections: raise max_connections or lower PLUMB_POOL_SIZE"
)
REDIS_AWAY = Outage(
    "REDIS_AWAY", "Valkey does not answer: look at it and at PLUMB_REDIS_URL; jobs wait in the database meanwhile"
)
NETWORK_AWAY = Outage(
    "NETWORK_AWAY", "a machine is not reached or its name not known: look at the network and at name resolution"
)
DISK_FULL = Outage("DISK_FULL", "the disk is full, read-only or failing: make room on it, or mend it")
FILES_EXHAUSTED = Outage("FILES_EXHAUSTED", "no more files may be opened: raise the limit of open files (ulimit -n)")
_CROWDED = "53300"
"""PostgreSQL's state for too many connections; the others of class 53 are out of disk or memory, or of both."""


def is_away(error: BaseException | None) -> bool:
    """Return whether an error, or what caused it, is an outage: the same may succeed once that is over.

    A limit of time that passed is none: whatever took too long may take as long again.
    """
    return outage_of(error) is not None


def outage_of(error: BaseException | None) -> Outage | None:
    """Return which outage an error, or what caused it, tells of; None where it tells of none."""
    return next((found for each in causes(error) if (found := _told_by(each)) is not None), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of an error; nothing of one that is not PostgreSQL's."""
    return str(getattr(error, "sqlstate", "") or "")


def _told_by(error: BaseException) -> Outage | None:
    if isinstance(error, Unavailable):
        return Outage(error.code, error.text("en"))
    state = state_of(error)
    if state[:2] == "53":
        return DATABASE_CROWDED if state == _CROWDED else DATABASE_FULL
    if isinstance(error, gaierror):
        return NETWORK_AWAY
    if state[:2] == "08" or state in _STATES or isinstance(error, _LOST):
        return DATABASE_AWAY
    return _told_by_system(error) if isinstance(error, OSError) else None


def _told_by_system(error: OSError) -> Outage | None:
    if error.errno in _FULL:
        return DISK_FULL
    if error.errno in _EXHAUSTED:
        return FILES_EXHAUSTED
    if error.errno in _UNREACHED:
        return NETWORK_AWAY
    # A file that is missing has a name; what has none is the socket that a PostgreSQL on this machine takes away when it stops.
    is_socket = error.errno == errno.ENOENT and error.filename is None
    return DATABASE_AWAY if is_socket or (error.errno is None and str(error).startswith(_AT_NO_ADDRESS)) else None
