"""Outages: which errors say that something we stand on is away or full, and not that anything was done wrong."""

import errno
from collections.abc import Iterator
from socket import gaierror

from asyncpg import InternalClientError

from plumb_platform.errors import Unavailable

_CLASSES = ("08", "53")
"""SQLSTATE (PostgreSQL, appendix A): 08 the connection, 53 out of disk, memory or connections."""
_STATES = frozenset({"25P03", "57P01", "57P02", "57P03", "57P05"})
"""The connection was ended for its silence, by an operator or with the server, or the server is only starting."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})
_UNREACHED = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETUNREACH, errno.ENETDOWN, errno.ETIMEDOUT})
"""A machine that is gone refuses no connection: the network says so, or nobody knows its name any more (`gaierror`)."""
_LOST = (ConnectionError, gaierror, InternalClientError)
"""The last is asyncpg's word for a connection that was asked between PostgreSQL's farewell and its end, and which it gives up."""
_AT_NO_ADDRESS = "Multiple exceptions: "
"""So begins what asyncio's `create_connection` says, without a number, of a name none of whose addresses answered."""


def is_away(error: BaseException | None) -> bool:
    """Return whether an error, or what caused it, is an outage: the same may succeed once that is over.

    A limit of time that passed is none: whatever took too long may take as long again.
    """
    return any(map(_tells, causes(error)))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, what caused it, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of an error; nothing of one that is not PostgreSQL's."""
    return str(getattr(error, "sqlstate", "") or "")


def _tells(error: BaseException) -> bool:
    state = state_of(error)
    if state[:2] in _CLASSES or state in _STATES or isinstance(error, (Unavailable, *_LOST)):
        return True
    if not isinstance(error, OSError):
        return False
    return error.errno in _FULL | _UNREACHED or (error.errno is None and str(error).startswith(_AT_NO_ADDRESS))
