"""Outages: which errors say that something we stand on is away or full, and not that anything was done wrong."""

import errno

from plumb_platform.errors import Unavailable

_CLASSES = ("08", "53")
"""SQLSTATE (PostgreSQL, appendix A): 08 the connection, 53 out of disk, memory or connections."""
_STATES = frozenset({"25P03", "57P01", "57P02", "57P03", "57P05"})
"""The connection was ended for its silence, by an operator or with the server, or the server is only starting."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})


def is_away(error: BaseException | None) -> bool:
    """Return whether an error, or what caused it, is an outage: the same may succeed once that is over.

    A limit of time that passed is none: whatever took too long may take as long again.
    """
    while error is not None:
        state = str(getattr(error, "sqlstate", "") or "")
        if state[:2] in _CLASSES or state in _STATES or isinstance(error, Unavailable | ConnectionError):
            return True
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__
    return False
